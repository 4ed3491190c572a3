"""Orders the problems of a message: the leading one by handling, the others as secondary issues."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from copilot.domain.suggestion import Alternative, SecondaryIssue
from copilot.domain.vocabulary import IssueType
from copilot.rulebook.signals import Signals
from copilot.understand.combine import CUES_ALONE, Distribution, Weighted, combine, cue_scores
from copilot.understand.cues import Hit
from copilot.understand.focus import Focus
from copilot.understand.fold import sentences
from copilot.understand.head import Head
from copilot.understand.utterance import Utterance

_JOINT = re.compile(
    r"，?(?:另外|还有|而且|顺便|同时|再就是|再有|并且|以及|还想问|对了|然后还|加上|外加|另)|，(?=客服|快递员|师傅|发票|赠品|退款)"
)
_SURE = 0.62
_VERY_SURE = 0.8
_UNSURE = 0.45
_SUPPORTED = 0.12
_SHORTEST = 5
_MOST_SEGMENTS = 12
_MOST_SECONDARY = 3


@dataclass(frozen=True)
class Verdict:
    """The leading problem with its confidence, the other problems and the other readings."""

    key: str
    confidence: float
    secondary: tuple[str, ...]
    alternatives: tuple[Alternative, ...]

    def with_others(self, keys: Sequence[str]) -> "Verdict":
        """The verdict with further problems that are not the same matter as one that it has."""
        secondary = list(self.secondary)
        for key in keys:
            fresh = not any(_same_matter(key, other) for other in (self.key, *secondary))
            if fresh and not key.startswith("other/"):
                secondary.append(key)
        return replace(self, secondary=tuple(secondary[:_MOST_SECONDARY])) if keys else self


def key_of(issue_type: IssueType | str, subtype: str) -> str:
    return f"{issue_type}/{subtype}"


def split_key(key: str) -> tuple[IssueType, str]:
    issue_type, _, subtype = key.partition("/")
    return IssueType(issue_type), subtype


def secondary_issue(key: str) -> SecondaryIssue:
    issue_type, subtype = split_key(key)
    return SecondaryIssue(issue_type=issue_type, issue_subtype=subtype)


class Problems:
    """Reads the distribution over the whole and the separate parts of what was said."""

    def __init__(self, keys: Sequence[str], signals: Signals, head: Head | None) -> None:
        self._keys = list(keys)
        self._head = head
        self._types = np.array([key.split("/")[0] for key in keys])
        self._rank = {key: rank for rank, group in enumerate(signals.handling_order) for key in group}

    def judge(self, whole: Distribution, seen: Focus, hits: Mapping[str, Sequence[Hit]]) -> Verdict:
        """Issue type = the one whose subtypes weigh most together; a separate problem of an earlier class leads."""
        types = {str(name): float(whole[self._types == name].sum()) for name in dict.fromkeys(self._types)}
        leading = max(types, key=lambda name: types[name])
        key = self._best(whole, leading)
        confidence = types[leading]
        unsure = confidence < _UNSURE
        separate = {other: sure for other, sure in self._separate(seen, hits, by_clause=unsure).items() if other != key}
        others = list(separate)
        for other, sure in separate.items():
            # A part that only sounds like another problem does not lead: the whole must see it too, or it is plain.
            supported = float(whole[self._keys.index(other)]) >= _SUPPORTED or sure or unsure
            if self._rank[other] < self._rank[key] and supported and not _same_matter(key, other):
                others = [key if entry == other else entry for entry in others]
                key, confidence = other, max(types[other.split("/")[0]], 0.5)
        secondary = tuple(dict.fromkeys(o for o in others if o.split("/")[0] != "other" and not _same_matter(key, o)))
        secondary = tuple(sorted(secondary, key=lambda entry: self._rank[entry]))[:_MOST_SECONDARY]
        return Verdict(key, min(1.0, confidence), secondary, self._alternatives(whole, types, key.split("/")[0]))

    def _best(self, whole: Distribution, issue_type: str) -> str:
        inside = np.where(self._types == issue_type, whole, -1.0)
        return self._keys[int(inside.argmax())]

    def _alternatives(self, whole: Distribution, types: Mapping[str, float], leading: str) -> tuple[Alternative, ...]:
        ranked = sorted((name for name in types if name != leading), key=lambda name: -types[name])
        found = []
        for name in ranked[:3]:
            if types[name] >= 0.04:
                issue_type, subtype = split_key(self._best(whole, name))
                found.append(
                    Alternative(issue_type=issue_type, issue_subtype=subtype, confidence=round(types[name], 4))
                )
        return tuple(found)

    def _separate(self, seen: Focus, hits: Mapping[str, Sequence[Hit]], *, by_clause: bool) -> dict[str, bool]:
        """Subtypes that a part of the message states by itself, in order of appearance, and whether plainly.

        Where the whole says little, its clauses are asked one by one: 用了一次就不加热了，客服说补我一百，什么时候给.
        """
        found: dict[str, bool] = {}
        utterance = seen.speaking
        segments = utterance.clauses[:_MOST_SEGMENTS] if by_clause else _segments(utterance)
        for start, end in segments if len(segments) > 1 else ():
            text = utterance.text[start:end]
            aside = utterance.is_settled(start) or seen.is_aside(utterance.message, start)
            if end - start < _SHORTEST or aside:
                continue
            own = {
                key: [hit for hit in entries if start <= hit.start < end and hit.message == utterance.message]
                for key, entries in hits.items()
            }
            cues = cue_scores(self._keys, [Weighted(own, 1.0)])
            head = None
            if self._head is not None:
                head = self._head.subtype_probabilities(self._head.features([(text, 1.0)]), None)
            shares = combine(
                self._keys, head, cues if head is not None else cues * (4 / CUES_ALONE), np.zeros(len(cues))
            )
            top = int(shares.argmax())
            certain = any(hit.weight >= 2 for hit in own.get(self._keys[top], ()))
            if shares[top] >= (_SURE if certain else _VERY_SURE):
                plain = certain and float(shares[top]) >= _VERY_SURE
                found[self._keys[top]] = plain or found.get(self._keys[top], False)
        return found


def _segments(utterance: Utterance) -> list[tuple[int, int]]:
    spans = []
    for start, end in sentences(utterance.text):
        position = start
        for match in _JOINT.finditer(utterance.text, start, end):
            if match.start() > position:
                spans.append((position, match.start()))
            position = match.start()
        spans.append((position, end))
    return spans[:_MOST_SEGMENTS]


_ONE_MATTER = (
    {"logistics/delay", "logistics/no_update", "logistics/lost", "logistics/signed_not_received", "order/rush_shipping", "order/status_query"},
    {"return_exchange/no_reason_return", "return_exchange/exchange", "return_exchange/late_or_ineligible",
     "return_exchange/return_progress", "refund_payment/refund_progress", "logistics/pickup", "order/cancel"},
    {"quality/damaged", "quality/malfunction", "quality/safety_hazard", "quality/not_as_described", "quality/counterfeit",
     "quality/spoiled", "usage/warranty_repair", "usage/how_to", "return_exchange/no_reason_return", "return_exchange/exchange",
     "return_exchange/late_or_ineligible", "service/false_advertising", "logistics/package_damaged"},
    {"order/wrong_item", "order/missing_item", "quality/not_as_described", "return_exchange/exchange", "promotion/gift",
     "return_exchange/no_reason_return"},
    {"invoice/request", "invoice/correction", "invoice/not_received"},
    {"promotion/rule_question", "promotion/coupon_unusable", "refund_payment/price_protection", "promotion/gift"},
    {"account/login_password", "account/security", "account/system_error", "refund_payment/payment_failure"},
    {"service/attitude", "service/process_failure", "other/human_handoff"},
)  # fmt: skip
"""Sides of one matter: told together they are one problem (坏了要换 is quality, not quality and exchange)."""


def _same_matter(first: str, second: str) -> bool:
    return first == second or any(first in group and second in group for group in _ONE_MATTER)
