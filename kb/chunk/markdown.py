"""Markdown headings: `## Title {#anchor}` opens a section; a heading with an anchor opens exactly one
clause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.chunk.attributes import BLOCK, Attributes, BadAttribute, parse

_HEADING = re.compile(rf"^ {{0,3}}(#{{1,6}})[ \t]+(.*?)[ \t]*(?:{BLOCK})?[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading line (as `heads`) with its `name`, the path that it opens, and the text up to the next heading."""

    heads: tuple[str, ...]
    path: tuple[str, ...]
    body: str
    name: str = ""
    scope: Attributes = field(default_factory=Attributes)

    @property
    def question(self) -> bool:
        """Whether the heading asks, so that the section is its answer."""
        return self.name.endswith(("？", "?"))


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it is written. `index` counts lines from 0, `block` is what stands between its braces."""

    index: int
    line: str
    level: int
    name: str
    block: str


def headings(text: str) -> Iterator[Heading | str]:
    """The lines of a text (with their ends); headings outside of fences as Heading."""
    fenced = False
    for index, line in enumerate(text.splitlines(keepends=True)):
        if _FENCE.match(line):
            fenced = not fenced
        match = None if fenced else _HEADING.match(line.rstrip("\n"))
        if match is None:
            yield line
        else:
            yield Heading(index, line.strip(), len(match[1]), match[2].strip(), match[3] or "")


def sections(text: str, title: str = "") -> list[Section]:
    """The sections of a markdown text in order, the text before the first heading included."""
    found: list[Section] = []
    levels: list[tuple[int, str, Attributes]] = []
    opened: Heading | None = None
    body: list[str] = []

    def close() -> None:
        if opened is None and not "".join(body).strip():
            return
        found.append(
            Section(
                heads=(opened.line,) if opened else (),
                path=tuple(name for _, name, _ in levels if name != title),
                body="".join(body),
                name=levels[-1][1] if opened else "",
                scope=levels[-1][2] if opened else Attributes(),
            )
        )

    for item in headings(text):
        if isinstance(item, str):
            body.append(item)
            continue
        close()
        opened, body = item, []
        levels = [entry for entry in levels if entry[0] < item.level]
        name, own = _read(item)
        levels.append((item.level, name, own.under(levels[-1][2] if levels else Attributes())))
    close()
    return found


def _read(heading: Heading) -> tuple[str, Attributes]:
    """Name and attributes. Braces that make no sense are words here: `faults` tells of them before it comes to this."""
    try:
        return heading.name, parse(heading.block)
    except BadAttribute:
        return f"{heading.name} {{{heading.block}}}", Attributes()


def faults(text: str) -> Iterator[tuple[int, BadAttribute]]:
    """Every heading attribute that cannot be used, with the number of its line (from 0)."""
    for item in headings(text):
        if isinstance(item, Heading):
            try:
                parse(item.block)
            except BadAttribute as error:
                yield item.index, error


def first_heading(text: str) -> str:
    """The title that the headings give: the first of the top level; without one, the only heading of the highest
    level that stands before all text. Empty when there is none."""
    items = [item for item in headings(text) if isinstance(item, Heading) or item.strip()]
    found = [item for item in items if isinstance(item, Heading) and item.name]
    if not found:
        return ""
    highest = min(item.level for item in found)
    top = [item for item in found if item.level == highest]
    if highest == 1 or (len(top) == 1 and top[0] is items[0]):
        return top[0].name
    return ""
