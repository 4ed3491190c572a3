"""kb add, list, show: documents brought in and read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.cli import jsonl, show
from copilot.cli.context import CliContext
from copilot.cli.kb import printed
from copilot.cli.kb.insight_printed import noticed
from copilot.cli.kb.options import STATES, DocumentId, Lines, ValidFrom, ValidTo, Version, day
from copilot.cli.progress import progress_bar
from copilot.desk import LOCAL
from copilot.errors import BadRequest
from copilot.library import Labels
from kb.models import Audience, Document, DocumentKind, IngestFailure, IngestReport, VersionState

if TYPE_CHECKING:
    from copilot.bootstrap import Services

_MOST_EXAMINED = 10
Kind = Annotated[DocumentKind | None, typer.Option(help="A file's front matter otherwise.")]


def register(app: typer.Typer) -> None:
    app.command()(add)
    app.command("list")(list_documents)
    app.command("show")(show_document)


def add(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files or folders.")],
    kind: Kind = None,
    platform: Annotated[str | None, typer.Option(help="jd, tmall, lashou, own …; none: holds everywhere.")] = None,
    operator: Annotated[str | None, typer.Option(help="platform or merchant.")] = None,
    shop: Annotated[str | None, typer.Option(help="The one shop it holds for.")] = None,
    category: Annotated[str | None, typer.Option(help="The goods it holds for.")] = None,
    audience: Annotated[Audience | None, typer.Option(help="Who may read it; sop: agent, else customer.")] = None,
    title: Annotated[str | None, typer.Option(help="Instead of the file's own.")] = None,
    valid_from: ValidFrom = None,
    valid_to: ValidTo = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Put it in force at once, as administrator; a missing review is recorded.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Every passage that was dropped, with the reason.")
    ] = False,
    many: Lines = False,
) -> None:
    """Takes documents in; without --publish they wait as drafts. Exit status 1 when a file failed."""
    if title is not None and (len(paths) > 1 or paths[0].is_dir()):
        raise BadRequest("--title: is for one file; add the files one by one")
    labels = Labels(kind, platform, operator, shop, category, audience, title, day(valid_from), day(valid_to))
    cli: CliContext = context.obj
    failed = False
    waived = 0
    fresh: list[IngestReport] = []
    with cli.services() as services:
        with progress_bar("导入") as progress:
            for path in paths:
                for report in services.library.add_path(LOCAL, path, labels, publish=publish, progress=progress):
                    failed |= isinstance(report, IngestFailure)
                    if isinstance(report, IngestReport):
                        waived += report.waived is not None
                        fresh.extend([report] if publish and not report.unchanged else [])
                    if many:
                        jsonl.emit(report)
                    else:
                        printed.report(report, verbose)
        _examine(services, fresh, many)
    if waived:
        printed.waived(waived)
    if failed:
        raise typer.Exit(1)


def _examine(services: "Services", fresh: list[IngestReport], many: bool) -> None:
    """Looks at what was just published, as a reviewer would have; of a large import only says how."""
    if len(fresh) > _MOST_EXAMINED:
        if not many:
            typer.echo("  导入较多，未逐份审查；可用 copilot kb conflicts 检查全部在用条款")
        return
    for report in fresh:
        review = services.insights.review(LOCAL, report.document_id, report.version)
        if not many:
            noticed(review)


def list_documents(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Archived documents too.")] = False,
    state: Annotated[
        VersionState | None, typer.Option(help="Only those whose latest version is in this state.")
    ] = None,
    many: Lines = False,
) -> None:
    """Documents with their state and the version in force."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        documents = services.library.documents(LOCAL, archived=everything, state=state)
    if many:
        jsonl.emit(*documents)
        return
    rows = [
        [d.document_id, d.title, d.kind, d.platform or "—", d.shop or "—", d.audience, f"v{d.latest_version}",
         STATES[d.state], _in_force(d), str(d.clauses), d.source_name]
        for d in documents
    ]  # fmt: skip
    columns = ["文档", "标题", "类型", "平台", "店铺", "读者", "版本", "状态", "在用", "条数", "来源"]
    show.table("知识库文档", columns, rows)


def _in_force(document: Document) -> str:
    if document.archived:
        return "已归档"
    now = "—" if document.published_version is None else f"v{document.published_version}"
    return now if document.planned_version is None else f"{now}，v{document.planned_version} 待生效"


def show_document(
    context: typer.Context,
    document: DocumentId,
    version: Version = None,
    history: Annotated[bool, typer.Option("--history", help="Who did what to it, when and why.")] = False,
    many: Lines = False,
) -> None:
    """A document's latest version, clause by clause; --history: its life, step by step."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        if history:
            steps = services.library.history(LOCAL, document)
            if many:
                jsonl.emit(*steps)
            else:
                printed.history(steps)
            return
        found = services.library.document(LOCAL, document)
        chosen = services.library.version(LOCAL, document, version or found.latest_version)
        clauses = services.library.clauses(LOCAL, document, chosen.version)
    if many:
        jsonl.emit(*clauses)
        return
    state = STATES[chosen.state]
    typer.echo(f"《{chosen.title}》v{chosen.version} {state} · {found.kind} · {found.source_name}\n")
    for clause in clauses:
        typer.echo(f"{clause.clause_id}  {' › '.join(clause.section_path)}\n    {clause.text}\n")
