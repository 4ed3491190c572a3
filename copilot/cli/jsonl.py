"""One request a line in, one response a line out, in order; a bad line answers with its error and the run goes on."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from copilot.desk import bad_request
from copilot.errors import BadRequest, CopilotError, Malformed, TooLarge
from kb.errors import KbError

M = TypeVar("M", bound=BaseModel)


class Failure(BaseModel):
    code: str
    message: str


class Failed(BaseModel):
    """The answer to a line that cannot be used."""

    id: Any
    error: Failure


MAX_LINE_BYTES = 2 * 1024 * 1024
SOME_LINES_FAILED = 3


def run(model: type[M], answer: Callable[[M], BaseModel]) -> None:
    """Answers every line of standard input.

    Raises:
        typer.Exit: with status 3 when at least one line could not be used.
    """
    failed = False
    for response in responses(sys.stdin.buffer, model, answer):
        failed |= isinstance(response, Failed)
        emit(response)
    if failed:
        raise typer.Exit(SOME_LINES_FAILED)


def responses(source: Iterable[bytes], model: type[M], answer: Callable[[M], BaseModel]) -> Iterator[BaseModel]:
    """The answer to every line, in order; Failed for a line that cannot be used."""
    for line in _lines(source):
        request_id, response = _respond(line, model, answer)
        if isinstance(response, BaseModel):
            yield response
        else:
            yield Failed(id=request_id, error=Failure(code=response.code, message=response.message))


def emit(*answers: BaseModel) -> None:
    """Writes each answer as one line of JSON on standard output."""
    for answer in answers:
        sys.stdout.buffer.write(answer.model_dump_json().encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def parse(data: bytes, model: type[M]) -> M:
    """One request from UTF-8 JSON.

    Raises:
        BadRequest: not UTF-8, not JSON, too large, or fields that cannot be used; names them.
    """
    return _validated(_decoded(data), model)


def _respond(line: bytes, model: type[M], answer: Callable[[M], BaseModel]) -> tuple[Any, BaseModel | Any]:
    request_id: Any = None
    try:
        data = _decoded(line)
        request_id = data.get("id") if isinstance(data, dict) else None
        return request_id, answer(_validated(data, model))
    except (CopilotError, KbError) as error:
        return request_id, error


def _decoded(line: bytes) -> Any:
    if len(line) > MAX_LINE_BYTES:
        raise TooLarge(f"the line is over {MAX_LINE_BYTES} bytes; send the last messages only")
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed(f"the line is not UTF-8: bad byte at {error.start}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise Malformed(f"the line is not valid JSON: {error}") from error


def _validated(data: Any, model: type[M]) -> M:
    if not isinstance(data, dict):
        raise BadRequest("the line must hold one JSON object")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise bad_request(error) from error


def _lines(source: Iterable[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(source):
        if number == 0:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield line
