"""Stored clauses as the public models."""

from __future__ import annotations

from datetime import date

from kb.models import Clause, SearchHit
from kb.store.moments import first_day, last_day
from kb.store.records import ClauseRow, Scope


def _validity(scope: Scope) -> tuple[date | None, date | None]:
    """The days on which the scope begins and ends, declared or by a later version taking over."""
    if not scope.windows:
        return scope.valid_from, scope.valid_to
    start, end = scope.windows[0][0], scope.windows[-1][1]
    return (
        scope.valid_from or (None if start is None else first_day(start)),
        None if end is None else last_day(end),
    )


def search_hit(row: ClauseRow, scope: Scope, score: float) -> SearchHit:
    valid_from, valid_to = _validity(scope)
    return SearchHit(
        clause_id=row.clause_id,
        document_id=scope.document_id,
        document=scope.title,
        source_name=scope.source_name,
        kind=scope.kind,
        audience=scope.audience,
        platform=scope.platform,
        operator=scope.operator,
        version=scope.version,
        anchor=row.anchor,
        section_path=row.section_path,
        text=row.text,
        sha256=row.sha256,
        score=score,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def clause_model(row: ClauseRow, scope: Scope) -> Clause:
    """A stored clause as the public model."""
    valid_from, valid_to = _validity(scope)
    return Clause(
        clause_id=row.clause_id,
        document_id=scope.document_id,
        document=scope.title,
        source_name=scope.source_name,
        kind=scope.kind,
        platform=scope.platform,
        operator=scope.operator,
        audience=scope.audience,
        version=scope.version,
        anchor=row.anchor,
        section_path=row.section_path,
        text=row.text,
        context=row.context,
        sha256=row.sha256,
        valid_from=valid_from,
        valid_to=valid_to,
        ordinal=row.ordinal,
        shop=scope.shop,
        category=scope.category,
        questions=row.questions,
        tags=row.tags,
    )
