"""Markdown headings: `## Title {#anchor}` opens a section; a heading with an anchor opens exactly one
clause."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*(?:\{#([^}\s]{1,120})\})?[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading line (as `heads`), the path that it opens, and the text up to the next heading."""

    heads: tuple[str, ...]
    path: tuple[str, ...]
    anchor: str | None
    question: bool
    body: str


def sections(text: str, title: str = "") -> list[Section]:
    """The sections of a markdown text in order, the text before the first heading included."""
    found: list[Section] = []
    levels: list[tuple[int, str]] = []
    heading: tuple[str, str, str | None] | None = None
    body: list[str] = []
    fenced = False

    def close() -> None:
        if heading is None and not "".join(body).strip():
            return
        path = tuple(name for _, name in levels if name != title)
        found.append(
            Section(
                heads=(heading[0],) if heading else (),
                path=path,
                anchor=heading[2] if heading else None,
                question=bool(heading and heading[1].endswith(("？", "?"))),
                body="".join(body),
            )
        )

    for line in text.splitlines(keepends=True):
        if _FENCE.match(line):
            fenced = not fenced
        match = None if fenced else _HEADING.match(line.rstrip("\n"))
        if match is None:
            body.append(line)
            continue
        close()
        body = []
        level, name, anchor = len(match.group(1)), match.group(2).strip(), match.group(3)
        heading = (line.strip(), name, anchor)
        levels = [*(pair for pair in levels if pair[0] < level), (level, name)]
    close()
    return found


def first_heading(text: str) -> str:
    """The first top-level heading, empty when there is none; it serves as the title."""
    for line in text.splitlines():
        match = _HEADING.match(line)
        if match and len(match.group(1)) == 1:
            return match.group(2).strip()
    return ""
