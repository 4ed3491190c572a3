"""The guard's benchmark at the terminal: times beside the peers', and what each blocks."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_PIPED_WIDTH = 140
_KINDS = ("plain", "evaded", "scope", "paraphrase", "hard_negative", "good_reply")


def show(found: Mapping[str, Any], path: Path) -> None:
    """Tables on standard output; the whole is in the file at `path`."""
    out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    out.print(_times(found))
    out.print(_blocked(found))
    asked, reached = found["limits"], found["limits"]["reached"]
    for clock, results in reached.items():
        verdicts = ", ".join(
            f"{name} {'≤' if name == 'p95_ms' else '≥'} {asked[name]:g}: {'reached' if result else 'missed'}"
            for name, result in results.items()
        )
        out.print(f"rule layers, 200 characters, 10,000 further terms, {clock}: {verdicts}")
    start = found["cold_start"]
    out.print(
        f"copilot check, whole process: {start['check_s']} s (python alone {start['python_alone_s']} s, "
        f"first one on an empty home {start['empty_home_s']} s)"
    )
    load = found["machine"]
    out.print(
        f"{load['cores']} cores, Python {load['python']}, load {load['load_1_minute']} at the start and "
        f"{load['load_1_minute_at_end']} at the end; all figures: {path}",
        soft_wrap=True,
    )


def _times(found: Mapping[str, Any]) -> Table:
    sizes = list(found["texts"])
    table = Table(title="ms for one check: p50 / p95 (p95 of each reply's fastest round); × how many times ours")
    table.add_column("who")
    table.add_column("rulebook")
    for size in sizes:
        table.add_column(f"{size} characters", justify="right")
    table.add_column(f"checks/s, {sizes[-1]}", justify="right")
    table.add_column("yardstick", justify="right")
    for who, book, times, longer in _rows(found):
        cells = []
        for size in sizes:
            row = times[size]
            more = f" ×{longer[size]['fastest_p50']:g}" if longer else ""
            cells.append(f"{row['p50_ms']:.2f} / {row['p95_ms']:.2f} ({row['fastest']['p95_ms']:.2f}){more}")
        table.add_row(who, book, *cells, f"{times[sizes[-1]]['per_second']:,.0f}", f"{times['yardstick_ms']:.2f}")
    return table


def _rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any] | None]]:
    for layers, books in found["guard"].items():
        for book, times in books.items():
            yield f"copilot, {layers}", book, times, None
    for name, peer in found["peers"].get("by_name", {}).items():
        for book, times in peer["times"].items():
            yield f"{name} {peer['version']}", book, times, peer["times_as_long_as"]["rules"][book]


def _blocked(found: Mapping[str, Any]) -> Table:
    table = Table(title="share blocked, development set (first four kinds: right; last two: false alarm)")
    table.add_column("who")
    for kind in _KINDS:
        table.add_column(kind, justify="right")
    rows = {"copilot (knows this set)": found["blocked"]}
    rows |= {name: peer["blocked"] for name, peer in found["peers"].get("by_name", {}).items()}
    for who, by_kind in rows.items():
        table.add_row(who, *(f"{by_kind[kind]['value']:.1%} of {by_kind[kind]['n']}" for kind in _KINDS))
    return table
