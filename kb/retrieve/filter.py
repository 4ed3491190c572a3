"""What a question may be answered with: scope, audience, day; and candidates that pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kb.retrieve.fusion import Ranked
from kb.retrieve.inforce import PublishedSet
from kb.store.records import PublishedClause, Scope
from kb.tokenize import fold

_CANDIDATES = 100

Search = Callable[[int], Ranked]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a clause must satisfy to be served at the second `at`."""

    at: int
    platform: str | None
    operator: str | None
    kinds: frozenset[str]
    audiences: frozenset[str]
    shop: str | None = None
    category: str | None = None

    def admits(self, scope: Scope) -> bool:
        """A clause without platform (operator, shop, category) holds for all of them."""
        return (
            (self.platform is None or scope.platform is None or scope.platform == self.platform)
            and (self.operator is None or scope.operator is None or scope.operator == self.operator)
            and (self.shop is None or scope.shop is None or fold(scope.shop) == fold(self.shop))
            and (self.category is None or scope.category is None or fold(scope.category) == fold(self.category))
            and scope.kind in self.kinds
            and scope.audience in self.audiences
            and scope.in_force(self.at)
        )


def admitted(search: Search, published: PublishedSet, chosen: Filter, k: int) -> tuple[Ranked, float]:
    """Candidates that may be served, and the weakest score of all candidates.

    Asks for more while a narrow filter leaves fewer than `k`.
    """
    limit = max(_CANDIDATES, 4 * k)
    known: dict[int, bool] = {}  # clauses of one version share their scope

    def served(key: str) -> bool:
        item = published.by_key.get(key)
        if item is None:
            return False
        verdict = known.get(id(item.scope))
        if verdict is None:
            verdict = known[id(item.scope)] = chosen.admits(item.scope)
        return verdict

    while True:
        found = search(limit)
        kept = [pair for pair in found if served(pair[0])]
        if len(kept) >= k or len(found) < limit or limit >= len(published.by_key):
            return kept, found[-1][1] if found else 0.0
        limit *= 4


def platform_first(ordered: list[PublishedClause], chosen: Filter) -> list[PublishedClause]:
    """Where a common clause stands above the asked platform's clause with the same anchor, they change
    places."""
    if chosen.platform is None:
        return ordered
    ranked = list(ordered)
    first: dict[str, int] = {}
    for index, item in enumerate(ranked):
        if not item.anchor:
            continue
        above = first.setdefault(item.anchor, index)
        if above != index and item.scope.platform is not None and ranked[above].scope.platform is None:
            ranked[above], ranked[index] = item, ranked[above]
    return ranked
