"""kb submit, approve, reject, publish, rollback, archive, retire. Whoever runs them is the local administrator."""

from typing import Annotated

import typer
from pydantic import BaseModel

from copilot.cli import jsonl
from copilot.cli.context import CliContext
from copilot.cli.kb import printed
from copilot.cli.kb.insight_printed import noticed
from copilot.cli.kb.options import DocumentId, Lines, Note, ValidFrom, ValidTo, Version, day
from copilot.desk import LOCAL

_ONE = typer.Option(min=1, max=1_000_000, help="Default: every published version.")
_EARLIER = typer.Option(min=1, max=1_000_000, help="Default: the one before the version in force.")


def register(app: typer.Typer) -> None:
    for command in (submit, approve, reject, publish, rollback, archive, retire):
        app.command()(command)


def submit(
    context: typer.Context,
    document: DocumentId,
    version: Version = None,
    note: Note = "",
    valid_from: ValidFrom = None,
    valid_to: ValidTo = None,
    many: Lines = False,
) -> None:
    """Hands a draft in for review, with its days of validity where they are given."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        done = services.library.submit(
            LOCAL, document, version, note=note, valid_from=day(valid_from), valid_to=day(valid_to)
        )
    _tell(many, done, f"{document} v{done.version} 已提交审核")


def approve(
    context: typer.Context, document: DocumentId, version: Version = None, note: Note = "", many: Lines = False
) -> None:
    """Approves a version in review. Its author and its submitter may not, unless COPILOT_KB_SOLO=true."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        done = services.library.approve(LOCAL, document, version, note=note)
        step = services.library.history(LOCAL, document)[-1]
    _tell(many, done, f"{document} v{done.version} 已批准")
    if step.waived:
        printed.waived(1, solo=True)


def reject(
    context: typer.Context,
    document: DocumentId,
    note: Annotated[str, typer.Option(help="What has to change.")],
    version: Version = None,
    many: Lines = False,
) -> None:
    """Sends a version in review back to draft, with the reason."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        done = services.library.reject(LOCAL, document, version, note=note)
    _tell(many, done, f"{document} v{done.version} 已退回草稿")


def publish(
    context: typer.Context,
    document: DocumentId,
    version: Version = None,
    note: Note = "",
    valid_from: ValidFrom = None,
    valid_to: ValidTo = None,
    many: Lines = False,
) -> None:
    """Puts a version in force, on its first day of validity where it has one; the one before ends there.

    A version that nobody approved is published as administrator: it is said and recorded, and not blocked. An
    archived document comes back into use.
    """
    cli: CliContext = context.obj
    with cli.services() as services:
        known = len(services.library.history(LOCAL, document))
        review = services.insights.review(LOCAL, document, version)
        done = services.library.publish(
            LOCAL, document, version, note=note, valid_from=day(valid_from), valid_to=day(valid_to), administrator=True
        )
        steps = services.library.history(LOCAL, document)[known:]
        found = services.library.document(LOCAL, document)
    if not many:
        noticed(review)
    planned = f"，{done.valid_from} 起生效" if found.planned_version == done.version else ""
    _tell(many, done, f"{document} v{done.version} 已发布{planned}")
    if any(step.waived for step in steps):
        printed.waived(1)


def rollback(
    context: typer.Context,
    document: DocumentId,
    to: Annotated[int | None, _EARLIER] = None,
    note: Note = "",
    many: Lines = False,
) -> None:
    """Puts an earlier published version in force again from now on; the time between keeps its answers."""
    cli: CliContext = context.obj
    with cli.services() as services:
        done = services.library.rollback(LOCAL, document, to, note=note)
    _tell(many, done, f"{document} 已回到 v{done.version}")


def archive(context: typer.Context, document: DocumentId, note: Note = "", many: Lines = False) -> None:
    """Puts a document away because it is over: not in force from now on, not listed.

    Questions about earlier days are still answered from it. `publish` or `rollback` brings it back. For a text
    that was wrong from the beginning use `retire`.
    """
    cli: CliContext = context.obj
    with cli.services() as services:
        done = services.library.archive(LOCAL, document, note=note)
    _tell(many, done, f"{document} 已归档：现在起不再引用，查询以前日期仍会用到")


def retire(
    context: typer.Context,
    document: DocumentId,
    version: Annotated[int | None, _ONE] = None,
    note: Note = "",
    many: Lines = False,
) -> None:
    """Withdraws a document (or one version) because it was wrong: served for no date any more, past days included.

    For a text that was right and is over use `archive`; for going back to an earlier version `rollback`.
    """
    cli: CliContext = context.obj
    with cli.services() as services:
        done = services.library.retire(LOCAL, document, version, note=note)
    _tell(many, done, f"{document} 已撤回：任何日期都不再引用")


def _tell(many: bool, done: BaseModel, text: str) -> None:
    if many:
        jsonl.emit(done)
    else:
        typer.echo(text)
