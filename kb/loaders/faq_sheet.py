"""The rows of one FAQ sheet as entries: questions, answers, wordings, scope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.loaders import faq_columns, faq_values, faq_window, markup, sheet_grid
from kb.loaders.converted import Writer
from kb.loaders.faq_columns import Column, FaqColumns
from kb.loaders.faq_window import Window
from kb.loaders.loaded import Entry
from kb.loaders.sheet_grid import Grid


class FaqSheet:
    """Writes the rows below a FAQ header. One row is one entry; rows over which a question is merged, and rows that
    leave the question empty, go on with the entry above them unless they name a scope of their own."""

    def __init__(
        self, grid: Grid, writer: Writer, path: tuple[str, ...], windows: list[Window], kept: Window | None
    ) -> None:
        self._grid = grid
        self._writer = writer
        self._path = path
        self._section: tuple[str, ...] = ()
        self._windows = windows
        self._kept = kept
        self._faq: FaqColumns | None = None
        self._header: Sequence[str] = ()
        self._question = ""
        self._open: Entry | None = None
        self._above: Entry | None = None

    def write(self, header: int) -> None:
        """Appends everything from the header row on."""
        for number in range(header, len(self._grid.rows)):
            self._row(number)
        self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._windows.append((self._open.valid_from, self._open.valid_to))
            self._writer.add_entry(self._open)
        self._open = None

    def _row(self, number: int) -> None:
        row = self._grid.rows[number]
        if faq_columns.of_header(row, whole=self._is_new(row)) is not None:
            self._close()
            if self._faq is not None:
                self._writer.drop("重复的表头", " ".join(filter(None, row)))
            self._header = row
            self._faq = faq_columns.of_header(row, self._grid.rows[number + 1 :])
            for _, label in self._faq.keeping if self._faq else ():
                self._writer.drop("管理栏", label)
            return
        if self._faq is None or not any(row):
            return
        if self._faq.is_off(row):
            self._close()
            self._writer.drop("标为停用的行", "　".join(filter(None, row)))
            self._question = ""
            return
        self._read(number, row, self._faq)

    def _is_new(self, row: Sequence[str]) -> bool:
        """Below a header, and not the same header once more."""
        return self._faq is not None and list(row) != list(self._header)

    def _read(self, number: int, row: Sequence[str], columns: FaqColumns) -> None:
        question = row[columns.question]
        answers = [(label, row[column]) for column, label in columns.answers if row[column]]
        continued = (number, columns.question) in self._grid.below and question == self._question
        alone = sheet_grid.lone(row)
        if alone is not None and not answers and self._is_section(number, row, columns):
            self._close()
            self._writer.add(markup.heading(2, alone))
            self._section = (line(alone),)
            self._question = ""
        elif not answers:
            if question and not continued:
                self._close()
                self._writer.flag("question_without_answer", question)
                self._question = ""
        elif question or self._question:
            new = bool(question) and not continued
            self._question = question if new else self._question
            self._answer(row, columns, answers, new)
        else:
            self._writer.flag("answer_without_question", " ".join(text for _, text in answers))

    def _is_section(self, number: int, row: Sequence[str], columns: FaqColumns) -> bool:
        """A row with one text that is merged over the answer, or stands before the question."""
        column = next(index for index, text in enumerate(row) if text)
        first_answer = columns.answers[0][0]
        return (number, first_answer) in self._grid.across or (
            column not in (columns.question, first_answer) and column < columns.question
        )

    def _answer(self, row: Sequence[str], columns: FaqColumns, answers: Sequence[tuple[str, str]], new: bool) -> None:
        """Begins an entry, goes on with the one above, or reports why the row cannot be taken."""
        shown = "　".join(filter(None, (self._question, *(text for _, text in answers))))
        above, self._above = None if new else self._above, None
        try:
            if above is None and not new:
                raise ValueError("接着没有收录的一行")
            entry = self._above = self._entry(row, columns, answers, above)
        except ValueError as error:
            self._close()
            self._writer.flag("row_left_out", f"{error}：{shown}")
            return
        window = entry.valid_from, entry.valid_to
        if self._kept is not None and not faq_window.holds_in(window, self._kept):
            self._close()
            self._writer.flag(
                "row_validity",
                f"有效期 {faq_window.said(window)}，与整份文件的 {faq_window.said(self._kept)} 不同，没有收录；"
                f"把这类行另存为一份文件再加：{shown}",
            )
        elif self._open is not None and not new and _scope(self._open) == _scope(entry):
            self._open = replace(
                self._open,
                answer=f"{self._open.answer}\n\n{entry.answer}",
                wordings=tuple(dict.fromkeys((*self._open.wordings, *entry.wordings))),
                tags=tuple(dict.fromkeys((*self._open.tags, *entry.tags))),
            )
        else:
            self._close()
            self._open = entry

    def _entry(
        self, row: Sequence[str], columns: FaqColumns, answers: Sequence[tuple[str, str]], above: Entry | None
    ) -> Entry:
        """The row as an entry. A row that goes on with the one above and says nothing of its own scope has the same;
        its dates hold too. Raises ValueError for scope and dates that cannot be read."""
        window = faq_window.of_row(columns, row)
        if above is not None and window == faq_window.ALWAYS:
            window = above.valid_from, above.valid_to
        entry = Entry(
            question=line(self._question),
            answer=_text(answers, columns, row),
            path=(*self._path, *self._section),
            wordings=tuple(text for _, text in columns.cells("similar", row)),
            tags=tuple(tag for _, text in columns.cells("tags", row) for tag in faq_values.tags(text)),
            platforms=_all(columns.cells("platform", row), faq_values.platforms),
            categories=_all(columns.cells("category", row), faq_values.categories),
            audience=next((faq_values.audience(text) for _, text in columns.cells("audience", row)), None),
            valid_from=window[0],
            valid_to=window[1],
        )
        silent = not any(columns.cells(role, row) for role in ("platform", "category", "audience"))
        if above is None or not silent:
            return entry
        return replace(entry, platforms=above.platforms, categories=above.categories, audience=above.audience)


def _all(cells: Sequence[Column], read: faq_values.Several) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, text in cells for name in read(text)))


def _scope(entry: Entry) -> tuple[object, ...]:
    return entry.platforms, entry.categories, entry.audience, entry.valid_from, entry.valid_to


def _text(answers: Sequence[tuple[str, str]], columns: FaqColumns, row: Sequence[str]) -> str:
    """The answer's own words, several answers and further columns with their labels."""
    several = len(columns.answers) > 1
    words = [f"{label}：{text}" if several else text for label, text in answers]
    labelled = [f"{label}：{line(row[column])}" for column, label in columns.others if row[column]]
    return "\n\n".join([*words, *(["\n".join(labelled)] if labelled else [])])


def line(text: str) -> str:
    """A text on one line."""
    return re.sub(r"\s*\n\s*", " ", text.strip())
