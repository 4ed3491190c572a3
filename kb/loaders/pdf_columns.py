"""Reading order of a PDF page: full-width lines across, columns one after the other."""

from __future__ import annotations

from dataclasses import dataclass

from kb.loaders.pdf_page import Table, Word, line_text, rows_of

# A gutter lies in the middle half of its region; three columns are found by cutting twice.
_FROM, _TO = 0.2, 0.8
# Columns of text are at least this wide (share of the region) and set lines of at least this many letters;
# narrower ones are labels before values, or numbers of a list.
_NARROWEST = 0.2
_LETTERS = 8
_LINES = 3
# Both columns stand side by side over this share of the shorter one.
_BESIDE = 0.5


@dataclass(slots=True)
class Line:
    """A line of text in its column; `left` and `right` are the column's edges."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    left: float = 0.0
    right: float = 0.0
    first_width: float = 0.0


Block = list[Line | Table]


def blocks(words: list[Word], tables: list[Table]) -> list[Block]:
    """The page's lines and tables in reading order, one block for each column or full-width part."""
    if not tables:
        return [[*_column(words)]] if not words else _ordered(words)
    found: list[Block] = []
    above = float("-inf")
    for table in [*sorted(tables, key=lambda item: item.top), None]:
        edge = float("inf") if table is None else table.top
        part = [word for word in words if above <= word.middle < edge]
        beside = table is not None and any(word.middle < table.bottom and word.middle >= table.top for word in words)
        found.extend(_ordered(part))
        if table is not None:
            found.append([table])
            above = table.top if beside else edge
    return found


def _ordered(words: list[Word]) -> list[Block]:
    """Cuts a region at its gutter, as often as there is one."""
    if not words:
        return []
    gutter = _gutter(words)
    if gutter is None:
        return [[*_column(words)]]
    found: list[Block] = []
    zone: list[Word] = []
    for row in rows_of(words):
        if any(word.x0 < gutter < word.x1 for word in row):
            found.extend(_zone(zone, gutter))
            zone = []
            if found and _is_across(found[-1], gutter):
                found[-1].extend(_column(row))
            else:
                found.append([*_column(row)])
        else:
            zone.extend(row)
    found.extend(_zone(zone, gutter))
    return [_edged(block) for block in found]


def _is_across(block: Block, gutter: float) -> bool:
    return all(line.x0 < gutter < line.x1 for line in block)


def _zone(words: list[Word], gutter: float) -> list[Block]:
    """The part between two full-width lines: left column, then right one, where there are two."""
    left = [word for word in words if word.x1 <= gutter]
    right = [word for word in words if word.x0 >= gutter]
    if words and _are_columns(left, right):
        return [*_ordered(left), *_ordered(right)]
    return [[*_column(words)]] if words else []


def _gutter(words: list[Word]) -> float | None:
    """The middle of the widest strip that fewest lines cross; None where its sides are no columns."""
    x0, x1 = min(word.x0 for word in words), max(word.x1 for word in words)
    rows = rows_of(words)
    if len(rows) < _LINES or x1 - x0 < 100:
        return None
    first, last = int(x0 + _FROM * (x1 - x0)), int(x0 + _TO * (x1 - x0))
    crossed = [0] * (last - first + 1)
    for word in words:
        for place in range(max(first, int(word.x0)), min(last, int(word.x1)) + 1):
            crossed[place - first] += 1
    size = sorted(word.size for word in words)[len(words) // 2]
    for level in sorted(set(crossed)):
        if level > 0.5 * len(rows):
            return None
        best = _widest(crossed, level)
        if best is not None and best[1] - best[0] >= 0.8 * size:
            middle = first + (best[0] + best[1]) / 2
            return middle if _some_zone(rows, middle) else None
    return None


def _widest(crossed: list[int], level: int) -> tuple[int, int] | None:
    best: tuple[int, int] | None = None
    start: int | None = None
    for place, count in enumerate([*crossed, level + 1]):
        if count <= level and start is None:
            start = place
        elif count > level and start is not None:
            if best is None or place - start > best[1] - best[0]:
                best = (start, place)
            start = None
    return best


def _some_zone(rows: list[list[Word]], gutter: float) -> bool:
    zone: list[Word] = []
    for row in [*rows, None]:
        if row is None or any(word.x0 < gutter < word.x1 for word in row):
            if _are_columns([word for word in zone if word.x1 <= gutter], [word for word in zone if word.x0 >= gutter]):
                return True
            zone = []
        else:
            zone.extend(row)
    return False


def _are_columns(left: list[Word], right: list[Word]) -> bool:
    if not left or not right:
        return False
    width = max(word.x1 for word in right) - min(word.x0 for word in left)
    for side in (left, right):
        rows = rows_of(side)
        letters = sum(len(line_text(row)) for row in rows) / len(rows)
        wide = max(word.x1 for word in side) - min(word.x0 for word in side)
        if len(rows) < _LINES or letters < _LETTERS or wide < _NARROWEST * width:
            return False
    tops = [min(word.top for word in side) for side in (left, right)]
    ends = [max(word.bottom for word in side) for side in (left, right)]
    shorter = min(ends[0] - tops[0], ends[1] - tops[1])
    return min(ends) - max(tops) >= _BESIDE * shorter


def _column(words: list[Word]) -> list[Line]:
    lines = []
    for row in rows_of(words):
        sizes = sorted((word.size, len(word.text)) for word in row)
        size = max(sizes, key=lambda pair: pair[1])[0]
        first = row[0]
        lines.append(
            Line(
                line_text(row), first.x0, row[-1].x1, min(word.top for word in row), max(word.bottom for word in row),
                size, first_width=(first.x1 - first.x0),
            )
        )  # fmt: skip
    _edged([*lines])
    return lines


def _edged(block: Block) -> Block:
    lines = [line for line in block if isinstance(line, Line)]
    if lines:
        left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
        for line in lines:
            line.left, line.right = left, right
    return block
