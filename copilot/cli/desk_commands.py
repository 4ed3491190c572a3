"""suggest, classify, check: one ticket for a reader, or many with --jsonl."""

import sys
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel

from copilot.cli import jsonl, show
from copilot.cli.context import CliContext
from copilot.domain.compliance import CheckRequest
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Status
from copilot.errors import BadRequest, CopilotError

M = TypeVar("M", bound=BaseModel)

Jsonl = Annotated[bool, typer.Option("--jsonl", help="One JSON request a line on standard input, one response a line.")]
AsJson = Annotated[bool, typer.Option("--json", help="The response as JSON.")]
TicketFile = Annotated[Path | None, typer.Argument(metavar="FILE", help="A ticket as JSON; - for standard input.")]
BLOCKED = 4


def register(app: typer.Typer) -> None:
    app.command()(suggest)
    app.command()(classify)
    app.command()(check)


def suggest(context: typer.Context, file: TicketFile = None, many: Jsonl = False, as_json: AsJson = False) -> None:
    """Classification, reply drafts, next steps for a ticket."""
    from copilot.desk import LOCAL

    cli: CliContext = context.obj
    with cli.services() as services:
        if many:
            jsonl.run(Ticket, lambda ticket: services.desk.suggest(ticket, LOCAL, alone=True))
            return
        suggestion = services.desk.suggest(read(file, Ticket), LOCAL)
        if as_json:
            typer.echo(suggestion.model_dump_json(indent=2))
        else:
            show.suggestion(suggestion, services.rulebook)


def classify(context: typer.Context, file: TicketFile = None, many: Jsonl = False) -> None:
    """What kind of problem a ticket is, how urgent, with the evidence."""
    cli: CliContext = context.obj
    with cli.services() as services:
        if many:
            jsonl.run(Ticket, lambda ticket: services.desk.classify(ticket, alone=True))
            return
        typer.echo(services.desk.classify(read(file, Ticket)).model_dump_json(indent=2))


def check(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(help="The reply to judge; - for standard input.")] = None,
    many: Jsonl = False,
    as_json: AsJson = False,
) -> None:
    """Judges a reply: pass, warn or block, with every place and reason. Exit status 4 when it is blocked."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        if many:
            jsonl.run(CheckRequest, services.desk.check)
            return
        words = _standard_input().decode("utf-8", "replace") if text in (None, "-") else text
        result = services.desk.check(_checked({"text": words}, CheckRequest))
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        show.check(result, words or "")
    if result.status is Status.BLOCK:
        raise typer.Exit(BLOCKED)


def read(file: Path | None, model: type[M]) -> M:
    """One request from a file or standard input; errors name it."""
    try:
        data = _standard_input() if file is None or str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise BadRequest(f"{file}: cannot be read: {error.strerror}") from error
    try:
        return jsonl.parse(data.removeprefix(b"\xef\xbb\xbf"), model)
    except CopilotError as error:
        raise type(error)(f"{file or 'standard input'}: {error.message}") from error


def _checked(data: dict[str, Any], model: type[M]) -> M:
    from pydantic import ValidationError

    from copilot.desk import bad_request

    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise bad_request(error) from error


def _standard_input() -> bytes:
    if sys.stdin.isatty():
        typer.echo("reading standard input; end with Ctrl-D", err=True)
    return sys.stdin.buffer.read()
