"""Figures of a ranked list against its gold items: hit, all gold in the first k, MRR, nDCG."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evals.stats import Interval, mean_interval, wilson


@dataclass(frozen=True, slots=True)
class Ranking:
    """One question's outcome. `places` are the ranks (from 1) at which gold items stand; `gold` is how many exist."""

    places: tuple[int, ...]
    gold: int

    @classmethod
    def of(cls, ranked: Sequence[str], gold: Collection[str]) -> "Ranking":
        """Ranks the first appearance of every item; what repeats further down does not count again."""
        wanted = set(gold)
        order = list(dict.fromkeys(ranked))
        return cls(tuple(place for place, item in enumerate(order, start=1) if item in wanted), len(wanted))

    def hit(self, k: int) -> bool:
        """Whether any gold item stands in the first `k`."""
        return bool(self.places) and self.places[0] <= k

    def all_within(self, k: int) -> bool:
        """Whether every gold item stands in the first `k`; more than `k` of them never do."""
        return sum(place <= k for place in self.places) == self.gold

    @property
    def reciprocal(self) -> float:
        return 1.0 / self.places[0] if self.places else 0.0

    def ndcg(self, k: int) -> float:
        """Normalised discounted cumulative gain with equal gains, over the first `k`."""
        gained = sum(1.0 / math.log2(place + 1) for place in self.places if place <= k)
        ideal = sum(1.0 / math.log2(place + 1) for place in range(1, min(self.gold, k) + 1))
        return gained / ideal if ideal else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares with their 95 % intervals over a set of questions."""

    questions: int
    shares: dict[str, Interval]

    def as_dict(self) -> dict[str, object]:
        return {"questions": self.questions} | {name: found.as_dict() for name, found in self.shares.items()}


def figures(rankings: Sequence[Ranking]) -> Figures:
    """hit@1/4/10 and all@4 with Wilson intervals, MRR and nDCG@10 with bootstrap intervals."""
    total = len(rankings)
    shares = {f"hit@{k}": wilson(sum(ranking.hit(k) for ranking in rankings), total) for k in (1, 4, 10)}
    shares["all@4"] = wilson(sum(ranking.all_within(4) for ranking in rankings), total)
    shares["mrr"] = mean_interval([ranking.reciprocal for ranking in rankings])
    shares["ndcg@10"] = mean_interval([ranking.ndcg(10) for ranking in rankings])
    return Figures(total, shares)
