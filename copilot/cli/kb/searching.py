"""kb search, rebuild, wordings: how clauses are found."""

from datetime import datetime
from typing import Annotated, Any

import typer

from copilot.cli import jsonl, show
from copilot.cli.context import CliContext
from copilot.cli.kb.options import Lines
from copilot.cli.progress import progress_bar
from copilot.desk import LOCAL, bad_request
from copilot.errors import BadRequest
from kb.models import SearchRequest


def register(app: typer.Typer) -> None:
    for command in (search, wordings, rebuild):
        app.command()(command)


def search(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="A question in your own words.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many clauses.")] = 5,
    platform: Annotated[str | None, typer.Option(help="jd, tmall …; none: all of them.")] = None,
    operator: Annotated[str | None, typer.Option(help="platform or merchant.")] = None,
    shop: Annotated[str | None, typer.Option(help="The shop that is asked about.")] = None,
    category: Annotated[str | None, typer.Option(help="The goods that are asked about.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="sop, policy or faq; may be given several times.")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="The day the answer must hold for.")] = None,
    many: Annotated[bool, typer.Option("--jsonl", help="One JSON request a line, one response a line.")] = False,
) -> None:
    """The clauses in force that answer a question. Operators for people: AND OR NOT（大写，前后空格）、"原词" 或“原词”、词*、( )、
    title: path: tag:；例：运费 AND 质量 NOT 生鲜"""
    from pydantic import ValidationError

    cli: CliContext = context.obj
    with cli.services() as services:
        if many:
            jsonl.run(SearchRequest, services.desk.search)
            return
        if query is None:
            raise BadRequest("give a question, or --jsonl for requests on standard input")
        fields: dict[str, Any] = {
            "query": query, "k": k, "platform": platform, "operator": operator, "shop": shop, "category": category,
            "kinds": tuple(kind) if kind else None, "as_of": as_of.date() if as_of else None,
        }  # fmt: skip
        try:
            request = SearchRequest(**fields)
        except ValidationError as error:
            raise bad_request(error) from error
        show.search(services.desk.search(request))


def wordings(
    context: typer.Context,
    clause: Annotated[str, typer.Argument(metavar="CLAUSE", help="Clause id (cl_…), see `copilot kb show`.")],
    add: Annotated[list[str] | None, typer.Option(help="One more wording; may be given several times.")] = None,
    replace: Annotated[
        list[str] | None, typer.Option("--set", help="These instead of those added before; may be given several times.")
    ] = None,
    many: Lines = False,
) -> None:
    """The words in which people ask for a clause. They help search to find it and are never quoted."""
    if add and replace:
        raise BadRequest("--add, --set: give one of them")
    cli: CliContext = context.obj
    with cli.services(read_only=not (add or replace)) as services:
        found = services.library.wordings(LOCAL, clause)
        if add or replace:
            held = [entry.text for entry in found.added if entry.origin == "editor"]
            found = services.library.set_wordings(LOCAL, clause, replace or [*held, *(add or ())])
    if many:
        jsonl.emit(found)
        return
    for text in found.file:
        typer.echo(f"文件  {text}")
    for entry in found.added:
        typer.echo(f"添加  {entry.text}")
    if not found.file and not found.added:
        typer.echo("还没有问法，用 --add 添加")


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
