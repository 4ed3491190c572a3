"""What document-sharing sites wrap around a document: download notices, page lists, licences, related
documents.

No site is known by name. A line is judged by what such lines say; most words may also stand in a real
document (下载, 附件, 评论), so they count only on a page that shows several plain signs of such a site, and
only before and after the document's body, never inside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from kb.clean.lines import Line, excerpt
from kb.clean.signs import INLINE, NOTICE_HEADS, ONLY_SITES, SIGNS, WORDS
from kb.models import DroppedText
from kb.tokenize import fold

_PAGE_OF_TITLE = re.compile(r"^(.{2,80}?)[_\-—\s]*第\s*\d{1,4}\s*页\s*$")
_PREFIX = re.compile(r"^[\s\-–—•·*●◆■▪>#]*(?:\d{1,2}\s*[、.．)）]\s*)?")

_SHORT = 60
_MANY = 6
_BODY = 80
_WORD_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Page:
    """The document's own lines, the title that a page list gave away, and whether the text was scraped from
    a site."""

    lines: list[Line]
    title: str
    scraped: bool
    dropped: tuple[DroppedText, ...]


def strip(lines: list[Line], *, markdown: bool, aside: Callable[[str], bool] = lambda line: False) -> Page:
    """Takes a site's frame off. A text without plain signs of a site comes back as it is (comments and
    rules aside, except what `aside` names)."""
    folded = [fold(INLINE.sub("", line.text)).strip() for line in lines]
    signs = [_sign(text) for text in folded]
    title = _title(lines, folded)
    if not _is_scraped(signs):
        return _only_layout(lines, markdown, aside)
    first, last = _body(folded, signs)
    kept: list[Line] = []
    dropped: list[DroppedText] = []
    for index, line in enumerate(lines):
        inside = first <= index <= last
        reason = _frame_reason(folded[index] or line.text.strip(), signs[index], inside)
        if reason:
            dropped.append(DroppedText(reason=reason, text=excerpt(line.text), line=line.number))
        elif inside:
            kept.append(_without_inline(line, dropped))
    return Page(kept, title, True, tuple(dropped))


def _without_inline(line: Line, dropped: list[DroppedText]) -> Line:
    for match in INLINE.finditer(line.text):
        dropped.append(DroppedText(reason="网站信息", text=excerpt(match.group()), line=line.number))
    return Line(line.number, INLINE.sub("", line.text))


def _sign(text: str) -> str | None:
    """What a line is, if it can only come from a document site; long body text is never judged."""
    bare = _PREFIX.sub("", text)
    if not bare or len(bare) > 400:
        return None
    return next((reason for reason, pattern in SIGNS if pattern.search(bare)), None)


def _word_share(text: str) -> float:
    return sum(len(match.group()) for match in WORDS.finditer(text)) / max(1, len(text))


def _is_scraped(signs: list[str | None]) -> bool:
    """Several signs of more than one sort, one of them a sort that only document sites have; or very many."""
    found = [reason for reason in signs if reason]
    if len(found) < 3 or len(set(found)) < 2:
        return False
    return any(reason in ONLY_SITES for reason in found) or (len(found) >= _MANY and "下载提示" in found)


def _body(folded: list[str], signs: list[str | None]) -> tuple[int, int]:
    """First and last line of the document: from behind the site's head to before its foot.

    The long lines that say nothing about a site are the document for certain; head and foot reach up to the
    nearest sign on either side of them.
    """
    certain = [
        index
        for index, text in enumerate(folded)
        if signs[index] is None and len(text) >= _BODY and _word_share(text) < 0.12
    ]
    if not certain:
        certain = [
            index
            for index, text in enumerate(folded)
            if signs[index] is None
            and len(text) >= 8
            and _word_share(text) < _WORD_SHARE
            and not NOTICE_HEADS.match(text)
        ]
    if not certain:
        return len(folded), -1
    frame = [index for index, text in enumerate(folded) if signs[index] or NOTICE_HEADS.match(text)]
    first = max((index + 1 for index in frame if index < certain[0]), default=0)
    last = min((index - 1 for index in frame if index > certain[-1]), default=len(folded) - 1)
    return first, last


def _frame_reason(text: str, sign: str | None, inside: bool) -> str | None:
    """Why a line is dropped, None to keep it. Between head and foot only page counts are."""
    if inside:
        return sign if sign in ("页码列表", "阅读提示") and len(text) <= _SHORT else None
    if sign:
        return sign
    return "网站信息" if text else None


def _title(lines: list[Line], folded: list[str]) -> str:
    """The title that the page list repeats (`…_第1页`)."""
    found: Counter[str] = Counter()
    for line, text in zip(lines, folded, strict=True):
        match = _PAGE_OF_TITLE.match(text)
        if match:
            found[line.text.strip()[: len(match.group(1))].strip("_-— ")] += 1
    best = found.most_common(1)
    return best[0][0] if best and best[0][1] >= 2 else ""


_LONGEST_COMMENT = 200
_RULE = re.compile(r"^\s*(?:[=＝_~*]{4,}|[-—]{6,})(?:.{0,12}[=＝_~*\-—]{4,})?\s*$")


def _comment_end(lines: list[Line], first: int) -> int:
    """Where a comment that begins on line `first` and fills whole lines ends; `first` itself where none does."""
    if not lines[first].text.lstrip().startswith("<!--"):
        return first
    for index in range(first, min(len(lines), first + _LONGEST_COMMENT)):
        if "-->" in lines[index].text:
            return index + 1 if lines[index].text.rstrip().endswith("-->") else first
    return first


def _only_layout(lines: list[Line], markdown: bool, aside: Callable[[str], bool]) -> Page:
    kept: list[Line] = []
    dropped: list[DroppedText] = []
    after = 0
    for index, line in enumerate(lines):
        if index < after:
            continue
        end = _comment_end(lines, index)
        comment = "\n".join(part.text for part in lines[index:end])
        if end > index and not aside(comment):
            dropped.append(DroppedText(reason="注释", text=excerpt(comment), line=line.number))
            after = end
        elif end > index:
            kept.extend(lines[index:end])
            after = end
        elif not markdown and _RULE.match(line.text):
            dropped.append(DroppedText(reason="分隔线", text=excerpt(line.text), line=line.number))
        else:
            kept.append(line)
    return Page(kept, "", False, tuple(dropped))
