"""Markdown made of plain pieces, so that nothing a document says is taken for markup by the splitter."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LOOKS_LIKE_MARKUP = re.compile(r"^( {0,3})(?=#{1,6}[ \t]|```|~~~)", re.MULTILINE)
_ANCHOR = re.compile(r"\{(?=(?:#|[A-Za-z_]+=)[^{}]*\}[ \t]*#*[ \t]*$)")
_BREAKS = re.compile(r"\s*\n\s*")
# Punctuation and brackets that close a Chinese number: the text follows without a space (一、总则, （1）申请).
_CLOSES = "、，。：；）】」』》．"


def plain(text: str) -> str:
    """A paragraph whose lines cannot be taken for headings or fences."""
    return _LOOKS_LIKE_MARKUP.sub(r"\1\\", text.strip("\n"))


def heading(level: int, text: str) -> str:
    """A heading on one line; levels beyond 6 become 6. Empty for empty text."""
    line = _BREAKS.sub(" ", text.strip())
    return f"{'#' * min(max(level, 1), 6)} {_ANCHOR.sub('{ ', line)}" if line else ""


def numbered(label: str, text: str) -> str:
    """A paragraph behind its number, with a space where one is read (`1. 申请`, `第一条 目的`, `一、总则`)."""
    if not label or not text:
        return label or text
    return label + text if label[-1] in _CLOSES else f"{label} {text}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A pipe table whose first row is the header; empty rows and columns are left out.

    A table of a single column only frames text, so its cells come back as paragraphs.
    """
    width = max((len(row) for row in rows), default=0)
    square = [[*map(_cell, row), *[""] * (width - len(row))] for row in rows]
    square = [row for row in square if any(row)]
    used = [column for column in range(width) if any(row[column] for row in square)]
    if len(used) < 2:
        return "\n\n".join(plain(cell.strip()) for row in rows for cell in row if cell.strip())
    lines = ["| " + " | ".join(row[column] for column in used) + " |" for row in square]
    lines.insert(1, "|" + " --- |" * len(used))
    return "\n".join(lines)


def spread(texts: Sequence[str], spans: Sequence[int]) -> list[str]:
    """A row on the grid: a cell over several columns holds for each of them, one over the whole row stands once."""
    if len(texts) == 1:
        return [texts[0], *[""] * (spans[0] - 1)]
    return [text for text, span in zip(texts, spans, strict=True) for _ in range(span)]


def _cell(text: str) -> str:
    return _BREAKS.sub(" ", text.strip()).replace("|", "\\|")
