"""The order in which a text is cleaned: repair, glosses, boilerplate, page noise, and what is left to
report."""

from __future__ import annotations

from dataclasses import dataclass

from kb.clean import boilerplate, flow, remains
from kb.clean.garble import repair
from kb.clean.gloss import glosses, remove_glosses
from kb.clean.lines import Line, join
from kb.models import DroppedText, UnrepairedText


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The text that is kept, a title that the noise gave away, and what was dropped, repaired or left
    damaged."""

    text: str
    title: str
    dropped: tuple[DroppedText, ...]
    unrepaired: tuple[UnrepairedText, ...]
    repaired: int


def clean(text: str, *, markdown: bool, first_line: int = 1) -> Cleaned:
    """Cleans a decoded text. Line numbers in the reports count from `first_line`."""
    known = glosses(text)
    lines: list[Line] = []
    unrepaired: list[UnrepairedText] = []
    repaired = 0
    mended, spots = repair(text, known)
    for spot in spots:
        if spot.repaired is None:
            number = text.count("\n", 0, spot.start) + first_line
            unrepaired.append(UnrepairedText(reason="garbled", text=_around(text, spot.start, spot.end), line=number))
        else:
            repaired += 1
    bare, removed = remove_glosses(mended)
    for number, line in enumerate(bare.split("\n"), start=first_line):
        lines.append(Line(number, flow.plain_spaces(line)))
    page = boilerplate.strip(lines, markdown=markdown)
    dropped = list(page.dropped)
    kept = page.lines
    for step in (flow.join_page_breaks, flow.drop_cover, flow.drop_contents, flow.drop_page_numbers):
        kept = step(kept, dropped, page.scraped)
    unrepaired.extend(remains.placeholders(kept))
    unrepaired.extend(remains.cut_off(kept, scraped=page.scraped, markdown=markdown))
    return Cleaned(
        text=join(kept),
        title=page.title,
        dropped=tuple(sorted(dropped, key=lambda item: item.line)),
        unrepaired=tuple(unrepaired),
        repaired=repaired + removed,
    )


def _around(text: str, start: int, end: int) -> str:
    return text[max(0, start - 12) : end + 12].replace("\n", " ").strip()
