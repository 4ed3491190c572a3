"""Whether two facts speak of the same case: conditions, actors and starting events that part them or do not."""

from __future__ import annotations

from kb.review import case_words, lexicon
from kb.review.facts import Fact, Reading
from kb.review.statements import Conditions

_PARTING = frozenset({"reason", "goods", "sale", "subject", "area", "site"})
"""Dimensions in which the sentences before a fact say what it is about, where it does not say so itself."""
_TELLING = ("reason", "goods")
_STRICT_HEADINGS = frozenset({"goods", "sale", "area", "invoice", "part", "customer", "site", "urgency"})
_SERVICE_DIMENSIONS = frozenset({"subject", "contact", "step", "reason"})
_PLACED = ("direction", "step")
"""What only the fact's own words say; a neighbour's direction or step is another one's."""
_NONE: frozenset[str] = frozenset()


def compatible(left: Fact, right: Fact, first: Reading, second: Reading) -> bool:
    """Whether both facts can hold for one order: no condition, actor or starting event parts them."""
    if left.event and right.event and left.event != right.event:
        return False
    if left.actor and right.actor and left.actor != right.actor and left.kind != "payer":
        return False
    if any(
        not left.around[name] & right.around[name]
        for name in _PARTING & left.around.keys() & right.around.keys()
        if name not in left.where and name not in right.where
    ):
        return False
    return _covered(left, right, first, second) and _covered(right, left, second, first)


def _covered(left: Fact, right: Fact, first: Reading, second: Reading) -> bool:
    """Whether every condition of `left` may be met where `right` holds."""
    return (
        all(_meets(left, right, second, name, values) for name, values in left.where.items())
        and _context_meets(left, right, first)
        and all(_heading_meets(left, right, second, name, values) for name, values in first.where.items())
    )


def _meets(left: Fact, right: Fact, second: Reading, name: str, values: frozenset[str]) -> bool:
    """Whether one condition of `left` holds, may hold, or does not matter where `right` holds."""
    others = right.where.get(name)
    if others is None and name not in _PLACED:
        others = right.around.get(name)
    if others is not None:
        return bool(values & others)
    if right.universal or (name == "insured" and "费险" in right.frame):
        return True
    if name in case_words.OPEN_DIMENSIONS and not (left.about in lexicon.SERVICE and name in _SERVICE_DIMENSIONS):
        return True
    if values & second.anywhere.get(name, _NONE):
        return True
    return values <= _neutral(name) and not (right.governed and left.kind != "quantity")


def _context_meets(left: Fact, right: Fact, first: Reading) -> bool:
    """Whether what the sentences before `left` speak of does not make it an exception to `right`."""
    if left.kind == "payer" or right.universal:
        return True
    return all(
        name in left.where
        or name in right.where
        or name in right.around
        or left.around.get(name, _NONE) - first.where.get(name, _NONE) <= _neutral(name)
        for name in _TELLING
    )


def _heading_meets(left: Fact, right: Fact, second: Reading, name: str, values: frozenset[str]) -> bool:
    strict = _STRICT_HEADINGS | _SERVICE_DIMENSIONS if left.about in lexicon.SERVICE else _STRICT_HEADINGS
    if name in left.where or name not in strict:
        return True
    others = _first_known(name, right.where, second.where, right.around)
    if others is None:
        return right.universal or values <= _neutral(name)
    return bool(values & others)


def _first_known(name: str, *held: Conditions) -> frozenset[str] | None:
    return next((conditions[name] for conditions in held if name in conditions), None)


def _neutral(name: str) -> frozenset[str]:
    """Values that mean the ordinary case: naming them narrows nothing."""
    return case_words.NEUTRAL_VALUES.get(name, _NONE)
