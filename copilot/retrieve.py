"""From ticket and decision to evidence: the clauses that rules name, and what the search finds, as of the day."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple, Protocol

import numpy as np

from copilot.domain.base import Model
from copilot.domain.ticket import Ticket
from copilot.rulebook.models import ClauseFile, VocabularyFile
from kb.models import Audience, Clause, SearchHit, SearchRequest, SearchResponse

_QUERY_LIMIT = 500
_MOST_STAND_INS = 10_000


class ClauseSource(Protocol):
    """What the stage needs of the knowledge base."""

    def search(
        self, request: SearchRequest, *, vector: np.ndarray | None = None, lexical: bool = False
    ) -> SearchResponse: ...

    def resolve_all(
        self,
        anchors: Iterable[str],
        *,
        platform: str | None,
        operator: str | None = None,
        as_of: datetime | None = None,
    ) -> dict[str, Clause]: ...

    def get_clause(self, clause_id: str, version: int | None = None) -> Clause: ...

    def snapshot(self) -> str: ...


class Evidence(Model):
    """Clauses in force for this ticket. `named` were found by the anchor that a rule names."""

    named: dict[str, Clause]
    found: dict[str, Clause]
    """Rule anchors that this knowledge base lacks, answered by search: to be quoted, not paraphrased."""
    hits: tuple[SearchHit, ...]
    """Clauses for customers nearest to the problem."""
    confident: bool
    snapshot: str
    warnings: tuple[str, ...] = ()

    def clause(self, anchor: str) -> Clause | None:
        return self.named.get(anchor) or self.found.get(anchor)


class StandIn(NamedTuple):
    """For which anchor, scope, day and published state a stand-in was searched."""

    anchor: str
    platform: str | None
    operator: str | None
    day: date
    snapshot: str


class Retrieve:
    def __init__(self, source: ClauseSource, clauses: ClauseFile, vocabulary: VocabularyFile) -> None:
        self._source = source
        self._clauses = clauses
        self._vocabulary = vocabulary
        self._stand_ins: dict[StandIn, Clause | None] = {}

    def run(
        self, ticket: Ticket, query: str, anchors: Iterable[str], now: datetime, vector: np.ndarray | None
    ) -> Evidence:
        """Resolves every anchor and searches once with the ticket's own words."""
        platform, operator = ticket.platform, self.operator(ticket)
        response = self._source.search(
            SearchRequest(
                query=query[:_QUERY_LIMIT], k=5, platform=platform, operator=operator, as_of=now,
                audiences=("customer",),
            ),
            vector=vector,
        )  # fmt: skip
        wanted = tuple(dict.fromkeys(anchors))
        named = self._source.resolve_all(wanted, platform=platform, operator=operator, as_of=now)
        absent = (anchor for anchor in wanted if anchor not in named)
        found = {
            anchor: clause
            for anchor in absent
            if (clause := self._stand_in(StandIn(anchor, platform, operator, now.date(), response.snapshot), now))
        }
        return Evidence(
            named=named, found=found, hits=response.hits, confident=response.confident,
            snapshot=response.snapshot, warnings=response.warnings,
        )  # fmt: skip

    def hashes(self, anchors: Iterable[str], ticket: Ticket, now: datetime) -> dict[str, str]:
        """Anchor → SHA-256 of the clause in force for the ticket at `now`; absent: this knowledge base has none.

        Not kept between tickets: the knowledge base holds the published set and the rows asked for in memory, and a
        version may begin at any second, so that only its own answer is right.
        """
        named = self._source.resolve_all(anchors, platform=ticket.platform, operator=self.operator(ticket), as_of=now)
        return {anchor: clause.sha256 for anchor, clause in named.items()}

    def support(self, text: str, ticket: Ticket | None, now: datetime) -> tuple[SearchHit, ...]:
        """Clauses near a text that somebody wrote, found by its words alone: fast enough for every keystroke."""
        platform = ticket.platform if ticket else None
        operator = self.operator(ticket) if ticket else None
        request = SearchRequest(query=text.strip()[:_QUERY_LIMIT], k=8, platform=platform, operator=operator, as_of=now)
        return self._source.search(request, lexical=True).hits

    def operator(self, ticket: Ticket) -> str | None:
        """Who answers: what the ticket says, else the platform's default."""
        if ticket.operator is not None:
            return str(ticket.operator)
        rule = self._vocabulary.platforms.get(ticket.platform or "")
        return rule.default_operator if rule else None

    def _stand_in(self, key: "StandIn", now: datetime) -> Clause | None:
        """Searched once for each published state and day: the rule's words do not change between tickets."""
        if key not in self._stand_ins:
            if len(self._stand_ins) >= _MOST_STAND_INS:
                self._stand_ins.clear()
            self._stand_ins[key] = self._search(key.anchor, key.platform, key.operator, now)
        return self._stand_ins[key]

    def _search(self, anchor: str, platform: str | None, operator: str | None, now: datetime) -> Clause | None:
        # A shop with documents of its own has no anchors: the rule's words find the clause instead.
        reference = self._clauses.clauses[anchor]
        audiences: tuple[Audience, ...] = ("agent", "customer") if anchor.startswith("sop.") else ("customer",)
        response = self._source.search(
            SearchRequest(
                query=reference.query, k=1, platform=platform, operator=operator, as_of=now, audiences=audiences
            )
        )
        if not (response.confident and response.hits):
            return None
        return self._source.get_clause(response.hits[0].clause_id, response.hits[0].version)
