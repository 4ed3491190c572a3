"""A progress bar with its rate on standard error; plain lines where no terminal reads it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

Report = Callable[[str, int, int], None]
_QUIET_SECONDS = 3.0


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """Yields report(what, done, total)."""
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _RateColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(f"{title} {what}", total=total)
            bar.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]  # rich's NewType of int

        yield report


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f}/s", style="progress.data.speed")


def _lines(title: str) -> Report:
    last = 0.0
    started: dict[str, tuple[float, int]] = {}

    def report(what: str, done: int, total: int) -> None:
        nonlocal last
        since, before = started.setdefault(what, (time.monotonic(), done))
        if time.monotonic() - last > _QUIET_SECONDS or done == total:
            last = time.monotonic()
            seconds = last - since
            rate = f" {(done - before) / seconds:.1f}/s" if seconds >= 1.0 else ""
            sys.stderr.write(f"{title} {what} {done}/{total}{rate}\n")
            sys.stderr.flush()

    return report
