"""Holds the facts of two clauses against each other: the same subject, another number, payer or permission."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kb.review import lexicon
from kb.review.cases import compatible
from kb.review.facts import Fact, Reading
from kb.review.quantities import Quantity

Weigh = Callable[[str], float]

_TOLERANCE = 0.02
"""A year is 365 days or twelve months."""
_LIMITS = {
    "quantity": (1.0, 1.4, 0.62, 0.5),
    "service": (1.4, 0.9, 0.4, 0.65),
    "payer": (0.9, 2.0, 0.9, 0.5),
    "case": (1.8, 0.6, 0.3, 0.6),
    "permission": (1.6, 1.1, 0.5, 0.45),
    "distinct": (1.6, 1.6, 0.6, 0.35),
}
"""For each kind: the evidence that it needs, the contrast that it stands, how much more for what is shared, and the
least strength. Set on the development half of `tests/kb/review/data/clause_pairs.jsonl` and on the alarms over the sample."""
_HEADING = 0.5
_DISTINCT = frozenset({"withdraw", "stack", "address", "cod", "locker", "refuse_sign", "cash", "reuse"})
"""Actions that few rules are about: two rules about one of these nearly always mean the same."""
_ONE_THING = (
    {"return", "ask_refund"},
    {"invoice", "ask_invoice"},
    {"solve", "verify"},
    {"limit", "price_protection"},
    {"report", "evidence"},
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two facts that cannot both hold. `strength` is how much of the subject they share, 0 to 1."""

    left: Fact
    right: Fact
    strength: float


def differences(left: Reading, right: Reading, weigh: Weigh) -> list[Difference]:
    """What two clauses state differently about one subject, the surest first; at most one for each left fact."""
    found: list[Difference] = []
    for fact in left.facts:
        best, settled = None, 0.0
        for other in right.facts:
            if not _comparable(fact, other):
                continue
            verdict = clash(fact, other)
            if verdict is None:
                continue
            strength = likeness(fact, other, left, right, weigh)
            if strength is None or not compatible(fact, other, left, right):
                continue
            if not verdict:
                settled = max(settled, strength)
            elif best is None or strength > best.strength:
                best = Difference(fact, other, strength)
        if best is None or settled >= best.strength or _aside(best, left, right):
            continue
        if not _settled_elsewhere(best, left, right, weigh):
            found.append(best)
    return sorted(_one_for_each(found), key=lambda item: (-item.strength, item.left.start))


def _settled_elsewhere(best: Difference, left: Reading, right: Reading, weigh: Weigh) -> bool:
    """Whether the other clause's fact agrees with another fact of this one that is at least as near to it."""
    for fact in left.facts:
        if fact is best.left or not _comparable(fact, best.right) or clash(fact, best.right) is not False:
            continue
        strength = likeness(fact, best.right, left, right, weigh)
        if strength is not None and strength >= best.strength:
            return True
    return False


def _one_for_each(found: Iterable[Difference]) -> list[Difference]:
    """A deadline and the permission inside it are one difference; so are two facts against one."""
    kept: list[Difference] = []
    for item in sorted(found, key=lambda item: (item.left.kind != "quantity", -item.strength)):
        if not any(item.right.start == other.right.start or item.left.start == other.left.start for other in kept):
            kept.append(item)
    return kept


def _aside(found: Difference, left: Reading, right: Reading) -> bool:
    """Whether one clause names the other's value in brackets, as its exception."""
    first, second = found.left.quantity, found.right.quantity
    if first is None or second is None:
        return False
    return (first.dimension, first.high) in right.asides or (second.dimension, second.high) in left.asides


def _comparable(left: Fact, right: Fact) -> bool:
    if left.kind != right.kind:
        return False
    if left.about == right.about:
        return True
    return any(left.about in group and right.about in group for group in _ONE_THING)


def clash(left: Fact, right: Fact) -> bool | None:
    """True: they contradict; False: they agree; None: they say nothing about each other."""
    if left.kind == "payer":
        if left.parties & right.parties:
            return False
        # What an insurance pays is nobody's share; it says nothing about who bears the rest.
        return None if "insurer" in left.parties | right.parties else True
    if left.kind == "permission":
        return None if left.trigger != right.trigger else left.allowed != right.allowed
    if left.quantity is None or right.quantity is None:
        return None
    return _numbers_clash(left, right, left.quantity, right.quantity)


