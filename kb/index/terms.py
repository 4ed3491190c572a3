"""Words in a row, and the conditions that a structured query puts on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from kb.tokenize import fold

BREAK = "|"  # stands where a sentence or a clause of it ends: no phrase runs across it unnoticed
_UNIT = re.compile(r"[0-9]+(?:\.[0-9]+)?|[a-z]+[0-9]*|[^\W\d_]|[。!?;,:.\n]")
_MARKS = frozenset("。!?;,:.\n")

Field = Literal["text", "path", "title", "tag"]
EVERYWHERE: tuple[Field, ...] = ("text", "path", "title")


def units(text: str) -> list[str]:
    """The folded text as single characters, Latin words and numbers, in order; marks become BREAK."""
    found: list[str] = []
    for unit in _UNIT.findall(fold(text)):
        if unit not in _MARKS:
            found.append(unit)
        elif found and found[-1] != BREAK:
            found.append(BREAK)
    if found and found[-1] == BREAK:
        found.pop()
    return found


@dataclass(frozen=True, slots=True)
class Term:
    """Units that stand one after another in one of the fields; with `prefix` the last one may go on."""

    units: tuple[str, ...]
    prefix: bool = False
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


Node = Term | AllOf | AnyOf | Not
