"""One call to an OpenAI-compatible endpoint: what it answers, how it fails, how often it is asked again."""

import asyncio

import httpx
import langsmith.utils
import pytest
import respx

from copilot.llm.errors import (
    LlmCircuitOpen,
    LlmEmpty,
    LlmError,
    LlmMisconfigured,
    LlmRateLimited,
    LlmRefused,
    LlmRejected,
    LlmTimeout,
    LlmTruncated,
    LlmUnavailable,
)
from copilot.llm.port import SWITCH, CallsForbiddenError
from tests.llm.conftest import Open
from tests.llm.endpoint import CHAT, Clock, Reply, answers, ask, bodies, completion, refusal


def test_the_mock_really_intercepts(endpoint: respx.MockRouter, model: Open) -> None:
    """The canary: without it a client library that uses another HTTP stack would pass every test below unseen."""
    route = answers(endpoint, completion("您好"))
    model().ask(ask())
    assert route.called


def test_a_call_that_no_test_mocks_fails_loudly(model: Open) -> None:
    assert not SWITCH.allowed
    with pytest.raises(CallsForbiddenError):
        model().ask(ask())


def test_good_answer(endpoint: respx.MockRouter, model: Open) -> None:
    route = answers(endpoint, completion("您好，我来帮您核实。"))
    answer = model().ask(ask("在吗"))
    assert (answer.text, answer.model, answer.retries) == ("您好，我来帮您核实。", "small", 0)
    assert (answer.tokens_in, answer.tokens_out) == (11, 7)
    [body] = bodies(route)
    assert body["messages"] == [{"role": "system", "content": "简短回答。"}, {"role": "user", "content": "在吗"}]
    assert (body["max_tokens"], body["temperature"], body["model"]) == (50, 0.0, "small")
    assert "max_completion_tokens" not in body
    assert route.calls[0].request.headers["authorization"] == "Bearer k"


ONCE: list[tuple[Reply, type[LlmError]]] = [
    (completion(""), LlmEmpty),
    (completion(None), LlmEmpty),
    (completion(None, refusal="我不能回答"), LlmRefused),
    (completion("", finish="content_filter"), LlmRefused),
    (completion("很长很长", finish="length"), LlmTruncated),
    (refusal(400, "context length exceeded"), LlmRejected),
    (refusal(422), LlmRejected),
    (refusal(401), LlmMisconfigured),
    (refusal(403), LlmMisconfigured),
    (refusal(404), LlmMisconfigured),
]


@pytest.mark.parametrize(("reply", "error"), ONCE)
def test_what_another_call_would_not_mend_is_asked_once(
    endpoint: respx.MockRouter, model: Open, reply: Reply, error: type[LlmError]
) -> None:
    route = answers(endpoint, reply)
    with pytest.raises(error):
        model().ask(ask())
    assert route.call_count == 1


AGAIN: list[tuple[Reply, type[LlmError]]] = [
    (refusal(500), LlmUnavailable),
    (refusal(503), LlmUnavailable),
    (refusal(429), LlmRateLimited),
    (httpx.ConnectError, LlmUnavailable),
    (httpx.RemoteProtocolError, LlmUnavailable),
    (httpx.ReadTimeout, LlmTimeout),
    (httpx.Response(200, text="<html>502</html>"), LlmUnavailable),
    (httpx.Response(200, json={"choices": None}), LlmUnavailable),
]


@pytest.mark.parametrize(("reply", "error"), AGAIN)
def test_what_may_pass_is_tried_three_times(
    endpoint: respx.MockRouter, model: Open, reply: Reply, error: type[LlmError]
) -> None:
    clock = Clock()
    route = answers(endpoint, reply, reply, reply)
    with pytest.raises(error):
        model(clock=clock).ask(ask())
    assert route.call_count == 3
    assert len(clock.slept) == 2


@pytest.mark.parametrize(("reply", "error"), AGAIN)
def test_a_later_attempt_may_answer(
    endpoint: respx.MockRouter, model: Open, reply: Reply, error: type[LlmError]
) -> None:
    answers(endpoint, reply, completion("好"))
    answer = model(clock=Clock()).ask(ask())
    assert (answer.text, answer.retries) == ("好", 1)


