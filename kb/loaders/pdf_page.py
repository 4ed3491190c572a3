"""What stands on one PDF page: words with their place and size, ruled tables, pictures, slanted text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from kb.loaders import markup

_UNMAPPED = re.compile(r"\(cid:\d+\)")
# Radicals that some programs write for the characters that look the same (⽤ for 用); NFKC maps exactly these back.
_RADICALS = re.compile("[\u2e80-\u2fdf]")
_SYMBOL_BULLETS = str.maketrans(dict.fromkeys("\uf0b7\uf06c\uf06e\uf075\uf0d8\uf0a7\uf0fc\uf09f", "•"))
CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—"
_CJK_END = re.compile(f"[{CJK}]$")
_CJK_START = re.compile(f"^[{CJK}]")
# A gap inside a line, in parts of the letter size: below it the pieces are one word, in Latin text a word space.
_WORD_GAP = 0.25


@dataclass(slots=True)
class Word:
    """A run of text without a gap, in points from the page's left and top edge."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class Table:
    """A ruled table, as rows of texts."""

    rows: list[list[str]]
    x0: float
    x1: float
    top: float
    bottom: float


@dataclass(slots=True)
class Page:
    """A page as it was read; `number` counts from 1."""

    number: int
    width: float
    height: float
    words: list[Word] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    slanted: str = ""
    turned: bool = False
    pictures: int = 0
    unmapped: int = 0


def read(page: Any, number: int) -> Page:
    """Reads a pdfplumber page."""
    found = Page(number, float(page.width), float(page.height), pictures=len(page.images))
    if _is_doubled(page.chars):
        page = page.dedupe_chars()
    slanted = [char["text"] for char in page.chars if _is_slanted(char)]
    found.turned = len(slanted) > len(page.chars) / 2
    found.slanted = "" if found.turned else "".join(slanted)
    upright = page if found.turned or not slanted else page.filter(lambda thing: not _is_slanted(thing))
    words = [
        _word(raw)
        for raw in upright.extract_words(x_tolerance_ratio=_WORD_GAP, y_tolerance=3, return_chars=True)
        if raw["text"].strip()
    ]
    found.unmapped = sum(word.text.count("\ufffd") for word in words)
    for raw in upright.find_tables() if page.rects or page.lines or page.curves else ():
        table = _table(raw, words)
        if table is not None:
            found.tables.append(table)
    found.words = [word for word in words if not any(_inside(word, table) for table in found.tables)]
    return found


def _is_doubled(letters: list[dict[str, Any]]) -> bool:
    """Whether letters are printed twice with a slight shift, which some programs take for bold."""
    seen: dict[tuple[str, int], float] = {}
    for letter in letters:
        key = (letter["text"], round(letter["top"] / 2))
        if letter["text"].strip() and abs(seen.get(key, -99.0) - letter["x0"]) < 0.15 * letter["size"]:
            return True
        seen[key] = letter["x0"]
    return False


def _is_slanted(thing: dict[str, Any]) -> bool:
    """Whether a letter is set at an angle: stamps, watermarks, labels along an edge (the page's own turn is undone)."""
    if thing["object_type"] != "char":
        return False
    a, b = thing["matrix"][0], thing["matrix"][1]
    return bool(abs(b) > 0.1 * abs(a) or a < 0)


def _word(raw: dict[str, Any]) -> Word:
    sizes = sorted(float(char["size"]) for char in raw["chars"])
    return Word(
        _readable(raw["text"]),
        float(raw["x0"]),
        float(raw["x1"]),
        float(raw["top"]),
        float(raw["bottom"]),
        sizes[len(sizes) // 2] or 1.0,
    )


def _readable(text: str) -> str:
    text = _UNMAPPED.sub("\ufffd", text).translate(_SYMBOL_BULLETS)
    return _RADICALS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)


def _inside(word: Word, area: Table) -> bool:
    return area.x0 - 1 <= (word.x0 + word.x1) / 2 <= area.x1 + 1 and area.top - 1 <= word.middle <= area.bottom + 1


def _table(raw: Any, words: list[Word]) -> Table | None:
    """A table with its cells' words; None for frames and rules around plain text."""
    x0, top, x1, bottom = (float(value) for value in raw.bbox)
    cells = [tuple(float(value) for value in cell) for cell in raw.cells]
    texts = {cell: _cell_text(cell, words) for cell in cells}
    columns = sorted({round(cell[0], 1) for cell in cells})
    if len(columns) < 2 or len(raw.rows) < 2 or sum(map(bool, texts.values())) < 3:
        return None
    rows = []
    for row in raw.rows:
        middle = (row.bbox[1] + row.bbox[3]) / 2
        covering = sorted(cell for cell in cells if cell[1] <= middle <= cell[3])
        spans = [sum(cell[0] - 0.5 <= column < cell[2] - 0.5 for column in columns) for cell in covering]
        rows.append(markup.spread([texts[cell] for cell in covering], spans))
    return Table(rows, x0, x1, top, bottom)


def _cell_text(cell: tuple[float, ...], words: list[Word]) -> str:
    x0, top, x1, bottom = cell
    inside = [word for word in words if x0 <= (word.x0 + word.x1) / 2 <= x1 and top <= word.middle <= bottom]
    text = ""
    for line in rows_of(inside):
        text = joined(text, line_text(line))
    return text


def rows_of(words: list[Word]) -> list[list[Word]]:
    """Words that stand on one line, from top to bottom; each line from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda item: (item.middle, item.x0)):
        last = rows[-1][0] if rows else None
        if last is not None and abs(word.middle - last.middle) < 0.5 * min(
            word.bottom - word.top, last.bottom - last.top
        ):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda item: item.x0) for row in rows]


def line_text(words: list[Word]) -> str:
    """A line's words, with a space where one is seen: always in Latin text, in Chinese only at a wide gap."""
    text = ""
    last: Word | None = None
    for word in words:
        if last is not None:
            gap = (word.x0 - last.x1) / max(word.size, 1.0)
            chinese = _CJK_END.search(text) and _CJK_START.match(word.text)
            text += " " if gap > (1.0 if chinese else 0.1) else ""
        text += word.text
        last = word
    return text


def joined(text: str, following: str) -> str:
    """Two lines of one paragraph: Chinese ones join as they are, others with a space."""
    if not text or not following:
        return text or following
    if _CJK_END.search(text) or _CJK_START.match(following):
        return text + following
    return f"{text} {following}"
