"""The `copilot` command: global options, commands, errors as one line and an exit status."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from copilot import __version__
from copilot.cli import (
    approvals_commands,
    conversation_commands,
    desk_commands,
    home_commands,
    kb_commands,
    records_commands,
    rules_commands,
)
from copilot.cli.context import CliContext
from copilot.cli.plugins import PluggableGroup
from copilot.errors import CopilotError
from kb.errors import KbError

app = typer.Typer(
    name="copilot", cls=PluggableGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="售后客服副驾：分类、合规草稿、引用条款、下一步。 After-sales copilot.",
)  # fmt: skip
home_commands.register(app)
desk_commands.register(app)
conversation_commands.register(app)
app.add_typer(kb_commands.app, name="kb")
app.add_typer(approvals_commands.app, name="approvals")
app.add_typer(records_commands.app, name="records")
app.add_typer(rules_commands.app, name="rules")
app.add_typer(home_commands.keys_app, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="Data folder; default: $COPILOT_HOME or the user's.")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """Suggestions for after-sales tickets, from the documents that are in force."""
    context.obj = CliContext(home)


def main() -> None:
    """Entry point: our own errors become one line on standard error and exit status 1."""
    try:
        app()
    except (CopilotError, KbError) as error:
        typer.echo(f"error [{error.code}]: {error.message}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
