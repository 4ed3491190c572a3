"""FAQ entries to clauses: one answer is one clause, once for each platform and kind of goods that it names.

A clause has one platform, and a search for a platform must find what holds there and nothing else. An answer for two
of several platforms therefore becomes two clauses with the same words; without a platform it would also be served on
those where it does not hold. A search over all platforms finds both, each with its own scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Protocol

from kb.chunk import wordings
from kb.chunk.clauses import split_clauses
from kb.chunk.drafts import ClauseDraft, asked, whole
from kb.chunk.titles import bare_question
from kb.models import Audience


class FaqEntry(Protocol):
    """A question with its answer, as a loader found it."""

    @property
    def question(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def path(self) -> tuple[str, ...]: ...
    @property
    def wordings(self) -> tuple[str, ...]: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def platforms(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def audience(self) -> Audience | None: ...


def split_entries(entries: Sequence[FaqEntry | str], title: str = "") -> list[ClauseDraft]:
    """The clauses of entries and of the markdown between them, in order."""
    drafts: list[ClauseDraft] = []
    heads: list[str] = []
    for entry in entries:
        if isinstance(entry, str):
            body, trailing = _trailing_heads(entry)
            found = split_clauses(body, markdown=True, title=title) if body.strip() else []
        else:
            found, trailing = _of_entry(entry, title), []
        if found:
            found[0] = replace(found[0], heads=(*heads, *found[0].heads))
            heads = []
        heads += trailing
        drafts.extend(found)
    if heads:
        drafts.append(ClauseDraft(text=heads[-1], heads=tuple(heads[:-1])))
    return drafts


def _trailing_heads(text: str) -> tuple[str, list[str]]:
    """The headings at the end of a text belong to what comes behind it."""
    lines = text.rstrip().split("\n")
    last = len(lines)
    while last and (not lines[last - 1].strip() or lines[last - 1].startswith("#")):
        last -= 1
    return "\n".join(lines[:last]), [line for line in lines[last:] if line.strip()]


def _of_entry(entry: FaqEntry, title: str) -> list[ClauseDraft]:
    path = tuple(name for name in (*entry.path, entry.question) if name != title)
    questions = dict.fromkeys(
        (bare_question(entry.question), *(said for cell in entry.wordings for said in wordings.apart(cell)))
    )
    once = asked(whole(entry.answer, path), list(questions))
    once[:1] = [replace(draft, heads=(entry.question,)) for draft in once[:1]]
    return [
        replace(draft, platform=platform, category=category, audience=entry.audience, tags=entry.tags)
        for platform, category in product(entry.platforms or (None,), entry.categories or (None,))
        for draft in once
    ]
