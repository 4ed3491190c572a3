"""A progress bar on standard error; plain lines where no terminal reads it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Report = Callable[[str, int, int], None]
_QUIET_SECONDS = 3.0


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """Yields report(what, done, total)."""
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(f"{title} {what}", total=total)
            bar.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]  # rich's NewType of int

        yield report


def _lines(title: str) -> Report:
    last = 0.0

    def report(what: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _QUIET_SECONDS or done == total:
            last = time.monotonic()
            sys.stderr.write(f"{title} {what} {done}/{total}\n")
            sys.stderr.flush()

    return report