def _numbers_clash(left: Fact, right: Fact, first: Quantity, second: Quantity) -> bool | None:
    bounds = {first.bound, second.bound}
    if left.trigger != right.trigger and bounds != {"lower"} and (left.allowed is None or right.allowed is None):
        return None
    if "当" in (first.words[:1], second.words[:1]) and left.about not in lexicon.SAME_DAY:
        return None
    if _sooner(left, right, first, second) or _sooner(right, left, second, first):
        return False
    units = {first.dimension, second.dimension}
    if len(units) > 1:
        if units != {"time", "workdays"} or "lower" in (first.bound, second.bound):
            return None
        return True
    if left.tiers != right.tiers and not _same_tiers(left, right):
        return None
    if (first.bound == "lower") != (second.bound == "lower"):
        flipped = left.allowed is not None and right.allowed is not None and left.allowed != right.allowed
        return not _equal(first.high, second.high) if flipped else None
    if first.bound == "lower":
        return not _equal(first.low, second.low)
    if first.ranged and second.ranged and first.bound == second.bound == "exact":
        return not (_equal(first.low, second.low) and _equal(first.high, second.high))
    return not _equal(first.high, second.high)


def _sooner(left: Fact, right: Fact, first: Quantity, second: Quantity) -> bool:
    """Whether a shop does sooner what the law sets a longest time for."""
    if (
        not left.statutory
        or right.statutory
        or left.about not in lexicon.DUTIES
        or first.bound == "lower"
        or second.bound == "lower"
    ):
        return False
    return first.dimension == second.dimension and second.high <= first.high


def _same_tiers(left: Fact, right: Fact) -> bool:
    """Whether the other numbers of both statements are the same case (首重1公斤), not two steps of a table."""
    first, second = dict.fromkeys(left.tiers), dict.fromkeys(right.tiers)
    return all(tier in second for tier in first) or all(tier in first for tier in second)


def _equal(left: float, right: float) -> bool:
    return left == right or abs(left - right) <= _TOLERANCE * max(abs(left), abs(right))


def likeness(left: Fact, right: Fact, first: Reading, second: Reading, weigh: Weigh) -> float | None:
    """How much of their subject two facts share, 0 to 1; None when they are about different things."""
    service = _sort(left, right) == "service"
    shared = sum(map(weigh, left.frame & right.frame))
    mine = sum(map(weigh, left.core - right.frame))
    theirs = sum(map(weigh, right.core - left.frame))
    if service or left.kind == "permission":
        mine += _HEADING * sum(map(weigh, first.heading - second.topic - left.core))
        theirs += _HEADING * sum(map(weigh, second.heading - first.topic - right.core))
    same = sum(bool(left.where.get(name, frozenset()) & values) for name, values in right.where.items())
    evidence = shared + same + (0.5 if left.event and left.event == right.event else 0.0)
    if left.about in _DISTINCT or (left.kind == "quantity" and not service and left.about != "other"):
        evidence += 1.0
    if service:
        evidence += 0.5 if left.core or right.core else 1.5
    contrast = min(mine, theirs)
    needed, free, share, least = _LIMITS[_sort(left, right)]
    if evidence < needed or contrast > free + share * (shared + same):
        return None
    strength = (evidence + 0.5) / (evidence + 0.5 + 0.5 * (mine + theirs) + contrast)
    return strength if strength >= least else None


def _sort(left: Fact, right: Fact) -> str:
    """Which limits hold: a payer in a case that no condition describes needs the same words of that case."""
    if left.kind == "payer":
        return "case" if _unnamed_case(left) or _unnamed_case(right) else "payer"
    if left.about in _DISTINCT:
        return "distinct"
    return "service" if left.kind == "quantity" and left.about in lexicon.SERVICE else left.kind


def _unnamed_case(fact: Fact) -> bool:
    return fact.governed and not fact.where.keys() - {"direction", "insured", "fulfilment"}
