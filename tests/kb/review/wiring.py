"""The insight of an opened knowledge base, from its parts."""

from kb.service import KnowledgeBase
from kb.service.insight import Insight


def insight_of(base: KnowledgeBase) -> Insight:
    searcher = base._searcher
    return Insight(
        base._engine,
        base._projections,
        base._view,
        searcher,
        searcher._expander,
        base._embedder,
        base.add_text,
        searcher._clock,
    )
