"""Answers on their way: entries as soon as they are whole, the same however the text is cut; scopes that cancel."""

import itertools
import json
from concurrent.futures import Future

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from copilot.llm.errors import LlmUnavailable
from copilot.llm.port import Answer
from copilot.llm.scope import Scope, abandoned, aside, current, within
from copilot.llm.structured import entries
from tests.llm.conftest import Open
from tests.llm.endpoint import CHAT, ask, events

ENTRIES = [{"text": "您好，“[1]”}", "cites": [1]}, {"text": '\\ "', "cites": []}, "一句话"]
WHOLE = "```json\n" + json.dumps({"note": "[x]", "sentences": ENTRIES}, ensure_ascii=False, indent=1) + "\n```"


@given(st.lists(st.integers(0, len(WHOLE)), max_size=20))
def test_entries_are_the_same_however_the_text_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(WHOLE)]
    pieces = [WHOLE[start:end] for start, end in itertools.pairwise(edges)]
    assert list(entries(pieces, "sentences")) == ENTRIES


def test_an_entry_comes_before_the_answer_ends() -> None:
    def pieces() -> object:
        yield '{"sentences": [{"text": "一"}, {"te'
        raise AssertionError("asked for more than was needed")

    assert next(entries(pieces(), "sentences")) == {"text": "一"}  # type: ignore[arg-type]


@given(st.text(max_size=80))
def test_other_text_gives_no_entries_and_no_error(text: str) -> None:
    assert all(isinstance(each, (dict, str)) for each in entries([text, '{"sentences": ['], "sentences"))


def test_pieces_come_and_the_answer_last(endpoint: respx.MockRouter, model: Open) -> None:
    endpoint.post(CHAT).respond(content=events("你", "好"), headers={"content-type": "text/event-stream"})
    *pieces, answer = model().pieces(ask())
    assert pieces == ["你", "好"]
    assert isinstance(answer, Answer)
    assert answer.text == "你好"


def test_a_cancelled_scope_ends_its_calls(endpoint: respx.MockRouter, model: Open) -> None:
    scope = Scope()
    scope.cancel()
    with within(scope), pytest.raises(LlmUnavailable):
        list(model().pieces(ask()))
    with within(scope), pytest.raises(LlmUnavailable):
        model().ask(ask())


def test_a_scope_reaches_into_a_thread_aside() -> None:
    scope, call = Scope(), Future[None]()

    def work() -> bool:
        held = current()
        assert held is not None
        held.add(call)
        return abandoned()

    with within(scope):
        assert aside(work).result(5) is False
    assert current() is None
    scope.cancel()
    assert call.cancelled()


def test_what_breaks_aside_is_raised_where_it_is_asked_for() -> None:
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 / 0).result(5)
