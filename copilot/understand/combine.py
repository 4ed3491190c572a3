"""Merges head and cues into one distribution over subtypes, by one stated rule.

log p(subtype) = HEAD_SHARE · log p_head + CUE_SHARE · cue(subtype) + shifts of the order's facts, normalised.
cue(subtype) grows with the summed weight w of its cues as 1 − exp(−w/3): the first clear cue counts most.
Without a head the cues alone decide over a flat start that favours `other/unclear` a little.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copilot.domain.facts import Facts
from copilot.rulebook.signals import Shift
from copilot.understand.cues import Hit

HEAD_SHARE = 1.0
CUE_SHARE = 2.0
CUES_ALONE = 5.0
LEADERS = 3
"""A shift speaks only where one of the subtypes it concerns is among so many leaders."""

Distribution = NDArray[np.float64]


@dataclass(frozen=True)
class Weighted:
    """Cues of one message and how much that message counts."""

    hits: Mapping[str, Sequence[Hit]]
    weight: float


def cue_scores(keys: Sequence[str], cues: Sequence[Weighted]) -> Distribution:
    """cue(subtype) in [0, 1) for every key."""
    sums = dict.fromkeys(keys, 0.0)
    for part in cues:
        for key, hits in part.hits.items():
            sums[key] += part.weight * sum(hit.weight for hit in hits)
    return np.array([1 - math.exp(-sums[key] / 3) for key in keys])


def combine(keys: Sequence[str], head: Distribution | None, cues: Distribution, shifts: Distribution) -> Distribution:
    """The merged distribution, in the order of `keys`."""
    if head is None:
        flat = np.array([0.5 if key == "other/unclear" else 0.0 for key in keys])
        return _softmax(flat + CUES_ALONE * cues + shifts)
    return _softmax(HEAD_SHARE * np.log(np.maximum(head, 1e-6)) + CUE_SHARE * cues + shifts)


def fact_shifts(keys: Sequence[str], before: Distribution, rules: Sequence[Shift], facts: Facts) -> Distribution:
    """Log odds that the order's facts add, given the distribution `before` them."""
    leaders = {keys[index] for index in np.argsort(before)[::-1][:LEADERS]}
    added = np.zeros(len(keys))
    for rule in rules:
        if (not rule.away_from or leaders & {rule.towards, *rule.away_from}) and _applies(rule, facts):
            added[keys.index(rule.towards)] += rule.weight
    return added


def _applies(rule: Shift, facts: Facts) -> bool:
    stuck = facts.hours_since_last_event
    tests = (
        not rule.status or facts.order_status in rule.status,
        not rule.application or facts.application_state in rule.application,
        not rule.tags or bool(facts.tags and facts.tags & set(rule.tags)),
        rule.days_after is None or (facts.days_since_signing is not None and facts.days_since_signing > rule.days_after),
        rule.promised_delivery_passed is None or facts.promise_passed is rule.promised_delivery_passed,
        rule.stuck_hours is None or (stuck is not None and stuck >= rule.stuck_hours),
    )
    return all(tests)


def _softmax(score: Distribution) -> Distribution:
    powers = np.exp(score - score.max())
    shares: Distribution = powers / powers.sum()
    return shares
