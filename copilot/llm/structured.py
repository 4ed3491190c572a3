"""A question with an answer of a given form: JSON read tolerantly, validated, asked again with what was wrong."""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from copilot.llm.errors import LlmError, LlmMalformed
from copilot.llm.port import Answer, Arriving, Ask, LanguageModel, Message, Usage
from copilot.llm.prompt import Prompt

T = TypeVar("T", bound=BaseModel)
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCE = re.compile(r"```[a-zA-Z]*\s*(.*?)```", re.DOTALL)
_SHOWN_ANSWER = 800
"""Characters of a wrong answer that the model sees again."""
_SHOWN_ERRORS = 6


class Meter:
    """Counts what one ticket uses of a model; every question of a stage goes through it."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._used = Usage()

    def ask(self, ask: Ask) -> Answer:
        """As the model's; counted whether it answers or fails."""
        self._asked(ask)
        answer = self._model.ask(ask)
        self._answered(answer)
        return answer

    def pieces(self, ask: Ask) -> "MeteredPieces":
        """As the model's; the answer counts when it is whole."""
        self._asked(ask)
        return MeteredPieces(self._model.pieces(ask), self._answered)

    def _asked(self, ask: Ask) -> None:
        prompts = {**self._used.prompts, ask.prompt.id: ask.prompt.sha256}
        self._used = self._used.model_copy(update={"calls": self._used.calls + 1, "prompts": prompts})

    def _answered(self, answer: Answer) -> None:
        used = self._used
        self._used = used.model_copy(update={
            "model": answer.model, "tokens_in": used.tokens_in + (answer.tokens_in or 0),
            "tokens_out": used.tokens_out + (answer.tokens_out or 0), "retries": used.retries + answer.retries,
            "seconds": round(used.seconds + answer.seconds, 3),
        })  # fmt: skip

    def usage(self, failed: LlmError | None = None) -> Usage:
        """What was used; `failed` says why the model took no part."""
        return self._used.model_copy(update={"failure": failed.label if failed else None})


class MeteredPieces:
    """The text of an answer on its way; the Answer at its end goes to the meter."""

    def __init__(self, source: Arriving, answered: Callable[[Answer], None]) -> None:
        self._source = source
        self._answered = answered

    def __iter__(self) -> Iterator[str]:
        for piece in self._source:
            if isinstance(piece, Answer):
                self._answered(piece)
            else:
                yield piece

    def close(self) -> None:
        self._source.close()


def entries(pieces: Iterable[str], name: str) -> Iterator[Any]:
    """The entries of the JSON list `name` of an answer, each as soon as it is whole.

    Ends quietly where the text is no such JSON: whoever asks sees from the entries what came.
    """
    decoder, text, position, inside = json.JSONDecoder(), "", 0, False
    opening = re.compile(rf'"{name}"\s*:\s*\[')
    for piece in pieces:
        text += piece
        if not inside:
            if (found := opening.search(text)) is None:
                continue
            position, inside = found.end(), True
        while True:
            position += len(text[position:]) - len(text[position:].lstrip(", \n\r\t"))
            if text[position : position + 1] not in ("{", '"'):
                break
            try:
                entry, position = decoder.raw_decode(text, position)
            except (ValueError, RecursionError):
                break  # not whole yet
            yield entry


def ask_for(
    meter: Meter, ask: Ask, wanted: type[T], again: Prompt, *, repeats: int = 2,
    clock: Callable[[], float] = time.monotonic,
) -> T:  # fmt: skip
    """The answer as a `wanted`, asked again at most `repeats` times with what was wrong, all inside the budget.

    Args:
        ask: its `answer_schema` is replaced by that of `wanted`.
        again: the prompt that names the errors; its one variable is `errors`.

    Raises:
        LlmError: the model failed, or no answer had the form (LlmMalformed).
    """
    deadline = clock() + ask.budget
    ask = ask.model_copy(update={"answer_schema": closed_schema(wanted)})
    attempt = 0
    while True:
        answer = meter.ask(ask)
        try:
            return wanted.model_validate(json_in(answer.text))
        except ValidationError as error:
            wrong = _complaints(error)
        except ValueError as error:
            wrong = str(error)
        remaining = deadline - clock()
        if attempt == repeats or remaining <= 0:
            raise LlmMalformed(f"{answer.model} gave no answer of the wanted form: {wrong}")
        attempt += 1
        told = (*ask.messages[:2], Message(role="assistant", text=answer.text[:_SHOWN_ANSWER]),
                Message(role="user", text="\n".join(m.text for m in again.render({"errors": wrong}))))  # fmt: skip
        ask = ask.model_copy(update={"messages": told, "budget": remaining})


def json_in(text: str) -> dict[str, Any]:
    """The first JSON object in a text: bare, in a code fence, or with prose around it.

    Raises:
        ValueError: there is none.
    """
    text = _THOUGHT.sub("", text)
    for candidate in (*_FENCE.findall(text), text):
        for found in _objects(candidate):
            return found
    raise ValueError("没有 JSON 对象")


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    position = text.find("{")
    while position >= 0:
        try:
            found, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            yield found
        position = text.find("{", end)


def _complaints(error: ValidationError) -> str:
    lines = [
        f"{'.'.join(map(str, entry['loc'])) or '整体'}: {entry['msg']}"
        for entry in error.errors(include_url=False, include_input=False)
    ]
    return "\n".join(lines[:_SHOWN_ERRORS])


def closed_schema(wanted: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema with every field required and no other allowed, as strict endpoints want it."""
    closed: dict[str, Any] = _closed(wanted.model_json_schema())
    return closed


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(entry) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {key: _closed(value) for key, value in schema.items() if key not in ("title", "default")}
    if "properties" in schema:
        # The names of fields are no keywords: a field called title stays.
        closed["properties"] = {name: _closed(entry) for name, entry in schema["properties"].items()}
        closed |= {"required": list(schema["properties"]), "additionalProperties": False}
    return closed
