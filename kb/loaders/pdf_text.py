"""Lines of a PDF to paragraphs, headings and tables: line ends, hyphens, column and page breaks undone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from kb.loaders import markup
from kb.loaders.pdf_columns import Block, Line
from kb.loaders.pdf_page import CJK, Table, joined

_ENDS = re.compile(r"[。！？!?；;：:…]['”’」』）)】》\"]*$|\.$")
_ITEM = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百零〇\d]{1,5}[章节条编篇條節]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|"
    r"\d{1,2}(?:\.\d{1,2}){0,3}(?:[.、．)）]|\s)|[①-⑳]|[•●◆■▪○◇□➢✓*\-–—·]\s*|[A-Za-z][.)、]\s?|(?:问|答|Q|A)\s*\d{0,3}[:：])"
)
_HYPHEN = re.compile(r"([A-Za-z]{2,})[-\u00ad]$")
_LOWER = re.compile(r"^([a-z]+)")
_COMPOUND = re.compile(r"[A-Za-z]+-[A-Za-z]+")
_LATIN = re.compile(rf"^[^{CJK}]+$")
# Headings are set larger than the text by at least this factor; smaller differences come from rounding.
_LARGER = 1.12
_LONGEST_HEADING = 60
_LEVELS = 4


class Paragraphs:
    """Collects a document's blocks in order and gives markdown."""

    def __init__(self, blocks: list[tuple[int, Block]]) -> None:
        self._blocks = blocks
        lines = [line for _, block in blocks for line in block if isinstance(line, Line)]
        self._body = _body_size(lines)
        self._compounds = {match.lower() for line in lines for match in _COMPOUND.findall(line.text)}
        larger = {round(line.size * 2) / 2 for line in lines if self._is_larger(line)}
        self._sizes = sorted(larger, reverse=True)[:_LEVELS]
        self._out: list[tuple[int, str]] = []
        self._open: Line | None = None
        self._text = ""
        self._page = 0
        self._table: tuple[int, Table] | None = None

    def markdown(self) -> Iterable[tuple[int, str]]:
        """(page, block) in reading order."""
        for page, block in self._blocks:
            gap = _usual_gap([item for item in block if isinstance(item, Line)])
            for number, item in enumerate(block):
                if isinstance(item, Table):
                    self._close()
                    self._add_table(page, item)
                else:
                    self._add_line(page, item, fresh=number == 0, gap=gap)
        self._close()
        self._close_table()
        return self._out

    def _is_larger(self, line: Line) -> bool:
        return (
            line.size >= _LARGER * self._body
            and len(line.text) <= _LONGEST_HEADING
            and not re.search(r"[。；;，,]$", line.text)
        )

    def _level(self, line: Line) -> int:
        """A heading's level by its letter size; 0 for text."""
        size = round(line.size * 2) / 2
        return self._sizes.index(size) + 1 if self._is_larger(line) and size in self._sizes else 0

    def _add_line(self, page: int, line: Line, *, fresh: bool, gap: float) -> None:
        self._close_table()
        if self._open is not None and self._continues(self._open, line, fresh, gap):
            self._text = self._append(self._text, line.text)
        else:
            self._close()
            self._page, self._text = page, line.text
        self._open = line

    def _continues(self, last: Line, line: Line, fresh: bool, gap: float) -> bool:
        """Whether a line goes on with the paragraph that `last` belongs to."""
        if self._level(last) or self._level(line):
            # Only the lines of one heading, directly below each other.
            return (
                not fresh
                and self._level(last) == self._level(line)
                and line.top - last.bottom < 0.6 * line.size
                and not _ITEM.match(line.text)
            )
        if _ITEM.match(line.text) or abs(line.size - last.size) > 0.15 * self._body:
            return False
        if not fresh and _LOWER.match(line.text) and not _ENDS.search(self._text):
            return True  # a sentence in Latin letters goes on, however ragged its lines are
        if _is_short(last, line):
            return False
        if fresh:  # over a column or page break: only a sentence that is still open
            return not _ENDS.search(self._text) and line.x0 - line.left < 0.8 * line.size
        if line.top - last.bottom > gap + 0.6 * line.size:
            return False
        hanging = _ITEM.match(self._text) is not None
        return hanging or line.x0 - last.x0 < 0.8 * line.size or line.x0 - line.left < 0.8 * line.size

    def _append(self, text: str, following: str) -> str:
        """Undoes a hyphen at the line end, unless the word has one elsewhere in the document too."""
        hyphen, start = _HYPHEN.search(text), _LOWER.match(following)
        if hyphen and start:
            compound = f"{hyphen.group(1)}-{start.group(1)}".lower()
            kept = text if compound in self._compounds and text.endswith("-") else text[:-1]
            return kept + following
        return joined(text, following)

    def _close(self) -> None:
        if self._open is None:
            return
        level = self._level(self._open)
        text = self._text.replace("\u00ad", "")
        self._out.append((self._page, markup.heading(level, text) if level else markup.plain(text)))
        self._open, self._text = None, ""

    def _add_table(self, page: int, table: Table) -> None:
        """A table at the top of a page goes on with the one that ended the page before, its header said once."""
        if self._table is not None:
            first, before = self._table
            if page > first and max(map(len, before.rows)) == max(map(len, table.rows)) and _same_place(before, table):
                rows = table.rows[1:] if table.rows[0] == before.rows[0] else table.rows
                self._table = (page, Table([*before.rows, *rows], table.x0, table.x1, before.top, table.bottom))
                return
            self._close_table()
        self._table = (page, table)

    def _close_table(self) -> None:
        if self._table is not None:
            page, table = self._table
            self._out.append((page, markup.table(table.rows)))
            self._table = None


def _body_size(lines: list[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _usual_gap(lines: list[Line]) -> float:
    """The distance between lines of a paragraph."""
    gaps = sorted(after.top - before.bottom for before, after in pairwise(lines) if after.top > before.top)
    return max(0.0, gaps[len(gaps) // 4]) if gaps else 0.0


def _is_short(last: Line, line: Line) -> bool:
    """Whether `last` ends before its column does, though the next line's first letters would have fitted."""
    room = last.right - last.x1
    needed = line.first_width if _LATIN.match(line.text[:1]) else line.size
    return room > 1.5 * last.size and room > needed + 0.5 * last.size


def _same_place(one: Table, other: Table) -> bool:
    return abs(one.x0 - other.x0) < 12 and abs(one.x1 - other.x1) < 12
