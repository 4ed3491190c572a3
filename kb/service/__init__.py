"""The one door of the knowledge base: add, publish, retire, search, resolve, rebuild."""

from kb.service.knowledge_base import KnowledgeBase
from kb.store.migrate import migrate

__all__ = ["KnowledgeBase", "migrate"]
