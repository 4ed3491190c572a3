"""Lines with their number in the file, so that a report can name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file (numbers count from 1)."""

    number: int
    text: str


def join(lines: Sequence[Line]) -> str:
    """The lines as one text without blank edges."""
    return "\n".join(line.text for line in lines).strip("\n")


def excerpt(text: str, longest: int = 200) -> str:
    """What a report shows of a passage."""
    bare = " ".join(text.split())
    return bare if len(bare) <= longest else bare[:longest] + "…"
