"""Commands of other packages, by entry point: looked up only when a name is none of ours, or for the list of all."""

import logging
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from copilot.errors import NotReady

_LOG = logging.getLogger(__name__)

GROUP = "copilot.commands"
"""An entry point of this group names a `typer.Typer`; its name is the command's."""


class PluggableGroup(TyperGroup):
    """Our own commands first; an installed package cannot replace one."""

    def list_commands(self, ctx: Any) -> list[str]:
        own = super().list_commands(ctx)
        return [*own, *(name for name, entry in sorted(_found().items()) if name not in own and _usable(entry))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        # Reading the metadata of all packages takes time that `copilot check` does not have.
        entry = _found().get(cmd_name)
        return _loaded(entry) if entry is not None else None


def _found() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _usable(entry: EntryPoint) -> bool:
    # One broken package must not take the help of all commands away.
    try:
        return _loaded(entry) is not None
    except NotReady as error:
        _LOG.warning("%s", error.message)
        return False


def _loaded(entry: EntryPoint) -> Any:
    try:
        app = entry.load()
    except (ImportError, AttributeError) as error:
        raise NotReady(f"the command {entry.name!r} ({entry.value}) cannot be loaded: {error}") from error
    command = typer.main.get_command(app)
    command.name = entry.name
    return command
