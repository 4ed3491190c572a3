"""kb diff, impact: what a version changes, and which suggestions relied on a clause."""

from datetime import datetime
from typing import Annotated

import typer

from copilot.cli import jsonl
from copilot.cli.context import CliContext
from copilot.cli.kb import printed
from copilot.cli.kb.options import DocumentId, Lines
from copilot.desk import LOCAL
from copilot.library import MOST_CITATIONS


def register(app: typer.Typer) -> None:
    for command in (diff, impact):
        app.command()(command)


def diff(
    context: typer.Context,
    document: DocumentId,
    older: Annotated[
        int | None,
        typer.Option("--from", min=1, max=1_000_000, help="Default: the version in force, else the one before."),
    ] = None,
    newer: Annotated[int | None, typer.Option("--to", min=1, max=1_000_000, help="Default: the latest.")] = None,
    many: Lines = False,
) -> None:
    """What a version changes, clause by clause: added, removed, changed word by word, moved."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.library.diff(LOCAL, document, older, newer)
    if many:
        jsonl.emit(found)
    else:
        printed.diff(found)


def impact(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="CLAUSE|DOCUMENT", help="Clause id (cl_…) or document id (doc_…).")],
    version: Annotated[int | None, typer.Option(min=1, max=1_000_000, help="Only citations of this version.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only suggestions since then, Beijing time.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_CITATIONS, help="How many citations, newest first.")] = 500,
    many: Lines = False,
) -> None:
    """Which suggestions and tickets relied on a clause, and whether its words still hold."""
    cli: CliContext = context.obj
    of_document = target.startswith("doc_")
    with cli.services(read_only=True) as services:
        found = services.library.impact(
            LOCAL, clause_id=None if of_document else target, document_id=target if of_document else None,
            version=version, since=since, limit=limit,
        )  # fmt: skip
    if many:
        jsonl.emit(*found.citations)
    else:
        printed.impact(found)
