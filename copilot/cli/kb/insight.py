"""kb conflicts, gaps, ask: what contradicts, what is missing, and short answers."""

from datetime import datetime
from typing import Annotated

import typer

from copilot.cli import jsonl
from copilot.cli.context import CliContext
from copilot.cli.kb import insight_printed as printed
from copilot.cli.kb.options import Lines
from copilot.cli.progress import progress_bar
from copilot.desk import LOCAL, bad_request
from copilot.errors import BadRequest
from kb.insight_models import AskRequest


def register(app: typer.Typer) -> None:
    for command in (conflicts, gaps, ask):
        app.command()(command)


def conflicts(
    context: typer.Context,
    document: Annotated[
        str | None, typer.Argument(metavar="[DOCUMENT]", help="Document id (doc_…); none: everything in force.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, max=1_000_000, help="Default: the latest.")] = None,
    many: Lines = False,
) -> None:
    """What a version repeats, contradicts, promises against the rules, and which answers it changes. Without a
    document: contradictions among everything in force. Findings are for the editor; they are no error."""
    cli: CliContext = context.obj
    if document is None:
        if version is not None:
            raise BadRequest("--version needs a document: copilot kb conflicts doc_… --version 2")
        with cli.services(read_only=True) as services, progress_bar("比较条款") as progress:
            everywhere = services.insights.conflicts(LOCAL, progress)
        if many:
            jsonl.emit(*everywhere.contradictions)
        else:
            printed.conflicts(everywhere)
        return
    with cli.services() as services, progress_bar("比较条款") as progress:
        review = services.insights.review(LOCAL, document, version, progress)
    if many:
        jsonl.emit(review)
    else:
        printed.review(review)


def gaps(
    context: typer.Context,
    since: Annotated[datetime | None, typer.Option(help="Only what was asked since then, Beijing time.")] = None,
    min_count: Annotated[int, typer.Option(min=1, help="Only what was asked at least this often.")] = 1,
    draft: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Make an FAQ draft of the gap with this number.")
    ] = None,
    many: Lines = False,
) -> None:
    """Questions that nothing in force answers well, grouped. --draft N makes a draft for an editor to complete."""
    cli: CliContext = context.obj
    with cli.services() as services:
        if draft is not None:
            gap, report = services.insights.draft(LOCAL, draft, printed.beijing(since), min_count)
            if many:
                jsonl.emit(report)
            else:
                printed.drafted(gap, report)
            return
        found = services.insights.gaps(LOCAL, printed.beijing(since), min_count)
    if many:
        jsonl.emit(*found)
    else:
        printed.gaps(found)


def ask(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(metavar="QUESTION", help="A question in your own words.")] = None,
    platform: Annotated[str | None, typer.Option(help="jd, tmall …; none: every platform.")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="The day the answer must hold for.")] = None,
    audience: Annotated[list[str] | None, typer.Option(help="customer, agent or supervisor; several times.")] = None,
    many: Annotated[bool, typer.Option("--jsonl", help="One JSON request a line, one response a line.")] = False,
) -> None:
    """A short answer made of quoted sentences of clauses in force, or a clear no."""
    from pydantic import ValidationError

    cli: CliContext = context.obj
    with cli.services() as services:
        if many:
            jsonl.run(AskRequest, lambda request: services.insights.ask(LOCAL, request))
            return
        if query is None:
            raise BadRequest("give a question, or --jsonl for requests on standard input")
        fields = {
            "query": query, "platform": platform, "as_of": as_of.date() if as_of else None,
            "audiences": tuple(audience) if audience else None,
        }  # fmt: skip
        try:
            request = AskRequest.model_validate(fields)
        except ValidationError as error:
            raise bad_request(error) from error
        printed.answer(services.insights.ask(LOCAL, request))
