"""Answers of a given form: what is read, what is asked again, and when it is given up."""

import contextlib
import json
from typing import Literal

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from copilot.llm import templates
from copilot.llm.errors import LlmEmpty, LlmMalformed
from copilot.llm.structured import Meter, ask_for, closed_schema, json_in
from tests.llm.conftest import Open
from tests.llm.endpoint import Clock, answers, ask, bodies, completion

AGAIN = templates.load()["json_again"]


class Colour(BaseModel):
    title: Literal["red", "blue"]
    shades: tuple[str, ...] = ()


GOOD = '{"title": "red", "shades": []}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"好的，结果如下：\n```\n{GOOD}\n```\n希望有帮助",
        f"答案是 {GOOD}，供参考。",
        f"<think>也许是 {{\"title\": \"blue\"}}？</think>{GOOD}",
        f"{{不是 JSON}} {GOOD}",
        GOOD + GOOD,
    ],
)  # fmt: skip
def test_json_is_found_with_fences_and_prose_around(text: str) -> None:
    assert json_in(text) == json.loads(GOOD)


@pytest.mark.parametrize("text", ["", "red", "[1, 2]", '{"title": "red"', "<think>" + GOOD, "The colour is red."])
def test_where_there_is_no_object_it_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_in(text)


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), max_size=4), st.text(max_size=20))
def test_every_object_is_found_behind_prose_without_braces(found: dict[str, object], prose: str) -> None:
    lead = prose.translate(str.maketrans("", "", "{}`<>"))
    assert json_in(lead + json.dumps(found, ensure_ascii=False)) == found


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = None
    with contextlib.suppress(ValueError):
        found = json_in(text)
    assert found is None or isinstance(found, dict)


def test_the_schema_is_closed_and_complete() -> None:
    schema = closed_schema(Colour)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["title", "shades"]
    assert set(schema["properties"]) == {"title", "shades"}


def test_a_good_answer_takes_one_call(endpoint: respx.MockRouter, model: Open) -> None:
    answers(endpoint, completion(GOOD))
    meter = Meter(model())
    assert ask_for(meter, ask(), Colour, AGAIN).title == "red"
    used = meter.usage()
    assert (used.calls, used.model, used.tokens_in, used.prompts) == (1, "small", 11, {"test": "0" * 64})


@pytest.mark.parametrize("wrong", ["没有结构", '{"title": "green"}', '{"title": ', "The colour is probably red."])
def test_a_wrong_answer_is_asked_again_with_what_was_wrong(endpoint: respx.MockRouter, model: Open, wrong: str) -> None:
    route = answers(endpoint, completion(wrong), completion(GOOD))
    meter = Meter(model())
    assert ask_for(meter, ask(), Colour, AGAIN).title == "red"
    again = bodies(route)[1]["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert again[2]["content"] == wrong
    assert "title" in again[3]["content"] or "没有 JSON 对象" in again[3]["content"]
    assert meter.usage().calls == 2


def test_it_is_asked_at_most_three_times(endpoint: respx.MockRouter, model: Open) -> None:
    route = answers(endpoint, *[completion("不会")] * 4)
    meter = Meter(model())
    with pytest.raises(LlmMalformed):
        ask_for(meter, ask(), Colour, AGAIN)
    assert (route.call_count, meter.usage().calls) == (3, 3)
    assert len(bodies(route)[2]["messages"]) == 4  # only the last wrong answer is shown, the prompt does not grow


def test_asking_again_stays_inside_the_budget(endpoint: respx.MockRouter, model: Open) -> None:
    clock = Clock()

    def slow(_: object) -> object:
        clock.now += 20
        return completion("不会")

    route = endpoint.post("http://model.test/v1/chat/completions").mock(side_effect=slow)
    with pytest.raises(LlmMalformed):
        ask_for(Meter(model()), ask(budget=30), Colour, AGAIN, clock=clock)
    assert route.call_count == 2


def test_a_failed_call_counts(endpoint: respx.MockRouter, model: Open) -> None:
    answers(endpoint, completion(""))
    meter = Meter(model())
    with pytest.raises(LlmEmpty) as failed:
        ask_for(meter, ask(), Colour, AGAIN)
    used = meter.usage(failed.value)
    assert (used.calls, used.model, used.failure) == (1, None, "回答为空")
