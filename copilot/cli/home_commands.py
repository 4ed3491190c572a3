"""init, serve, demo, doctor, keys: setting a home up and running on it."""

from __future__ import annotations

import importlib.resources
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.cli import jsonl, show
from copilot.cli.context import CliContext
from copilot.cli.progress import progress_bar
from copilot.domain.roles import Role
from copilot.domain.ticket import Ticket
from copilot.errors import NotReady
from kb.models import IngestFailure

if TYPE_CHECKING:
    from copilot.bootstrap import Services

keys_app = typer.Typer(help="API keys.", no_args_is_help=True)
Port = Annotated[int, typer.Option(min=1, max=65535)]
Host = Annotated[str, typer.Option(help="127.0.0.1 keeps it on this machine.")]


def register(app: typer.Typer) -> None:
    for command in (init, serve, demo, doctor):
        app.command()(command)


def init(
    context: typer.Context,
    sample: Annotated[bool, typer.Option("--sample", help="Also load and publish the sample knowledge base.")] = False,
    many: Annotated[bool, typer.Option("--jsonl", help="The counts as one line of JSON.")] = False,
) -> None:
    """Makes the data folder."""
    cli: CliContext = context.obj
    with cli.services() as services:
        if sample:
            load_sample(services)
        stats = services.knowledge.stats()
    if many:
        jsonl.emit(stats)
        return
    typer.echo(f"数据目录 {cli.settings.home}：{stats.documents} 份文档，{stats.clauses_in_force} 条在用条款")


def load_sample(services: Services) -> None:
    """Loads and publishes kb/sample; what is there already stays as it is."""
    sample = importlib.resources.files("kb") / "sample"
    with importlib.resources.as_file(sample) as folder, progress_bar("示例知识库") as progress:
        services.knowledge.read_vectors(folder / "vectors.npz")
        paths = sorted(folder.glob("*.md"))
        for number, path in enumerate(paths, start=1):
            for report in services.knowledge.add_path(path, publish=True, actor="local"):
                if isinstance(report, IngestFailure):
                    raise NotReady(f"the sample knowledge base is damaged: {report.message}; reinstall the package")
            progress("文档", number, len(paths))


def serve(context: typer.Context, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serves the API."""
    cli: CliContext = context.obj
    _serve(cli, host, port)


def demo(context: typer.Context, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """What `make run` does: sample knowledge base, one full suggestion, a key, then serve."""
    from copilot.desk import LOCAL

    cli: CliContext = context.obj
    _free_port(host, port)
    with cli.services() as services:
        if not services.knowledge.list_documents():
            load_sample(services)
        ticket = (importlib.resources.files("kb") / "sample" / "ticket.json").read_bytes()
        typer.echo("示例工单：")
        parsed = jsonl.parse(ticket, Ticket)
        for message in parsed.messages:
            typer.echo(f"  {'顾客' if message.role == 'customer' else '客服'}：{message.text}")
        show.suggestion(services.desk.suggest(parsed, LOCAL), services.rulebook)
        if services.keys.count() == 0:
            key = services.keys.create(Role.ADMIN, "make run", LOCAL)
            typer.echo(f"API key（只显示这一次）: {key}")
        else:
            typer.echo("API key：已创建过；需要新的请运行 copilot keys create --role agent")
        _serve(cli, host, port, services)


def _serve(cli: CliContext, host: str, port: int, services: Services | None = None) -> None:
    import uvicorn

    from copilot.app import create_app

    _free_port(host, port)
    opened = services or cli.services()
    try:
        opened.desk.ready()
        opened.desk.warm()
        typer.echo(f"serving on http://{host}:{port}  (API: /docs)")
        uvicorn.run(create_app(opened, cli.settings.max_body_bytes), host=host, port=port, log_level="warning")
    finally:
        if services is None:
            opened.close()


def _free_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotReady(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error


def doctor(
    context: typer.Context,
    many: Annotated[bool, typer.Option("--jsonl", help="One finding a line, as JSON.")] = False,
) -> None:
    """Checks the home: rulebook, database, indexes, embeddings, audit chain. Exit status 1 when something is wrong."""
    from copilot.health import examine

    cli: CliContext = context.obj
    with cli.services() as services:
        findings = examine(services)
    if many:
        jsonl.emit(*findings)
    for finding in () if many else findings:
        typer.echo(f"{'✓' if finding.ok else '✗'} {finding.name}: {finding.message}")
        for detail in finding.details:
            typer.echo(f"    {detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@keys_app.command("create")
def create_key(
    context: typer.Context,
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    label: Annotated[str, typer.Option(help="Whom or what it is for.")] = "",
) -> None:
    """Makes an API key and shows it this once."""
    from copilot.desk import LOCAL

    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        typer.echo(services.keys.create(role, label or str(role), LOCAL))