def test_retry_after_is_waited_for(endpoint: respx.MockRouter, model: Open) -> None:
    clock = Clock()
    answers(endpoint, refusal(429, **{"retry-after": "7"}), completion("好"))
    model(clock=clock).ask(ask(budget=30))
    assert clock.slept[0] >= 7


def test_retry_after_beyond_the_budget_is_not_waited_for(endpoint: respx.MockRouter, model: Open) -> None:
    clock = Clock()
    route = answers(endpoint, refusal(429, **{"retry-after": "60"}))
    with pytest.raises(LlmRateLimited) as failed:
        model(clock=clock).ask(ask(budget=30))
    assert (failed.value.retry_after, clock.slept, route.call_count) == (60, [], 1)


def test_the_budget_ends_the_attempts(endpoint: respx.MockRouter, model: Open) -> None:
    clock = Clock()

    def slow(_: httpx.Request) -> httpx.Response:
        clock.now += 8
        return refusal(500)

    route = endpoint.post(CHAT).mock(side_effect=slow)
    with pytest.raises(LlmError):
        model(clock=clock, retries=9).ask(ask(budget=20))
    assert route.call_count <= 3


def test_a_chain_falls_back_to_the_next_model(endpoint: respx.MockRouter, model: Open) -> None:
    route = answers(endpoint, refusal(404), completion("好"))
    assert model("large", "small").ask(ask()).text == "好"
    assert [body["model"] for body in bodies(route)] == ["large", "small"]


def test_the_breaker_keeps_a_dead_model_from_being_asked(endpoint: respx.MockRouter, model: Open) -> None:
    clock = Clock()
    route = endpoint.post(CHAT).mock(return_value=refusal(500))
    opened = model(clock=clock, retries=0, threshold=2)
    for _ in range(5):
        with pytest.raises(LlmUnavailable):
            opened.ask(ask())
    assert route.call_count == 2
    clock.now += 60
    route.mock(return_value=completion("好"))
    assert opened.ask(ask()).text == "好"


def test_an_unusable_answer_does_not_open_the_circuit(endpoint: respx.MockRouter, model: Open) -> None:
    route = endpoint.post(CHAT).mock(return_value=completion(""))
    opened = model(threshold=2)
    for _ in range(4):
        with pytest.raises(LlmEmpty):
            opened.ask(ask())
    assert route.call_count == 4


def test_an_endpoint_that_hangs_opens_the_circuit_too(endpoint: respx.MockRouter, model: Open) -> None:
    """The budget is shorter than the call's own timeout: its end counts against the endpoint all the same."""

    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError("the call was not cut off")

    endpoint.post(CHAT).mock(side_effect=hang)
    opened = model(retries=0, threshold=1)
    with pytest.raises(LlmTimeout):
        opened.ask(ask(budget=0.1))
    with pytest.raises(LlmCircuitOpen):
        opened.ask(ask())


def test_a_model_that_was_not_asked_for_want_of_time_is_not_blamed(endpoint: respx.MockRouter, model: Open) -> None:
    clock = Clock()

    def slow(_: httpx.Request) -> httpx.Response:
        clock.now += 30
        return refusal(500)

    route = endpoint.post(CHAT).mock(side_effect=slow)
    opened = model("large", "small", clock=clock, retries=0, threshold=1)
    with pytest.raises(LlmUnavailable):
        opened.ask(ask(budget=20))
    route.mock(side_effect=None, return_value=completion("好"))
    assert opened.ask(ask()).text == "好"
    assert [body["model"] for body in bodies(route)] == ["large", "small"]


def test_nothing_of_a_call_goes_to_a_tracing_service(
    endpoint: respx.MockRouter, model: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LangChain sends conversations to its makers' service where a variable of the shell says so; ours never go."""
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    langsmith.utils.get_env_var.cache_clear()
    traced: list[object] = []

    def reply(_: httpx.Request) -> httpx.Response:
        traced.append(langsmith.utils.tracing_is_enabled())
        return completion("好")

    endpoint.post(CHAT).mock(side_effect=reply)
    try:
        assert langsmith.utils.tracing_is_enabled()
        model().ask(ask())
    finally:
        langsmith.utils.get_env_var.cache_clear()
    assert traced == [False]
