"""Compares two versions clause by clause, and changed texts word by word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from kb.life_models import ClauseChange, DocumentDiff, FieldChange, TextSpan
from kb.store.records import ClauseRow, VersionRow

_WORDS = re.compile(r"[0-9]+(?:[.,:][0-9]+)*%?|[A-Za-z]+|.", re.DOTALL)
_ISLAND = 2
"""An equal run of fewer characters between two changes tells a reader nothing; it joins them."""
_ALIKE = 0.6
"""Likeness (difflib's ratio) from which a new clause counts as an edited old one."""
_MOST_PAIRS = 2500
"""With more pairs than that, only clauses under the same heading are compared."""
_CLAUSE_FIELDS = ("section_path", "anchor", "platform", "audience", "category", "questions", "tags")


def compare(
    document_id: str,
    before: tuple[VersionRow, Sequence[ClauseRow]] | None,
    after: tuple[VersionRow, Sequence[ClauseRow]],
) -> DocumentDiff:
    """What `after` changes; without `before` everything is new.

    Clauses are the same by their id; of the others, those whose words are much alike.
    """
    old_row, old = before or (None, ())
    new_row, new = after
    known = {row.clause_id: row for row in old}
    staying = {row.clause_id for row in new}
    twins = _twins(
        [row for row in old if row.clause_id not in staying], [row for row in new if row.clause_id not in known]
    )
    origin = {row.clause_id: known.get(row.clause_id) or twins.get(row.clause_id) for row in new}
    pairs = [(source.clause_id, name) for name, source in origin.items() if source is not None]
    rearranged = _rearranged([row.clause_id for row in old], [source for source, _ in pairs])
    changes: list[ClauseChange] = []
    for row in new:
        source = origin[row.clause_id]
        change = _change(source, row, source is not None and source.clause_id in rearranged)
        if change is not None:
            changes.append(change)
    kept = {source for source, _ in pairs}
    changes.extend(_alone("removed", row) for row in old if row.clause_id not in kept)
    return DocumentDiff(
        document_id=document_id,
        from_version=None if old_row is None else old_row.version,
        to_version=new_row.version,
        metadata=() if old_row is None else _metadata(old_row, new_row),
        clauses=tuple(changes),
        unchanged=len(new) - sum(change.kind != "removed" for change in changes),
    )


def _twins(gone: Sequence[ClauseRow], fresh: Sequence[ClauseRow]) -> dict[str, ClauseRow]:
    """New clause id → the old clause that it was edited from, most alike first; none is used twice."""
    everywhere = len(gone) * len(fresh) <= _MOST_PAIRS
    scored: list[tuple[float, int, int]] = []
    for new_place, new in enumerate(fresh):
        for old_place, old in enumerate(gone):
            if not everywhere and old.section_path[-1:] != new.section_path[-1:]:
                continue
            matcher = SequenceMatcher(None, old.text, new.text, autojunk=False)
            if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
                continue
            likeness = matcher.ratio()
            if likeness >= _ALIKE:
                scored.append((likeness, -new_place, -old_place))
    found: dict[str, ClauseRow] = {}
    used: set[int] = set()
    for _, new_place, old_place in sorted(scored, reverse=True):
        name = fresh[-new_place].clause_id
        if name not in found and -old_place not in used:
            found[name] = gone[-old_place]
            used.add(-old_place)
    return found


def _metadata(before: VersionRow, after: VersionRow) -> tuple[FieldChange, ...]:
    return _fields(_described(before), _described(after))


def _described(row: VersionRow) -> dict[str, Any]:
    own = {
        "title": row.title,
        "audience": row.audience,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "category": row.category,
    }
    return own | {f"metadata.{name}": value for name, value in row.metadata.items()}


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(field=name, before=before.get(name), after=after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def _change(before: ClauseRow | None, after: ClauseRow, rearranged: bool) -> ClauseChange | None:
    if before is None:
        return _alone("added", after)
    fields = _fields(
        {name: getattr(before, name) for name in _CLAUSE_FIELDS},
        {name: getattr(after, name) for name in _CLAUSE_FIELDS},
    )
    moved = rearranged or before.section_path != after.section_path
    same_text = before.text == after.text
    if same_text and not fields and not moved:
        return None
    only_moved = same_text and moved and all(field.field == "section_path" for field in fields)
    return ClauseChange(
        kind="moved" if only_moved else "changed",
        clause_id=after.clause_id,
        was=None if before.clause_id == after.clause_id else before.clause_id,
        anchor=after.anchor,
        section_path=after.section_path,
        moved=moved,
        before=before.text,
        after=after.text,
        spans=() if same_text else spans(before.text, after.text),
        fields=fields,
    )


def _alone(kind: Any, row: ClauseRow) -> ClauseChange:
    return ClauseChange(
        kind=kind,
        clause_id=row.clause_id,
        anchor=row.anchor,
        section_path=row.section_path,
        before=row.text if kind == "removed" else None,
        after=row.text if kind == "added" else None,
    )


def _rearranged(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Clauses that changed places: all but a longest run whose order is as it was."""
    places = {name: place for place, name in enumerate(before)}
    common = [name for name in after if name in places]
    tails: list[int] = []  # tails[n]: the lowest place at which an ordered run of n + 1 clauses ends
    lengths: list[int] = []
    for name in common:
        length = bisect_left(tails, places[name])
        tails[length : length + 1] = [places[name]]
        lengths.append(length)
    kept: set[str] = set()
    wanted = len(tails) - 1
    limit = len(before)
    for name, length in zip(reversed(common), reversed(lengths), strict=True):
        if length == wanted and places[name] < limit:
            kept.add(name)
            wanted, limit = wanted - 1, places[name]
    return set(common) - kept


def spans(before: str, after: str) -> tuple[TextSpan, ...]:
    """The way from one text to the other, in stretches that can be read; numbers and Latin words stay whole."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: list[TextSpan] = []
    deleted: list[str] = []
    inserted: list[str] = []

    def flush() -> None:
        for op, parts in (("delete", deleted), ("insert", inserted)):
            if parts:
                found.append(TextSpan.model_validate({"op": op, "text": "".join(parts)}))
            parts.clear()

    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (op, old_from, old_to, new_from, new_to) in enumerate(opcodes):
        text = "".join(old[old_from:old_to])
        island = op == "equal" and 0 < number < len(opcodes) - 1 and len(text) < _ISLAND
        if op == "equal" and not island:
            flush()
            found.append(TextSpan(op="equal", text=text))
            continue
        deleted.append(text)
        inserted.append("".join(new[new_from:new_to]))
    flush()
    return tuple(span for span in found if span.text)
