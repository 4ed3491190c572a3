"""records: the register exported, and stored suggestions removed past their retention."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from copilot.cli import jsonl
from copilot.cli.context import CliContext
from copilot.desk import LOCAL
from copilot.errors import BadRequest
from copilot.records import moment_of

app = typer.Typer(help="The after-sales register: export, retention.", no_args_is_help=True)


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


@app.command()
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.")],
    format: Annotated[Format, typer.Option(help="csv (UTF-8 with BOM) or xlsx.")] = Format.CSV,
    since: Annotated[str | None, typer.Option(help="From this day or moment on, Beijing time.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this moment; a day is included.")] = None,
) -> None:
    """Writes one row a ticket, as its newest suggestion of the period has it, oldest first."""
    from copilot import ledger

    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        rows = services.records.register(LOCAL, moment_of("since", since), moment_of("until", until, ends=True))
        cells = ledger.table(rows, services.rulebook.vocabulary.owners)
    data = ledger.as_csv(cells) if format is Format.CSV else ledger.as_xlsx(cells)
    try:
        out.write_bytes(data)
    except OSError as error:
        raise BadRequest(f"{out}: cannot be written: {error.strerror}") from error
    typer.echo(f"{out}：{len(rows)} 条记录", err=True)


@app.command()
def purge(
    context: typer.Context,
    remove: Annotated[bool, typer.Option("--yes", help="Really remove; without it only counted.")] = False,
    many: Annotated[bool, typer.Option("--jsonl", help="The result as one line of JSON.")] = False,
) -> None:
    """Removes suggestions past their retention (COPILOT_RETENTION_DAYS); the audit log keeps that they were made."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.records.purge(LOCAL, remove=remove)
    if many:
        jsonl.emit(found)
        return
    day = f"{found.before:%Y-%m-%d %H:%M}"
    if found.removed:
        typer.echo(f"已删除 {found.suggestions} 条建议（{day} 之前，保存期 {found.retention_days} 天），已记入审计")
    else:
        typer.echo(
            f"可删除 {found.suggestions} 条建议（{day} 之前，保存期 {found.retention_days} 天）；加 --yes 执行删除"
        )
