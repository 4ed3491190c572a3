"""Keeps an exception with the rule that it limits, also over the border of a paragraph or a list item."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.chunk.drafts import ClauseDraft, asked
from kb.chunk.split import HARD, excepts, last_sentence

# The number of an item, but not of an article or a question: those stand for themselves.
_NUMBER = re.compile(
    r"^\s*(?:[-–—*+•●◆■▪]|[（(](?:[一二三四五六七八九十]{1,3}|\d{1,2})[)）]|\d{1,2}(?:\.\d{1,2}){0,3}[.．、)）]?|[①-⑳]|"
    r"[一二三四五六七八九十]{1,3}、)[ \t　]*"
)
_ARTICLE = re.compile(r"\s*第[^\s，。]{1,8}[条條章节節编編篇]")
_CONTEXT = 160


def join_exceptions(drafts: Sequence[ClauseDraft]) -> list[ClauseDraft]:
    """Drafts that open with an exception go to the one before them; where the two would be longer than a clause
    may be, the rule becomes the context of the exception, and of the items that the exception announces."""
    found: list[ClauseDraft] = []
    widened: dict[str, str] = {}
    for draft in drafts:
        if found and not draft.heads and _is_exception(draft.text):
            rule = last_sentence(found[-1].text)
            widened[last_sentence(draft.text)] = widened[_first_line(draft.text)] = rule
            if len(found[-1].text) + len(draft.text) < HARD:
                found[-1] = replace(found[-1], text=f"{found[-1].text}\n{draft.text}")
                found[-1:] = asked(found[-1:], draft.questions)
                continue
            draft = replace(draft, context=_context(rule, draft.context))
        elif draft.heads:
            widened.clear()
        elif draft.context in widened:
            draft = replace(draft, context=_context(widened[draft.context], draft.context))
        found.append(draft)
    return found


def _is_exception(text: str) -> bool:
    return not _ARTICLE.match(text) and excepts(_NUMBER.sub("", text, count=1))


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()


def _context(rule: str, own: str) -> str:
    return (rule if rule == own or not own else f"{rule}\n{own}")[-_CONTEXT:]
