"""qa, summary: a finished conversation scored against the SOP, or summed up; one for a reader, many with --jsonl."""

from typing import Annotated

import typer

from copilot.cli import jsonl, show_conversations
from copilot.cli.context import CliContext
from copilot.cli.desk_commands import AsJson, Jsonl, TicketFile, read
from copilot.domain.qa import Conversation, SummaryRequest


def register(app: typer.Typer) -> None:
    app.command()(qa)
    app.command()(summary)


def qa(context: typer.Context, file: TicketFile = None, many: Jsonl = False, as_json: AsJson = False) -> None:
    """Scores a finished conversation: a ticket, and where known its `label` and the customer's `satisfaction`."""
    from copilot.desk import LOCAL

    cli: CliContext = context.obj
    with cli.services() as services:
        if many:
            jsonl.run(Conversation, lambda conversation: services.conversations.score(LOCAL, conversation))
            return
        found = services.conversations.score(LOCAL, read(file, Conversation))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        show_conversations.score(found)


def summary(
    context: typer.Context,
    file: TicketFile = None,
    many: Jsonl = False,
    as_json: AsJson = False,
    sentences: Annotated[
        int | None, typer.Option(min=3, max=40, help="At most this many sentences, whatever the ticket says.")
    ] = None,
) -> None:
    """A conversation in a few of its own sentences: what is wanted, what was promised, what is open."""
    from copilot.desk import LOCAL

    cli: CliContext = context.obj

    def limited(request: SummaryRequest) -> SummaryRequest:
        return request if sentences is None else request.model_copy(update={"sentences": sentences})

    with cli.services() as services:
        if many:
            jsonl.run(SummaryRequest, lambda asked: services.conversations.summarise(LOCAL, limited(asked)))
            return
        found = services.conversations.summarise(LOCAL, limited(read(file, SummaryRequest)))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        show_conversations.summary(found)
