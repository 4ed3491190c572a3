"""The order in which a text is cleaned: repair, glosses, boilerplate, page noise, and what is left to
report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.clean import boilerplate, flow, remains
from kb.clean.garble import repair
from kb.clean.gloss import glosses, remove_glosses
from kb.clean.lines import Line, join
from kb.models import DroppedText, UnrepairedText

# A control character that no text keeps: it holds texts apart that are repaired together.
_BORDER = "\x1e"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The text that is kept, a title that the noise gave away, and what was dropped, repaired or left
    damaged."""

    text: str
    title: str
    dropped: tuple[DroppedText, ...]
    unrepaired: tuple[UnrepairedText, ...]
    repaired: int


def clean(
    text: str, *, markdown: bool, first_line: int = 1, aside: Callable[[str], bool] = lambda line: False
) -> Cleaned:
    """Cleans a decoded text. Line numbers in the reports count from `first_line`. Lines that are `aside` mean
    something to later stages: they are no layout, and no text that could break off."""
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
    page = boilerplate.strip(lines, markdown=markdown, aside=aside)
    dropped = list(page.dropped)
    kept = page.lines
    for step in (flow.join_page_breaks, flow.drop_cover, flow.drop_contents, flow.drop_page_numbers):
        kept = step(kept, dropped, page.scraped)
    unrepaired.extend(remains.placeholders(kept))
    unrepaired.extend(
        remains.cut_off([line for line in kept if not aside(line.text)], scraped=page.scraped, markdown=markdown)
    )
    return Cleaned(
        text=join(kept),
        title=page.title,
        dropped=tuple(sorted(dropped, key=lambda item: item.line)),
        unrepaired=tuple(unrepaired),
        repaired=repaired + removed,
    )


def mend(texts: Sequence[str]) -> list[str]:
    """Texts of one document with their damaged characters and glosses put right, and no word taken out."""
    whole = _BORDER.join(text.replace(_BORDER, "") for text in texts)
    mended, _ = remove_glosses(repair(whole, glosses(whole))[0])
    return ["\n".join(map(flow.plain_spaces, text.split("\n"))) for text in mended.split(_BORDER)]


def _around(text: str, start: int, end: int) -> str:
    return text[max(0, start - 12) : end + 12].replace("\n", " ").strip()
