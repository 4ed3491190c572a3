"""rules: rows of the decision tables whose clauses changed. Whoever runs these commands is the local administrator."""

from collections.abc import Sequence
from typing import Annotated

import typer

from copilot.cli import jsonl
from copilot.cli.context import CliContext
from copilot.desk import LOCAL
from copilot.domain.rules import ConfirmedRow, StaleRow
from copilot.errors import BadRequest

app = typer.Typer(
    help="Rules that wait for a look at their clauses: until confirmed they answer needs_approval.",
    no_args_is_help=True,
)

Lines = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line instead of text.")]


@app.command()
def stale(context: typer.Context, many: Lines = False) -> None:
    """Rows whose clauses in force are not the texts that their verdict was confirmed against."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.rules.stale(LOCAL)
    if many:
        jsonl.emit(*found)
        return
    if not found:
        typer.echo("没有待确认的规则")
    for row in found:
        _show(row)


@app.command()
def confirm(
    context: typer.Context,
    row: Annotated[str | None, typer.Argument(metavar="ROW", help="Row id, see `copilot rules stale`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every stale row.")] = False,
    many: Lines = False,
) -> None:
    """The verdict of a row agrees with the clauses in force now; audited."""
    cli: CliContext = context.obj
    if (row is None) is not every:
        raise BadRequest("ROW, --all: give one of them")
    with cli.services(read_only=True) as services:
        rules = services.rules
        found: Sequence[ConfirmedRow] = rules.confirm_all(LOCAL) if row is None else (rules.confirm(LOCAL, row),)
    if many:
        jsonl.emit(*found)
        return
    if not any(each.clauses for each in found):
        typer.echo("没有需要确认的变更")
    for each in found:
        for clause in each.clauses:
            typer.echo(
                f"已确认 {each.row} · {clause.anchor} · {clause.document} v{clause.version} {clause.sha256[:12]}"
            )


def _show(stale: StaleRow) -> None:
    typer.echo(f"{stale.row}（{stale.action} → {stale.verdict}）：{stale.reason}")
    for clause in stale.clauses:
        confirmed = "、".join(sha256[:12] for sha256 in clause.confirmed) or "从未确认"
        place = " > ".join((clause.document, *clause.section_path))
        typer.echo(f"  {clause.anchor} · {place} v{clause.version}：已确认 {confirmed}，现行 {clause.sha256[:12]}")
        typer.echo(f"    {clause.text}")
