"""Spreadsheets (xlsx) and separated text (csv, tsv): FAQ rows as question and answer, other rows with their header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from kb.loaders import encoding, faq_columns, markup, package, sheet_grid
from kb.loaders.converted import Writer
from kb.loaders.faq_columns import FaqColumns
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
    without a stored value, pictures and questions without an answer are reported.
    Raises UnreadableFile (damaged, with a password), UnsupportedFormat, UnknownEncoding, FileTooLarge, EmptyDocument.
    """
    stem = PurePath(name).stem
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
    for number, grid in enumerate(named):
        sheet = _Sheet(grid, writer)
        if number == 0:
            own = grid.name if grid.name and not _DEFAULT_NAMES.match(grid.name) else stem
            writer.add(markup.heading(1, sheet.title or (own if len(named) == 1 else stem)))
        if len(named) > 1:
            shown = sheet.title if number and _DEFAULT_NAMES.match(grid.name) and sheet.title else grid.name
            writer.add(markup.heading(2, shown))
        sheet.write()
    return writer.finish(title)


class _Sheet:
    """One sheet: what stands above its header, then its rows."""

    def __init__(self, grid: Grid, writer: Writer) -> None:
        self._grid = grid
        self._writer = writer
        self._faq: FaqColumns | None = None
        self._question = ""
        first = next((number for number, row in enumerate(grid.rows) if any(row)), 0)
        lone = _lone(grid.rows[first]) if grid.rows else None
        below = grid.rows[first + 1 :]
        fits = lone is not None and len(lone) <= _LONGEST_TITLE and not lone.endswith(_ENDS) and any(below)
        several = any(sum(map(bool, row)) > 1 for row in below)
        self.title = lone if fits and several and lone is not None else ""
        self._start = first + 1 if self.title else first

    def write(self) -> None:
        """Appends the sheet as a FAQ where it has such a header, else as rows with their header."""
        rows = self._grid.rows
        within = range(self._start, min(len(rows), self._start + _HEADER_WITHIN))
        header = next((number for number in within if faq_columns.of_header(rows[number])), None)
        if header is None:
            self._table()
            return
        for row in rows[self._start : header]:
            self._writer.add(markup.plain("　".join(filter(None, row))))
        for number in range(header, len(rows)):
            self._row(number)

    def _row(self, number: int) -> None:
        row = self._grid.rows[number]
        columns = faq_columns.of_header(row)
        if columns is not None:
            if self._faq is not None:
                self._writer.drop("重复的表头", " ".join(filter(None, row)))
            for _, label in columns.keeping:
                self._writer.drop("管理栏", label)
            self._faq = columns
            return
        if self._faq is None or not any(row):
            return
        if self._faq.is_off(row):
            self._writer.drop("标为停用的行", "　".join(filter(None, row)))
            self._question = ""
            return
        self._entry(number, row, self._faq)

    def _entry(self, number: int, row: Sequence[str], columns: FaqColumns) -> None:
        question = row[columns.question]
        answers = [(label, row[column]) for column, label in columns.answers if row[column]]
        continued = (number, columns.question) in self._grid.below and question == self._question
        lone = _lone(row)
        if lone is not None and not answers and self._is_section(number, row, columns):
            self._writer.add(markup.heading(2, lone))
            self._question = ""
        elif not answers:
            if question:
                self._writer.flag("question_without_answer", question)
                self._question = ""
        elif question or self._question:
            if question and not continued:
                self._question = question
                self._writer.add(markup.heading(3, question))
            self._answer(answers, len(columns.answers) > 1)
            self._labelled(row, columns)
        else:
            self._writer.flag("answer_without_question", " ".join(text for _, text in answers))

    def _is_section(self, number: int, row: Sequence[str], columns: FaqColumns) -> bool:
        """A row with one text that is merged over the answer, or stands before the question."""
        column = next(index for index, text in enumerate(row) if text)
        first_answer = columns.answers[0][0]
        return (number, first_answer) in self._grid.across or (
            column not in (columns.question, first_answer) and column < columns.question
        )

    def _answer(self, answers: Sequence[tuple[str, str]], several: bool) -> None:
        for label, text in answers:
            self._writer.add(markup.plain(f"{label}：{text}" if several else text))

    def _labelled(self, row: Sequence[str], columns: FaqColumns) -> None:
        lines = [f"{label}：{_line(row[column])}" for column, label in columns.others if row[column]]
        self._writer.add(markup.plain("\n".join(lines)))

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
            lone = _lone(row)
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
            return [_line(text) for text in groups], number + 1
        names = []
        for group, own in zip(groups, self._grid.rows[number + 1], strict=True):
            names.append(_line(f"{group}·{own}" if group and own and group != own else group or own))
        return names, number + 2


def _lone(row: Sequence[str]) -> str | None:
    """The text of a row that has one only."""
    found = [text for text in row if text]
    return found[0] if len(found) == 1 else None


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
            yield f"{name}：{_line(text)}" if name else _line(text)


def _line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text.strip())
