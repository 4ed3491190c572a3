"""Sheets as grids of text, from a workbook or from separated text, with what merged cells cover."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kb.errors import FileTooLarge, UnreadableFile
from kb.loaders.cells import shown
from kb.loaders.converted import Writer

# A FAQ of a large shop has some thousand rows; beyond this it is an export of orders, not knowledge.
MAX_ROWS = 20_000
# Sheets that are coloured to their right edge have 16,384 columns without a word in them.
MAX_COLUMNS = 200
_DELIMITERS = ",\t;|，"
_SNIFFED_LINES = 60
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_PICTURE = re.compile(r"DISPIMG\(")


@dataclass(slots=True)
class Grid:
    """A sheet's texts. `below` holds the cells that a merge from above fills, `across` those that one from the left
    covers (with its text; they stay empty in `rows`)."""

    name: str
    rows: list[list[str]]
    below: set[tuple[int, int]] = field(default_factory=set)
    across: dict[tuple[int, int], str] = field(default_factory=dict)


def lone(row: Sequence[str]) -> str | None:
    """The text of a row that has one only."""
    found = [text for text in row if text]
    return found[0] if len(found) == 1 else None


def of_workbook(name: str, data: bytes, writer: Writer) -> tuple[list[Grid], str]:
    """The visible sheets and the title property. Raises UnreadableFile, FileTooLarge."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of charts and validations that it leaves out
            book = load_workbook(io.BytesIO(data), data_only=True)
            formulas = load_workbook(io.BytesIO(data)) if _has_formulas(data) else None
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError) as error:
        raise UnreadableFile(
            f"{name}: not a whole xlsx ({str(error)[:200]}); open it in Excel, save it again"
        ) from error
    grids = []
    for sheet in book.worksheets:
        if sheet.max_row > MAX_ROWS and _filled_rows(sheet) > MAX_ROWS:
            raise FileTooLarge(f"{name}: sheet {sheet.title} has more than {MAX_ROWS} rows; split it")
        if sheet.sheet_state == "visible":
            grids.append(_grid(name, sheet, None if formulas is None else formulas[sheet.title], writer))
        else:
            words = [shown(cell.value) for row in sheet.iter_rows(max_row=MAX_ROWS) for cell in row if cell.value]
            writer.drop("隐藏的工作表", f"{sheet.title}：{' '.join(words[:40])}")
    return grids, str(book.properties.title or "")


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(
            _FORMULA.search(archive.read(part))
            for part in archive.namelist()
            if part.startswith("xl/worksheets/") and part.endswith(".xml")
        )


def _filled_rows(sheet: Any) -> int:
    return len({row for (row, _), cell in sheet._cells.items() if cell.value is not None})


def _grid(name: str, sheet: Any, formulas: Any | None, writer: Writer) -> Grid:
    """Rows with words only, so that a sheet formatted down to its last row costs nothing."""
    filled = sorted({row for (row, _), cell in sheet._cells.items() if cell.value is not None})
    found: dict[tuple[int, int], str] = {}
    for (row, column), cell in sheet._cells.items():
        if column > MAX_COLUMNS:
            if cell.value is not None:
                raise FileTooLarge(
                    f"{name}: sheet {sheet.title} has words beyond column {MAX_COLUMNS} ({cell.coordinate})"
                )
            continue
        text = _cell_text(sheet, cell, formulas, writer)
        if text:
            found[row, column] = text
    merged = sorted(sheet.merged_cells.ranges, key=lambda area: (area.min_row, area.min_col))
    filled = sorted({*filled, *(row for area in merged for row in _covered_rows(area, found))})
    place = {row: number for number, row in enumerate(filled)}
    width = max((column for _, column in found), default=0)
    grid = Grid(sheet.title, [[found.get((row, column), "") for column in range(1, width + 1)] for row in filled])
    for area in merged:
        text = found.get((area.min_row, area.min_col), "")
        if not text:
            continue
        for row in range(area.min_row, min(area.max_row, filled[-1]) + 1):
            for column in range(area.min_col, min(area.max_col, width) + 1):
                spot = (place.get(row, -1), column - 1)
                if spot[0] < 0 or (row, column) == (area.min_row, area.min_col):
                    continue
                if column == area.min_col:
                    grid.rows[spot[0]][spot[1]] = text
                    grid.below.add(spot)
                else:
                    grid.across[spot] = text
    return grid


def _covered_rows(area: Any, found: dict[tuple[int, int], str]) -> Iterator[int]:
    """Rows of a merge that have words of their own beside it."""
    rows = {row for row, _ in found}
    return (row for row in range(area.min_row, min(area.max_row, MAX_ROWS) + 1) if row in rows)


def _cell_text(sheet: Any, cell: Any, formulas: Any | None, writer: Writer) -> str:
    value = cell.value
    place = f"{sheet.title}!{cell.coordinate}"
    note = getattr(cell, "comment", None)
    if note is not None:
        writer.drop("批注", f"{place}：{note.text}")
    if value is None and formulas is not None:
        written = formulas[cell.coordinate].value
        if isinstance(written, str) and written.startswith("="):
            writer.flag("formula_without_value", f"{place} 的公式没有存下结果：{written}")
        return ""
    if value is None:
        return ""
    if isinstance(value, str) and _PICTURE.search(value):
        writer.flag("picture", f"{place} 是图片，其中的文字没有读出")
        return ""
    if cell.data_type == "e":
        writer.flag("cell_error", f"{place} 的值是 {value}")
        return ""
    text = shown(value, cell.number_format)
    if text and cell.font is not None and cell.font.strike:
        writer.drop("划掉的内容", f"{place}：{text}")
        return ""
    return text


def of_text(name: str, text: str, tabs: bool) -> Grid:
    """Separated text; the delimiter is the one that cuts the first lines most evenly. Raises UnreadableFile."""
    delimiter = _delimiter(text, "\t" if tabs else ",")
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            cells = [shown(cell) for cell in row]
            if any(cells):
                rows.append(cells)
            if len(rows) > MAX_ROWS:
                raise FileTooLarge(f"{name}: more than {MAX_ROWS} rows; split the file")
    except csv.Error as error:
        raise UnreadableFile(f"{name}:{reader.line_num}: cannot be read as a table ({error})") from error
    width = max(map(len, rows), default=0)
    return Grid("", [[*row, *[""] * (width - len(row))] for row in rows])


def _delimiter(text: str, otherwise: str) -> str:
    head = "\n".join(text.splitlines()[:_SNIFFED_LINES])
    best, sharpest = otherwise, 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if any(row)]
        except csv.Error:
            continue
        width, times = (
            Counter(width for width in widths if width > 1).most_common(1)[0] if max(widths, default=0) > 1 else (1, 0)
        )
        score = times / max(1, len(widths)) + (0.05 if delimiter == otherwise else 0) + min(width, 10) * 0.001
        if width > 1 and score > sharpest:
            best, sharpest = delimiter, score
    return best
