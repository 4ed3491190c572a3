"""Which clause of a new version continues which of the one before: ids outlive edits, moves and new neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from kb.chunk.drafts import ClauseDraft
from kb.index.memory import digest
from kb.store.records import ClauseRow
from kb.tokenize import fold

_SIMILAR = 0.5


def rows(document_id: str, drafts: Sequence[ClauseDraft], previous: Sequence[ClauseRow]) -> tuple[ClauseRow, ...]:
    """The clauses with their ids; a clause that was there before, as it was or edited in place, keeps its
    id."""
    kept = _matched(drafts, previous)
    used = set(kept.values())
    found: list[ClauseRow] = []
    for ordinal, draft in enumerate(drafts):
        clause_id = kept.get(ordinal) or _fresh(document_id, draft, used)
        used.add(clause_id)
        found.append(
            ClauseRow(
                clause_id,
                ordinal,
                draft.anchor,
                draft.section_path,
                draft.text,
                draft.context,
                digest(draft.text),
                draft.platform,
                draft.audience,
                draft.category,
                draft.questions,
                draft.tags,
            )
        )
    return tuple(found)


def _fresh(document_id: str, draft: ClauseDraft, used: set[str]) -> str:
    """An id from the anchor, else from the path and how the text opens; a counter tells equal ones apart."""
    opening = "".join(character for character in fold(draft.text) if character.isalnum())[:24]
    base = f"#{draft.anchor}" if draft.anchor else "\x1f".join((*map(fold, draft.section_path), opening))
    if not draft.anchor and (draft.platform or draft.category):
        base += f"\x1d{draft.platform or ''}\x1d{draft.category or ''}"
    counter = 0
    while True:
        clause_id = "cl_" + digest("\x1e".join((document_id, base, str(counter))))[:16]
        if clause_id not in used:
            return clause_id
        counter += 1


def _matched(drafts: Sequence[ClauseDraft], previous: Sequence[ClauseRow]) -> dict[int, str]:
    """Draft number → id of the clause in the previous version that it continues.

    In this order: the same anchor; the same words (in the same section, then anywhere); what is left
    between two matched neighbours, by likeness.
    """
    matched: dict[int, int] = {}
    free = set(range(len(previous)))

    def take(number: int, keys: dict[Any, list[int]], key: Any) -> None:
        place = next((place for place in keys.get(key, ()) if place in free), None)
        if place is not None:
            matched[number] = place
            free.discard(place)

    for key_of_row, key_of_draft in _KEYS:
        keys: dict[Any, list[int]] = {}
        for place, row in enumerate(previous):
            key = key_of_row(row)
            if key is not None:
                keys.setdefault(key, []).append(place)
        for number, draft in enumerate(drafts):
            if number not in matched and key_of_draft(draft) is not None:
                take(number, keys, key_of_draft(draft))
    for number, draft in enumerate(drafts):
        if number in matched or draft.anchor:
            continue
        low = max((matched[other] for other in matched if other < number), default=-1)
        high = min(
            (matched[other] for other in matched if other > number and matched[other] > low),
            default=len(previous),
        )
        best = max(
            (
                (_alike(draft, previous[place]), -place)
                for place in free
                if low < place < high and not previous[place].anchor
            ),
            default=(0.0, 0),
        )
        if best[0] >= _SIMILAR:
            matched[number] = -best[1]
            free.discard(-best[1])
    return {number: previous[place].clause_id for number, place in matched.items()}


_KEYS: tuple[tuple[Any, Any], ...] = (
    (lambda row: row.anchor, lambda draft: draft.anchor),
    (
        lambda row: None if row.anchor else (row.section_path, row.text, row.platform, row.category),
        lambda draft: None if draft.anchor else (draft.section_path, draft.text, draft.platform, draft.category),
    ),
    (
        lambda row: None if row.anchor else (row.section_path, row.text),
        lambda draft: None if draft.anchor else (draft.section_path, draft.text),
    ),
    (lambda row: None if row.anchor else row.text, lambda draft: None if draft.anchor else draft.text),
)


def _alike(draft: ClauseDraft, row: ClauseRow) -> float:
    likeness = SequenceMatcher(None, draft.text, row.text, autojunk=False).ratio()
    return likeness + (0.2 if draft.section_path == row.section_path else 0.0)
