"""Clause rows that searches asked for before: a published key never changes its words."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Engine

from kb.store import repository
from kb.store.records import ClauseRow, PublishedClause
from kb.tokenize import tokens

_KEPT = 4096


@dataclass(frozen=True)
class Found:
    """A published clause with its row."""

    item: PublishedClause
    row: ClauseRow

    @cached_property
    def words(self) -> frozenset[str]:
        """The search tokens of title, section path, text and wordings."""
        parts = (self.item.scope.title, *self.row.section_path, self.row.text, *self.row.questions)
        return frozenset(tokens("\n".join(parts)))


class RowCache:
    """Fetches rows by key and keeps those used last. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Found] = OrderedDict()

    def get(self, items: Collection[PublishedClause]) -> list[Found]:
        """The clauses with their rows, in the order asked; one that SQL does not have is left out."""
        found: dict[str, Found] = {}
        missing: dict[tuple[str, int], PublishedClause] = {}
        with self._lock:
            for item in items:
                known = self._kept.get(item.key)
                if known is not None and known.item is item:
                    self._kept.move_to_end(item.key)
                    found[item.key] = known
                else:
                    missing[item.key.rpartition("@")[0], item.scope.version] = item
        if missing:
            with self._engine.connect() as connection:
                rows = repository.clauses_by_key(connection, missing)
            fresh = {missing[pair].key: Found(missing[pair], row) for pair, row in rows.items()}
            found.update(fresh)
            with self._lock:
                self._kept.update(fresh)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return [found[item.key] for item in items if item.key in found]
