"""How an endpoint is found out: the strongest form that it accepts is used and kept."""

import json

import httpx
import pytest
import respx

from copilot.llm.errors import LlmRejected, LlmUnavailable
from copilot.llm.probe import Capability, options
from tests.llm.conftest import Open
from tests.llm.endpoint import CHAT, SCHEMA, Clock, answers, ask, bodies, completion, refusal

GOOD = completion('{"a": 1}')
CALLED = completion(
    None, finish="tool_calls",
    tool_calls=[{"id": "t", "type": "function", "function": {"name": "answer", "arguments": '{"a": 1}'}}],
)  # fmt: skip


def form_of(request: httpx.Request) -> Capability:
    """Which form a request takes."""
    body = json.loads(request.content)
    asked = body.get("response_format", {})
    if "tools" in body:
        return Capability.TOOLS
    if asked.get("type") == "json_object":
        return Capability.JSON_OBJECT_SCHEMA if "schema" in asked else Capability.JSON_OBJECT
    return Capability.JSON_SCHEMA if asked else Capability.NONE


def only(form: Capability, status: int, good: httpx.Response = GOOD):
    def reply(request: httpx.Request) -> httpx.Response:
        return good if form_of(request) is form else refusal(status, "unsupported field")

    return reply


@pytest.mark.parametrize("status", [400, 422, 500, 501])
@pytest.mark.parametrize("form", list(Capability))
def test_the_strongest_accepted_form_is_found_and_kept(
    endpoint: respx.MockRouter, model: Open, form: Capability, status: int
) -> None:
    good = CALLED if form is Capability.TOOLS else GOOD
    route = endpoint.post(CHAT).mock(side_effect=only(form, status, good))
    opened = model()
    assert json.loads(opened.ask(ask(schema=SCHEMA)).text) == {"a": 1}
    tried = route.call_count
    assert tried == list(Capability).index(form) + 1
    opened.ask(ask(schema=SCHEMA))
    assert route.call_count == tried + 1
    assert form_of(route.calls.last.request) is form


def test_without_a_schema_nothing_is_probed(endpoint: respx.MockRouter, model: Open) -> None:
    route = answers(endpoint, completion("好"))
    model().ask(ask())
    assert form_of(route.calls.last.request) is Capability.NONE


def test_the_schema_is_written_out_where_the_form_does_not_carry_it(endpoint: respx.MockRouter, model: Open) -> None:
    route = endpoint.post(CHAT).mock(side_effect=only(Capability.JSON_OBJECT, 400))
    model().ask(ask(schema=SCHEMA))
    told = bodies(route)[-1]["messages"][0]["content"]
    assert json.dumps(SCHEMA, separators=(",", ":")) in told


def test_a_request_that_every_form_fails_with_teaches_nothing(endpoint: respx.MockRouter, model: Open) -> None:
    route = endpoint.post(CHAT).mock(return_value=refusal(400, "prompt too long"))
    opened = model()
    with pytest.raises(LlmRejected):
        opened.ask(ask(schema=SCHEMA))
    route.mock(return_value=GOOD)
    opened.ask(ask(schema=SCHEMA))
    assert form_of(route.calls.last.request) is Capability.JSON_SCHEMA


def test_an_endpoint_that_is_down_is_not_walked_through_at_every_attempt(
    endpoint: respx.MockRouter, model: Open
) -> None:
    route = endpoint.post(CHAT).mock(return_value=refusal(500))
    with pytest.raises(LlmUnavailable):
        model(clock=Clock()).ask(ask(schema=SCHEMA))
    assert route.call_count == len(Capability) + 2


def test_a_known_endpoint_that_fails_keeps_its_form(endpoint: respx.MockRouter, model: Open) -> None:
    route = answers(endpoint, GOOD, refusal(500), GOOD)
    opened = model(clock=Clock())
    opened.ask(ask(schema=SCHEMA))
    opened.ask(ask(schema=SCHEMA))
    assert {form_of(call.request) for call in route.calls} == {Capability.JSON_SCHEMA}


def test_an_upgrade_that_drops_a_form_is_followed(endpoint: respx.MockRouter, model: Open) -> None:
    route = answers(endpoint, GOOD, refusal(400), GOOD)
    opened = model()
    opened.ask(ask(schema=SCHEMA))
    opened.ask(ask(schema=SCHEMA))
    assert form_of(route.calls.last.request) is Capability.JSON_OBJECT_SCHEMA


@pytest.mark.parametrize("form", [Capability.JSON_SCHEMA, Capability.JSON_OBJECT_SCHEMA, Capability.TOOLS])
def test_strong_forms_carry_the_schema(form: Capability) -> None:
    assert json.dumps(SCHEMA) in json.dumps(options(form, SCHEMA))
