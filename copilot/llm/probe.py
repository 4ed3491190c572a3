"""What an endpoint can do to hold an answer to a JSON schema, found out from its own refusals.

Endpoints do not say what they can. The first structured call goes out with the strongest form; where the endpoint
refuses the request, the next weaker one is tried at once, and what was accepted is kept for later calls. A request
that is refused in every form, also without any, was wrong by itself: then nothing is learned. Some servers answer an
unknown `response_format` with status 500, so that counts as a refusal too, until one structured call went through.
"""

import json
from enum import StrEnum
from typing import Any

from copilot.llm.errors import LlmError, LlmRejected, LlmUnavailable

NAME = "answer"
"""Name of the schema and of the tool."""


class Capability(StrEnum):
    JSON_SCHEMA = "json_schema"
    JSON_OBJECT_SCHEMA = "json_object_schema"
    """`json_object` with a `schema` beside it: llama.cpp's way."""
    JSON_OBJECT = "json_object"
    TOOLS = "tools"
    NONE = "none"


class Probe:
    """What one endpoint is known to accept."""

    def __init__(self) -> None:
        self.best = Capability.JSON_SCHEMA
        self.known = False
        """Whether a structured call went through."""

    def forms(self) -> tuple[Capability, ...]:
        """What to try, strongest first."""
        every = tuple(Capability)
        return every[every.index(self.best) :]

    def refused(self, error: LlmError) -> bool:
        """Whether the failure may be about the form, so that a weaker one is worth a try."""
        if isinstance(error, LlmRejected):
            return True
        return isinstance(error, LlmUnavailable) and error.status is not None and not self.known

    def accepted(self, form: Capability) -> None:
        self.best, self.known = form, True


def options(form: Capability, schema: dict[str, Any]) -> dict[str, Any]:
    """Fields of the request body that ask for an answer of this schema."""
    if form is Capability.JSON_SCHEMA:
        return {
            "response_format": {"type": "json_schema", "json_schema": {"name": NAME, "schema": schema, "strict": True}}
        }
    if form is Capability.JSON_OBJECT_SCHEMA:
        return {"response_format": {"type": "json_object", "schema": schema}}
    if form is Capability.JSON_OBJECT:
        return {"response_format": {"type": "json_object"}}
    if form is Capability.TOOLS:
        function = {"name": NAME, "description": "给出答案", "parameters": schema}
        choice = {"type": "function", "function": {"name": NAME}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {}


def described(form: Capability, schema: dict[str, Any]) -> str | None:
    """The schema as text, for forms that do not carry it themselves."""
    if form not in (Capability.JSON_OBJECT, Capability.NONE):
        return None
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
