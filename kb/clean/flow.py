"""Noise inside the running text: page breaks, cover placeholders, tables of contents, slide and page
numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.clean.lines import Line, excerpt
from kb.models import DroppedText
from kb.tokenize import simplify

_PAGE_MARK = re.compile(r"^\s*(\d{1,3})、(?=\S)")
_ENDS = "。！？!?；;：:…”）)】》"
_LIBRARY = re.compile(r"^.{0,14}?(?:文库|資料庫|资料库|文庫|文檔|文档|网|網)\s*\d{1,4}/\d{1,4}(?=\D)")
_COVER = re.compile(
    r"^(?:\s*(?:演[講讲]人|[匯汇][報报]人|主[講讲]人|[講讲][師师]|作者|部[門门]|日期|[時时][間间])\s*[:：]\s*(?=演|匯|汇|主|講|讲|作|部|日|時|时|$|[^\s\d]{2,}))+"
)
_CONTENTS = re.compile(
    r"目\s*[錄录]\s*(?:CATALOGUE|CONTENTS?|Catalogue|Contents?)?\s*(?=0?1\D)|(?:CATALOGUE|CONTENTS)\s*(?=0?1\D)"
)
_ENTRY = re.compile(r"(0[1-9]|1\d)\s*(\D{2,24}?)(?=0[1-9]|1\d|PART|Part|第[一二三四五六七八九十]|$)")
_SLIDES = re.compile(
    r"(?<![\d.:：/\-—第A-Za-z（(])(?:0[1-9]){1,8}(?![\d.:：/\-—年月日時时分秒%％元])(?=[㐀-鿿“《]|\n|$)"
)
_PAGE_LINE = re.compile(
    r"^\s*(?:[-—–]\s*\d{1,4}\s*[-—–]|第\s*\d{1,4}\s*[页頁](?:\s*[/，,]?\s*共\s*\d{1,4}\s*[页頁])?|(?:Page|P)\.?\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,4}\s*/\s*\d{1,4})\s*$"
)
_PAGE_INLINE = re.compile(r"第\s*\d{1,4}\s*[页頁]\s*[/，,]?\s*共\s*\d{1,4}\s*[页頁]")


def plain_spaces(line: str) -> str:
    """No-break and zero-width spaces as plain ones or none; the words do not change."""
    return re.sub("[\u200b\u200c\u200d\u2060\ufeff]", "", line.replace("\u00a0", " ")).rstrip()


def join_page_breaks(lines: list[Line], dropped: list[DroppedText], scraped: bool) -> list[Line]:
    """Joins a sentence that a preview cut into pages, each numbered in sequence (`1、` … `13、`)."""
    marks = [(index, int(match.group(1))) for index, line in enumerate(lines) if (match := _PAGE_MARK.match(line.text))]
    if not scraped or len(marks) < 2 or [number for _, number in marks] != list(range(1, len(marks) + 1)):
        return lines
    broken = sum(not _previous_text(lines, index).endswith(tuple("。！？!?")) for index, _ in marks[1:])
    if broken * 2 < len(marks) - 1:
        return lines
    starts = {index for index, _ in marks}
    joined: list[Line] = []
    for index, line in enumerate(lines):
        if index not in starts:
            if line.text.strip() or (index + 1 not in starts and not _next_is_mark(lines, index, starts)):
                joined.append(line)
            continue
        match = _PAGE_MARK.match(line.text)
        rest = line.text[match.end() :] if match else line.text
        dropped.append(
            DroppedText(reason="页码", text=line.text[: match.end()].strip() if match else "", line=line.number)
        )
        if index == marks[0][0] or not joined:
            joined.append(Line(line.number, rest))
        else:
            joined[-1] = Line(joined[-1].number, joined[-1].text + rest)
    return joined


def _next_is_mark(lines: Sequence[Line], index: int, starts: set[int]) -> bool:
    following = next((place for place in range(index + 1, len(lines)) if lines[place].text.strip()), None)
    return following in starts


def _previous_text(lines: Sequence[Line], index: int) -> str:
    return next((lines[place].text.strip() for place in range(index - 1, -1, -1) if lines[place].text.strip()), "")


def drop_cover(lines: list[Line], dropped: list[DroppedText], scraped: bool) -> list[Line]:
    """Takes the site's running head and empty cover fields off the first line."""
    first = next((index for index, line in enumerate(lines) if line.text.strip()), None)
    if first is None or not scraped:
        return lines
    line = lines[first]
    text = line.text.lstrip()
    for pattern, reason in ((_LIBRARY, "页眉"), (_COVER, "封面占位")):
        match = pattern.match(text)
        if match and match.end() > 0:
            dropped.append(DroppedText(reason=reason, text=match.group().strip(), line=line.number))
            text = text[match.end() :]
    return [*lines[:first], Line(line.number, text), *lines[first + 1 :]]


def drop_contents(lines: list[Line], dropped: list[DroppedText], scraped: bool) -> list[Line]:
    """Drops a table of contents inside running text when its entries come again as headings."""
    kept: list[Line] = []
    whole = "\n".join(line.text for line in lines)
    for line in lines:
        match = _CONTENTS.search(line.text)
        if match is None:
            kept.append(line)
            continue
        titles: list[str] = []
        position = match.end()
        while entry := _ENTRY.match(line.text, position):
            if int(entry.group(1)) != len(titles) + 1:
                break
            titles.append(entry.group(2).strip())
            position = entry.end()
        repeated = sum(simplify(whole).count(simplify(title)) >= 2 for title in titles)
        if len(titles) < 3 or repeated * 3 < len(titles) * 2:
            kept.append(line)
            continue
        contents = line.text[match.start() : position]
        dropped.append(DroppedText(reason="目录", text=excerpt(contents), line=line.number))
        text = line.text[: match.start()] + "\n" + _headed(line.text[position:], titles)
        kept.extend(Line(line.number, part) for part in text.split("\n"))
    return kept


def _headed(text: str, titles: list[str]) -> str:
    """Puts a line end behind each heading that the contents announced, so that it can be told from the
    text."""
    for number, title in enumerate(titles, start=1):
        heading = re.compile(rf"((?:PART|Part|第)\s*0?{number}\s*(?:部分|章)?\s*{re.escape(title)})\s*")
        text = heading.sub(r"\n\1\n", text, count=1)
    return text


def drop_page_numbers(lines: list[Line], dropped: list[DroppedText], scraped: bool) -> list[Line]:
    """Drops page lines everywhere, and on scraped slides the slide numbers that ran into the text
    (`020304`)."""
    slides = scraped and sum(len(_SLIDES.findall(line.text)) for line in lines) >= 4
    kept: list[Line] = []
    for line in lines:
        if _PAGE_LINE.match(line.text) and (scraped or "页" in simplify(line.text)):
            dropped.append(DroppedText(reason="页码", text=line.text.strip(), line=line.number))
            continue
        text = line.text
        for pattern, active, replacement in ((_PAGE_INLINE, scraped, ""), (_SLIDES, slides, "\n")):
            if active:
                for match in pattern.finditer(text):
                    dropped.append(DroppedText(reason="页码", text=match.group(), line=line.number))
                text = pattern.sub(replacement, text)
        kept.extend(Line(line.number, part) for part in text.split("\n"))
    return kept
