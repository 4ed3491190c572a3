"""Unnumbered text: paragraphs, short ones together with the next, under the short lines that head them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.chunk.drafts import ClauseDraft, append, asked, in_pieces, whole
from kb.chunk.split import TARGET, last_sentence
from kb.chunk.titles import bare_question, is_heading, is_question

FRAGMENT = 60
LINE_HEADING = 30
# What a list item, a table row, a remark in brackets or a quotation begins with: none of them is a heading.
_NO_HEADING = re.compile(r"[|(（>\-–—*+•·●◆■▪]|(?:答|A)[：:]")
_MARKED = re.compile(r"\s*[*_>]*\s*(?:问题?|問題?|Q)\s*\d{0,3}\s*[:：]")
_STOPS = "。，,；;！!"


def paragraphs(text: str, path: tuple[str, ...], *, faq: bool = False) -> list[ClauseDraft]:
    """The paragraphs as clauses. In a FAQ a line may ask without any mark, and what follows it is one answer."""
    drafts: list[ClauseDraft] = []
    heads: list[str] = []
    under = path
    asks = ""
    lines = text.splitlines(keepends=True)
    block: list[str] = []

    def close() -> None:
        body = "".join(block)
        found = asked(whole(body, under), (asks,)) if asks else blocks(body, under)
        append(drafts, heads, found)
        block.clear()

    for index, line in enumerate(lines):
        if _line_heading(lines, index) or (faq and _asking_line(lines, index)):
            close()
            heads.append(line.strip())
            under = (*path, line.strip())
            asks = bare_question(line) if faq else ""
        else:
            block.append(line)
    close()
    if heads:
        drafts.append(ClauseDraft(text=heads[-1], section_path=path, heads=tuple(heads[:-1])))
    return drafts


def _line_heading(lines: Sequence[str], index: int) -> bool:
    """A short line without punctuation above a paragraph that has some."""
    line = lines[index].strip()
    if not is_heading(line) or len(line) > LINE_HEADING or line.endswith(("：", ":")) or _NO_HEADING.match(line):
        return False
    following = _following(lines, index)
    return len(following) > max(len(line), LINE_HEADING) and any(mark in following for mark in "。，；,;")


def _asking_line(lines: Sequence[str], index: int) -> bool:
    """A line that asks, above an answer."""
    line = lines[index].strip()
    following = _following(lines, index)
    return (
        is_question(line)
        and not _NO_HEADING.match(line)
        and bool(following)
        and not is_question(following)
        and (line.endswith(("？", "?")) or any(mark in following for mark in _STOPS))
    )


def holds_questions(text: str) -> bool:
    """Whether a text is a row of questions with their answers rather than one answer."""
    lines = text.splitlines()
    return any(_MARKED.match(line) for line in lines) or sum(_answered(lines, index) for index in range(len(lines))) > 1


def _answered(lines: Sequence[str], index: int) -> bool:
    line = lines[index].strip()
    following = _following(lines, index)
    return line.endswith(("？", "?")) and is_question(line) and bool(following) and not is_question(following)


def _following(lines: Sequence[str], index: int) -> str:
    return next((text.strip() for text in lines[index + 1 :] if text.strip()), "")


def blocks(text: str, path: tuple[str, ...]) -> list[ClauseDraft]:
    """Each line its own clause, short ones together with the next."""
    joined: list[str] = []
    for line in text.splitlines(keepends=True):
        if joined and (
            not line.strip()
            or (
                (len(joined[-1].strip()) < FRAGMENT or len(line.strip()) < FRAGMENT // 2)
                and len(joined[-1]) + len(line) <= TARGET
            )
        ):
            joined[-1] += line
        else:
            joined.append(line)
    drafts: list[ClauseDraft] = []
    for block in joined:
        drafts.extend(in_pieces(block, path, last_sentence(drafts[-1].text) if drafts and len(block) > TARGET else ""))
    return drafts
