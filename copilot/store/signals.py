"""Suggestions that were not good enough, as signs that knowledge is missing."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.domain.suggestion import Suggestion
from copilot.store.tables import SuggestionRow
from kb.insight_models import GapSignal

NEWEST = 2000
"""Suggestions that are looked at, newest first."""
UNSURE_BELOW = 0.4
_SILENT = frozenset({"greeting", "unclear", "human_handoff"})
"""Subtypes that ask nothing that a clause could answer."""


def weak_suggestions(session: Session, since: datetime | None = None) -> Iterator[GapSignal]:
    """Suggestions without a draft, with every draft held back, without any clause to cite, or of an unsure reading.

    The text is what the customer said as far as the suggestion quotes it, else the name of the issue.
    """
    query = select(SuggestionRow).order_by(SuggestionRow.created_at.desc(), SuggestionRow.id).limit(NEWEST)
    if since is not None:
        query = query.where(SuggestionRow.created_at >= (since if since.tzinfo else since.replace(tzinfo=UTC)))
    for row in session.execute(query).scalars():
        suggestion = Suggestion.model_validate(row.body)
        weight = weakness(suggestion)
        text = said(suggestion)
        if weight > 0 and text:
            yield GapSignal(text=text[:2000], source="suggestion", weight=weight, at=suggestion.created_at)


def weakness(suggestion: Suggestion) -> float:
    """How badly the knowledge base served a suggestion; 0: well enough."""
    if suggestion.classification.issue_subtype in _SILENT:
        return 0.0
    if not suggestion.drafts:
        return 2.0
    if suggestion.held_back or not suggestion.citations:
        return 1.0
    return 0.5 if suggestion.classification.confidence < UNSURE_BELOW else 0.0


def said(suggestion: Suggestion) -> str:
    """The customer's words that the reading rests on, in their order, else the issue in words."""
    quotes = dict.fromkeys(
        evidence.quote
        for evidence in sorted(suggestion.classification.evidence, key=lambda one: (one.message, one.start))
    )
    kept = [quote for quote in quotes if not any(quote != other and quote in other for other in quotes)]
    return "，".join(kept) if sum(map(len, kept)) >= 4 else suggestion.record.issue
