"""kb: add, list, show, search, publish, retire, rebuild. Whoever runs them is the local administrator."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from copilot.cli import jsonl, show
from copilot.cli.context import CliContext
from copilot.cli.progress import progress_bar
from copilot.desk import bad_request
from copilot.errors import BadRequest
from kb.models import Audience, DocumentKind, IngestFailure, IngestReport, SearchRequest

app = typer.Typer(help="The knowledge base: documents, versions, search.", no_args_is_help=True)

_ACTOR = "local"
_REASONS = {"garbled": "乱码", "placeholder": "占位符未填", "cut_off": "文本中断"}
Kind = Annotated[DocumentKind | None, typer.Option(help="A file's front matter otherwise.")]
Lines = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line instead of text.")]
DocumentId = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Document id (doc_…), see `copilot kb list`.")]


@app.command()
def add(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files or folders (txt, md).")],
    kind: Kind = None,
    platform: Annotated[str | None, typer.Option(help="jd, tmall, lashou, own …; none: holds everywhere.")] = None,
    operator: Annotated[str | None, typer.Option(help="platform or merchant.")] = None,
    audience: Annotated[Audience | None, typer.Option(help="Who may read it; sop: agent, else customer.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Put it in force at once.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Every passage that was dropped, with the reason.")
    ] = False,
    many: Lines = False,
) -> None:
    """Takes documents in; without --publish they wait as drafts. Exit status 1 when a file failed."""
    cli: CliContext = context.obj
    failed = False
    with cli.services() as services, progress_bar("导入") as progress:
        for path in paths:
            for report in services.knowledge.add_path(
                path, kind=kind, platform=platform, operator=operator, audience=audience, publish=publish,
                actor=_ACTOR, progress=progress,
            ):  # fmt: skip
                failed |= isinstance(report, IngestFailure)
                if many:
                    jsonl.emit(report)
                else:
                    _print(report, verbose)
    if failed:
        raise typer.Exit(1)


def _print(report: IngestReport | IngestFailure, verbose: bool) -> None:
    if isinstance(report, IngestFailure):
        typer.echo(f"✗ {report.source_name}: [{report.code}] {report.message}", err=True)
        return
    state = "内容未变" if report.unchanged else {"published": "已发布", "draft": "草稿"}.get(report.state, report.state)
    typer.echo(f"✓ {report.source_name}: 《{report.title}》v{report.version} {state}，{report.clauses} 条，"
               f"去除 {len(report.dropped)} 处，修复 {report.repaired} 处，未能修复 {len(report.unrepaired)} 处"
               f"  {report.document_id}")  # fmt: skip
    for warning in report.warnings:
        typer.echo(f"    注意：{warning}")
    most = len(report.unrepaired) if verbose else 5
    for damaged in report.unrepaired[:most]:
        typer.echo(f"    第{damaged.line}行 {_REASONS.get(damaged.reason, damaged.reason)}：{damaged.text[:60]}")
    if len(report.unrepaired) > most:
        typer.echo(f"    …另有 {len(report.unrepaired) - most} 处，用 --verbose 查看")
    for dropped in report.dropped if verbose else ():
        typer.echo(f"    第{dropped.line}行 去除（{dropped.reason}）：{dropped.text[:60]}")


@app.command("list")
def list_documents(context: typer.Context, many: Lines = False) -> None:
    """All documents with their state."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        documents = services.knowledge.list_documents()
    if many:
        jsonl.emit(*documents)
        return
    rows = [
        [d.document_id, d.title, d.kind, d.platform or "—", d.audience, f"v{d.latest_version}", d.state, str(d.clauses),
         d.source_name]
        for d in documents
    ]  # fmt: skip
    show.table("知识库文档", ["文档", "标题", "类型", "平台", "读者", "版本", "状态", "条数", "来源"], rows)


@app.command("show")
def show_document(context: typer.Context, document: DocumentId, many: Lines = False) -> None:
    """A document's latest version, clause by clause."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.knowledge.get_document(document)
        clauses = services.knowledge.clauses(document, found.latest_version)
    if many:
        jsonl.emit(*clauses)
        return
    typer.echo(f"《{found.title}》v{found.latest_version} {found.state} · {found.kind} · {found.source_name}\n")
    for clause in clauses:
        typer.echo(f"{clause.clause_id}  {' › '.join(clause.section_path)}\n    {clause.text}\n")


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="A question in your own words.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many clauses.")] = 5,
    platform: Annotated[str | None, typer.Option()] = None,
    as_of: Annotated[datetime | None, typer.Option(help="The day the answer must hold for.")] = None,
    many: Annotated[bool, typer.Option("--jsonl", help="One JSON request a line, one response a line.")] = False,
) -> None:
    """The clauses in force that answer a question."""
    from pydantic import ValidationError

    cli: CliContext = context.obj
    with cli.services() as services:
        if many:
            jsonl.run(SearchRequest, services.desk.search)
            return
        if query is None:
            raise BadRequest("give a question, or --jsonl for requests on standard input")
        try:
            request = SearchRequest(query=query, k=k, platform=platform, as_of=as_of.date() if as_of else None)
        except ValidationError as error:
            raise bad_request(error) from error
        show.search(services.desk.search(request))


@app.command()
def publish(
    context: typer.Context,
    document: DocumentId,
    version: Annotated[int | None, typer.Option(help="Default: the latest.")] = None,
) -> None:
    """Puts a version in force."""
    cli: CliContext = context.obj
    with cli.services() as services:
        services.knowledge.publish(document, version, actor=_ACTOR)
    typer.echo(f"{document} 已发布")


@app.command()
def retire(context: typer.Context, document: DocumentId) -> None:
    """Takes a document out of force; agents stop getting it at once."""
    cli: CliContext = context.obj
    with cli.services() as services:
        services.knowledge.retire(document, actor=_ACTOR)
    typer.echo(f"{document} 已停用")


@app.command()
def rebuild(context: typer.Context, many: Lines = False) -> None:
    """Builds the search indexes anew from the database."""
    cli: CliContext = context.obj
    with cli.services() as services, progress_bar("重建索引") as progress:
        services.knowledge.rebuild(progress)
        drift = services.knowledge.drift()
    if many:
        jsonl.emit(drift)
        return
    typer.echo(
        f"已重建：{drift.published} 条已发布条款，索引{'一致' if drift.clean else '不一致，请查看 copilot doctor'}"
    )
