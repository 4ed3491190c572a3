"""The one door of the knowledge base: add, publish, retire, search, resolve, rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.retrieve.rerank import load_reranker
from kb.service.knowledge_base import KnowledgeBase
from kb.store.migrate import migrate

if TYPE_CHECKING:
    from kb.service.insight import Insight

__all__ = ["Insight", "KnowledgeBase", "load_reranker", "migrate"]


def __getattr__(name: str) -> type[Insight]:
    # Its word lists cost a command that never looks at them a noticeable part of its start.
    if name == "Insight":
        from kb.service.insight import Insight

        return Insight
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
