"""A run for readers: everything as JSON; at a terminal the figures, and which cases count against them."""

import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evals.errors import NoVerdict
from evals.models import Figure, Result, RunReport, SetReport, SuiteReport, Verdict

FILE = "run.json"
_WORDS = {Verdict.PASS: "[green]pass[/]", Verdict.MISSED: "[red]missed[/]", Verdict.NONE: "[yellow]no verdict[/]"}
_COLUMNS = ("figure", "cases", "share", "95 % interval", "asked", "result")
_PIPED_WIDTH = 160


def prepare_folder(folder: Path) -> None:
    """Makes the folder before the run, so that no result is lost for want of a place.

    Raises:
        NoVerdict: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoVerdict(f"{folder}: cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise NoVerdict(f"{folder}: cannot be written to")


def write(report: RunReport, folder: Path) -> Path:
    """Writes the JSON, whole or not at all."""
    path = folder / FILE
    partial = folder / f".{FILE}.{secrets.token_hex(4)}"
    try:
        partial.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise NoVerdict(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def show(report: RunReport, path: Path, failures: int) -> None:
    """Tables on standard output; of each set at most `failures` cases one by one."""
    out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    for suite in report.suites:
        for one in suite.sets:
            _cases(out, one, failures)
            out.print(_table(suite, one))
            for reason in one.reasons:
                out.print(f"  {_WORDS[one.verdict]} {escape(reason)}")
            for measure in one.measures:
                span = f"{measure.low:.3f} … {measure.high:.3f}"
                out.print(f"  {escape(measure.name)}: {measure.value:.3f} [{span}] (not gated)")
            if one.latency_ms is not None:
                found = one.latency_ms
                out.print(f"  latency per case (not gated): p50 {found.p50:.2f} ms, p95 {found.p95:.2f} ms")
            out.print()
    out.print(f"{_WORDS[report.verdict]} in {report.seconds:.0f} s; everything is in {escape(str(path))}")


def _table(suite: SuiteReport, one: SetReport) -> Table:
    part = " (part of the cases)" if one.partial else ""
    table = Table(title=escape(f"{suite.name} · {one.name} · {suite.target}: {one.selected} cases{part}"))
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column in ("figure", "result") else "right")
    for figure in one.figures:
        table.add_row(*_row(figure, ""))
        for group in figure.groups:
            if group.verdict is not None:
                table.add_row(*_row(group, "  "))
    return table


def _row(figure: Figure, indent: str) -> tuple[str, ...]:
    if figure.n == 0:
        return (indent + escape(figure.name), "0", "–", "–", _asked(figure), _result(figure))
    return (
        indent + escape(figure.name), f"{figure.count}/{figure.n}", f"{figure.value:.2%}",
        f"{figure.low:.2%} … {figure.high:.2%}", _asked(figure), _result(figure),
    )  # fmt: skip


def _asked(figure: Figure) -> str:
    if figure.floor is not None:
        return f"≥ {figure.floor:.1%}"
    return f"≤ {figure.ceiling:.1%}" if figure.ceiling is not None else ""


def _result(figure: Figure) -> str:
    return _WORDS[figure.verdict] if figure.verdict is not None else "[dim]reported[/]"


def _cases(out: Console, one: SetReport, limit: int) -> None:
    by_id = {result.id: result for result in one.cases}
    lines = [
        *(f"{escape(name)}: {_line(by_id[id_])}" for name, id_ in _missed(one)),
        *(f"[yellow]no answer[/]: {_line(by_id[id_])}" for id_ in one.errors),
    ]
    for line in lines[:limit]:
        out.print(line)
    if len(lines) > limit:
        out.print(f"… and {len(lines) - limit} more")
    if lines:
        out.print()


def _missed(one: SetReport) -> Iterator[tuple[str, str]]:
    """Each case once, under the first figure that it counts against."""
    seen: set[str] = set()
    for figure in one.figures:
        for id_ in (*figure.missed, *(id_ for group in figure.groups for id_ in group.missed)):
            if id_ not in seen:
                seen.add(id_)
                yield figure.name, id_


def _line(result: Result) -> str:
    parts = [result.id]
    if result.labels.get("subkind"):
        parts.append(f"({result.labels['subkind']})")
    if result.error is not None:
        parts.append(result.error)
    elif result.answer is not None and result.expected is not None:
        parts.append(f"{result.expected.get('expect')} → {result.answer.get('status')}")
    if result.text is not None:
        parts.append(_visible(result.text))
    return escape(" ".join(parts))


def _visible(text: str) -> str:
    """On one line, with characters that do not show written out."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
