"""Merges head and cues into one distribution over subtypes, by one stated rule.

log p(subtype) = HEAD_SHARE · log p_head + CUE_SHARE · cue(subtype) + heard(subtype), normalised.
cue(subtype) grows with the summed weight w of its cues as 1 − exp(−w/3): the first clear cue counts most.
heard(subtype) is what signals add (rulebook: heard). Then the order's facts move shares of probability from what
they rule out to what they make of it (rulebook: shifts): 还没到 on an order that is not sent is a matter of sending.
Without a head the cues alone decide over a flat start that favours `other/unclear` a little.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copilot.domain.facts import Facts
from copilot.rulebook.signals import Heard, Shift
from copilot.understand.cues import Found, Hit

HEAD_SHARE = 1.0
CUE_SHARE = 2.0
CUES_ALONE = 5.0
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


def combine(keys: Sequence[str], head: Distribution | None, cues: Distribution, heard: Distribution) -> Distribution:
    """The merged distribution, in the order of `keys`."""
    if head is None:
        doubt = 0.5 if cues.any() else 3.0
        flat = np.array([doubt if key == "other/unclear" else 0.0 for key in keys])
        return _softmax(flat + CUES_ALONE * cues + heard)
    return _softmax(HEAD_SHARE * np.log(np.maximum(head, 1e-6)) + CUE_SHARE * cues + heard)


def applying(rules: Sequence[Shift], facts: Facts, said: str) -> tuple[Shift, ...]:
    """The shifts whose facts hold and whose words the customer does not say; `said` is folded."""
    return tuple(
        rule for rule in rules if _applies(rule, facts) and not any(word in said for word in rule.without)
    )  # fmt: skip


def shifted(keys: Sequence[str], shares: Distribution, rules: Sequence[Shift]) -> Distribution:
    """`shares` after every rule has moved its part, in the rulebook's order."""
    moved = shares.copy()
    for rule in rules:
        for key in rule.away_from:
            part = rule.share * moved[keys.index(key)]
            moved[keys.index(key)] -= part
            moved[keys.index(rule.towards)] += part
    return moved


def hearing(rules: Sequence[Heard], found: Mapping[str, Found]) -> tuple[Heard, ...]:
    """The rules whose signal is on, or off, as they want it."""
    return tuple(
        rule
        for rule in rules
        if (rule.signal in found) is rule.present and not any(path in found for path in rule.unless)
    )


def signal_shifts(keys: Sequence[str], rules: Sequence[Heard]) -> Distribution:
    """Log odds that signals add: danger that nobody tells of speaks against a hazard."""
    added = np.zeros(len(keys))
    for rule in rules:
        added[keys.index(rule.towards)] += rule.weight
    return added


def _applies(rule: Shift, facts: Facts) -> bool:
    stuck = facts.hours_since_last_event
    tests = (
        not rule.status or facts.order_status in rule.status,
        not rule.application or facts.application_state in rule.application,
        not rule.tags or bool(facts.tags and facts.tags & set(rule.tags)),
        rule.days_after is None
        or (facts.days_since_signing is not None and facts.days_since_signing > rule.days_after),
        rule.promised_delivery_passed is None or facts.promise_passed is rule.promised_delivery_passed,
        rule.stuck_hours is None or (stuck is not None and stuck >= rule.stuck_hours),
    )
    return all(tests)


def _softmax(score: Distribution) -> Distribution:
    powers = np.exp(score - score.max())
    shares: Distribution = powers / powers.sum()
    return shares
