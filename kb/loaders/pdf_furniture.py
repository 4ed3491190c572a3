"""Headers, footers and page numbers of a PDF: what comes again at the same place of several pages."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from kb.loaders.pdf_page import Page, Word, line_text, rows_of
from kb.tokenize import fold

# Margins that hold page furniture: 12 % of the height (3.5 cm of an A4 page), on small pages up to 3 cm.
_MARGIN = 0.12
_SMALL_PAGE_MARGIN = 85.0
_SMALL_PAGE_SHARE = 0.2
# The same place on another page, in points.
_PLACE = 8.0
_ROWS = 3
_DIGITS = re.compile(r"\d+")
_BLANK = re.compile(r"\s+")
_PAGE = re.compile(
    r"^[-–—·•~\s|]*(?:第?\s*\d{1,4}\s*[页頁]?(?:\s*[/／,，|]?\s*(?:共|of)?\s*\d{1,4}\s*[页頁]?)?|(?:page|p\.?)\s*\d{1,4}"
    r"(?:\s*(?:of|/)\s*\d{1,4})?|[ivxlc]{1,7})[-–—·•~\s|]*$",
    re.IGNORECASE,
)
# Text in sentences is no header, even where forms repeat it from page to page.
_SENTENCE = re.compile(r"[。；;]$|[，。].*[，。]")
_BARE = re.compile(r"^\d{1,4}$")


@dataclass(frozen=True, slots=True)
class Furniture:
    """A line that was taken off: what it is, its first wording, on how many pages."""

    reason: str
    text: str
    pages: int


def take_off(pages: list[Page]) -> list[Furniture]:
    """Removes the furniture from the pages' words and says what it was."""
    rows = {page.number: _edge_rows(page) for page in pages}
    groups: dict[str, list[tuple[Page, list[Word]]]] = defaultdict(list)
    for page in pages:
        for row in rows[page.number]:
            groups[_key(page, row)].append((page, row))
    needed = 2 if len(pages) < 6 else 3
    found: list[Furniture] = []
    for group in groups.values():
        for same in _at_one_place(group):
            page, row = same[0]
            text = line_text(row)
            numbers = _PAGE.match(text) is not None
            if numbers and _counts_pages(same):
                found.append(Furniture("页码", text, len(same)))
            elif len({page.number for page, _ in same}) >= needed and _is_repeated(same, numbers):
                found.append(Furniture("页眉" if row[0].middle < page.height / 2 else "页脚", text, len(same)))
            else:
                continue
            for where, words in same:
                gone = {id(word) for word in words}
                where.words = [word for word in where.words if id(word) not in gone]
    return found


def _edge_rows(page: Page) -> list[list[Word]]:
    rows = rows_of(page.words)
    edge = [*rows[:_ROWS], *rows[_ROWS:][-_ROWS:]]
    margin = max(_MARGIN * page.height, min(_SMALL_PAGE_MARGIN, _SMALL_PAGE_SHARE * page.height))
    return [row for row in edge if row[0].middle < margin or row[0].middle > page.height - margin]


def _key(page: Page, row: list[Word]) -> str:
    half = "top" if row[0].middle < page.height / 2 else "bottom"
    return half + _DIGITS.sub("#", _BLANK.sub("", fold(line_text(row))))


def _at_one_place(group: list[tuple[Page, list[Word]]]) -> list[list[tuple[Page, list[Word]]]]:
    places: list[list[tuple[Page, list[Word]]]] = []
    for page, row in group:
        home = next((place for place in places if abs(place[0][1][0].middle - row[0].middle) < _PLACE), None)
        if home is None:
            places.append([(page, row)])
        else:
            home.append((page, row))
    return places


def _is_repeated(same: list[tuple[Page, list[Word]]], numbers: bool) -> bool:
    """The same words on every page; numbers in them may only go up with the pages (第 3 页 inside a header)."""
    texts = [line_text(row).strip() for _, row in same]
    if (numbers and _BARE.match(texts[0])) or _SENTENCE.search(texts[0]):
        return False
    if len(set(texts)) == 1:
        return True
    shifts = [
        {int(number) - page.number for number in _DIGITS.findall(text)}
        for (page, _), text in zip(same, texts, strict=True)
    ]
    return bool(set.intersection(*shifts))


def _counts_pages(same: list[tuple[Page, list[Word]]]) -> bool:
    """Whether lone numbers go up with the pages; what also says 页 or stands between dashes is a page number anyway."""
    texts = [line_text(row).strip() for _, row in same]
    if not any(_BARE.match(text) for text in texts):
        return True
    shifts = [int(text) - page.number for (page, _), text in zip(same, texts, strict=True) if _BARE.match(text)]
    return (len(shifts) > 1 and len(set(shifts)) == 1) or shifts == [0]
