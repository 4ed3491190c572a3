"""Spreadsheets (xlsx) and separated text (csv, tsv): FAQ rows as entries, other rows as text with their header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from kb.errors import EmptyDocument
from kb.loaders import encoding, faq_columns, markup, package, sheet_grid
from kb.loaders.converted import Writer
from kb.loaders.faq_sheet import FaqSheet, line
from kb.loaders.faq_window import Window, common
from kb.loaders.loaded import LoadedText
from kb.loaders.sheet_grid import Grid

# How far down a header is looked for: titles, remarks and dates stand above it.
_HEADER_WITHIN = 20
_DEFAULT_NAMES = re.compile(r"^(?:sheet|工作表|表)\s*\d*$", re.IGNORECASE)
_ENDS = tuple("。！？!?；;，,：:…")
_LONGEST_TITLE = 40
_NUMERIC = re.compile(r"^[\d.,%¥￥$:/\- ]+$")


def load(name: str, data: bytes) -> LoadedText:
    """Every visible sheet in order, under one title.

    Hidden sheets, struck-out cells, rows marked as not in use, keeping columns (编号, 更新人), comments, formulas
    without a stored value, pictures, questions without an answer, and rows whose scope or period cannot be kept are
    reported. What all rows say about their validity becomes the document's.
    Raises EncryptedFile, UnreadableFile (damaged), UnsupportedFormat, UnknownEncoding, FileTooLarge, EmptyDocument.
    """
    if data.startswith(b"PK") or PurePath(name).suffix.lower() in (".xlsx", ".xlsm"):
        package.check(name, data, "xl/workbook.xml", "xlsx")
        writer = Writer(name, "xlsx")
        grids, title = sheet_grid.of_workbook(name, data, writer)
    else:
        text, used, broken = encoding.decode(name, data)
        writer, title = Writer(name, used), ""
        for item in broken:
            writer.flag(item.reason, item.text)
        grids = [sheet_grid.of_text(name, text.removeprefix("\ufeff"), name.lower().endswith(".tsv"))]
    named = [grid for grid in grids if any(any(row) for row in grid.rows)]
    windows: list[Window] = []
    _write(name, named, Writer(name, ""), windows, None)
    window = common(windows)
    _write(name, named, writer, [], window)
    loaded = writer.finish(title, *window)
    if all(text.startswith("#") for text in loaded.text.split("\n") if text.strip()):
        seen = [(item.reason, item.text) for item in loaded.unrepaired] + [
            (item.reason, item.text) for item in loaded.dropped
        ]
        why = "; ".join(f"{reason}: {text}" for reason, text in seen[:3])
        raise EmptyDocument(f"{name}: no row of it can be used ({why or 'there are headings only'})")
    return loaded


def _write(name: str, grids: Sequence[Grid], writer: Writer, windows: list[Window], kept: Window | None) -> None:
    """Writes the sheets in order. `windows` collects when each entry holds; `kept` is the document's own window,
    None while it is not known yet."""
    stem = PurePath(name).stem
    for number, grid in enumerate(grids):
        sheet = _Sheet(grid, writer)
        path: tuple[str, ...] = ()
        if number == 0:
            own = grid.name if grid.name and not _DEFAULT_NAMES.match(grid.name) else stem
            writer.add(markup.heading(1, sheet.title or (own if len(grids) == 1 else stem)))
        if len(grids) > 1:
            shown = sheet.title if number and _DEFAULT_NAMES.match(grid.name) and sheet.title else grid.name
            writer.add(markup.heading(2, shown))
            path = (shown,)
        sheet.write(path, windows, kept)


class _Sheet:
    """One sheet: what stands above its header, then its rows."""

    def __init__(self, grid: Grid, writer: Writer) -> None:
        self._grid = grid
        self._writer = writer
        first = next((number for number, row in enumerate(grid.rows) if any(row)), 0)
        lone = sheet_grid.lone(grid.rows[first]) if grid.rows else None
        below = grid.rows[first + 1 :]
        fits = lone is not None and len(lone) <= _LONGEST_TITLE and not lone.endswith(_ENDS) and any(below)
        several = any(sum(map(bool, row)) > 1 for row in below)
        self.title = lone if fits and several and lone is not None else ""
        self._start = first + 1 if self.title else first

    def write(self, path: tuple[str, ...], windows: list[Window], kept: Window | None) -> None:
        """Appends the sheet as a FAQ where it has such a header, else as rows with their header."""
        rows = self._grid.rows
        within = range(self._start, min(len(rows), self._start + _HEADER_WITHIN))
        header = next((number for number in within if faq_columns.of_header(rows[number])), None)
        if header is None:
            self._table()
            return
        for row in rows[self._start : header]:
            self._writer.add(markup.plain("　".join(filter(None, row))))
        FaqSheet(self._grid, self._writer, path, windows, kept).write(header)

    def _table(self) -> None:
        """Rows under a header of their own; a sheet of one column, or without a header, reads as paragraphs."""
        rows = self._grid.rows[self._start :]
        header = next((index for index in range(min(len(rows), _HEADER_WITHIN)) if _is_header(rows, index)), None)
        if header is None:
            for row in rows:
                self._writer.add(markup.plain("　".join(filter(None, row))))
            return
        for row in rows[:header]:
            self._writer.add(markup.plain("　".join(filter(None, row))))
        names, after = self._names(self._start + header)
        listed = False
        for row in self._grid.rows[after:]:
            lone = sheet_grid.lone(row)
            if lone is not None and len(names) > 1:
                self._writer.add(markup.plain(lone))
                listed = False
            elif any(row) and [*row] != self._grid.rows[self._start + header]:
                self._writer.add("- " + "；".join(_pairs(names, row)), tight=listed)
                listed = True

    def _names(self, number: int) -> tuple[list[str], int]:
        """The columns' names and the first row below them; a group merged over columns goes before their names."""
        row = self._grid.rows[number]
        groups = [text or self._grid.across.get((number, column), "") for column, text in enumerate(row)]
        grouped = any(spot[0] == number for spot in self._grid.across)
        if not grouped or number + 1 >= len(self._grid.rows):
            return [line(text) for text in groups], number + 1
        names = []
        for group, own in zip(groups, self._grid.rows[number + 1], strict=True):
            names.append(line(f"{group}·{own}" if group and own and group != own else group or own))
        return names, number + 2


def _is_header(rows: Sequence[Sequence[str]], index: int) -> bool:
    """A row of two names or more, none of them a number or a sentence, above a row of two values or more."""
    row = [text for text in rows[index] if text]
    below = [text for following in rows[index + 1 : index + 3] for text in following if text]
    return (
        len(row) >= 2
        and len(below) >= 2
        and all(len(text) <= _LONGEST_TITLE and not _NUMERIC.match(text) and "。" not in text for text in row)
    )


def _pairs(names: Sequence[str], row: Sequence[str]) -> Iterator[str]:
    for name, text in zip(names, row, strict=False):
        if text:
            yield f"{name}：{line(text)}" if name else line(text)
