"""Demands, emotion, risks, complaint level and priority, as the contract defines them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from copilot.domain.facts import Facts
from copilot.domain.groups import Group
from copilot.domain.suggestion import Entities
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Demand, Emotion, ItemTag, Priority, RiskFlag
from copilot.rulebook.signals import NUMBER, Signals
from copilot.understand.cues import Found
from copilot.understand.merge import Impression
from copilot.understand.numerals import integer
from copilot.understand.problems import Verdict

_SURE = 0.6
_THREATS = (RiskFlag.REGULATOR, RiskFlag.LEGAL_THREAT, RiskFlag.MEDIA_EXPOSURE)
_PEOPLE = re.compile(rf"({NUMBER})(?:多|来)?(?:个|位|名|户|家|人)")
_TIMES = re.compile(rf"第?({NUMBER})(?:次|遍|回)")
_EDIBLE = ("food", "fresh", "drug", None)
_INEDIBLE = re.compile(
    r"面膜|面霜|精华|口红|护肤|化妆|洗发|防晒|鲜花|花束|玫瑰|百合|花头|洗衣液|香水|乳液|牙膏|绿植|盆栽|衣服|鞋"
)


_TROUBLE = ("quality/", "order/wrong_item", "order/missing_item", "logistics/")


@dataclass(frozen=True)
class Attributes:
    demands: tuple[Demand, ...]
    emotion: Emotion
    high_emotion: bool
    risk_flags: tuple[RiskFlag, ...]
    complaint_level: Literal[1, 2, 3] | None
    priority: Priority
    contacts: int | None
    """How often the customer says to have asked, at least 2 where it is said at all."""


@dataclass(frozen=True)
class Situation:
    """What the attributes are judged from."""

    ticket: Ticket
    facts: Facts
    verdict: Verdict
    found: Mapping[str, Found]
    """Where signals fired, for what their words say beyond that."""
    impression: Impression
    entities: Entities
    text: str
    """All that the customer said, folded."""
    group: Group | None = None
    """Customers with the same problem, counted over stored tickets; null: not counted."""

    @property
    def key(self) -> str:
        return self.verdict.key

    @property
    def secondary(self) -> tuple[str, ...]:
        return self.verdict.secondary


class AttributeJudge:
    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    def judge(self, situation: Situation) -> Attributes:
        """Every attribute of one ticket."""
        flags = self._flags(situation)
        emotion = situation.impression.emotion
        contacts = self._contacts(situation)
        known = situation.facts.contacts_same_issue or 0
        repeated = max(contacts or 0, known) >= self._signals.thresholds.repeated_contacts
        threatened = any(flag in flags for flag in _THREATS) or self._review_threat(situation)
        high = emotion is Emotion.ANGRY or repeated or threatened
        level = self._complaint_level(situation, flags, emotion, repeated)
        demands = self._demands(situation, emotion)
        return Attributes(
            demands=demands, emotion=emotion, high_emotion=high,
            risk_flags=tuple(flag for flag in RiskFlag if flag in flags), complaint_level=level,
            priority=self._priority(situation, flags, high, level, demands, emotion), contacts=contacts,
        )  # fmt: skip

    def _flags(self, situation: Situation) -> set[RiskFlag]:
        flags = set(situation.impression.risks)
        if "withdrawn" in situation.impression.marks:
            flags -= {*_THREATS}
        account = situation.key.startswith("account/")
        if RiskFlag.SYSTEM_OUTAGE in situation.impression.doubtful and not account:
            flags.discard(RiskFlag.SYSTEM_OUTAGE)
        if RiskFlag.SYSTEM_OUTAGE in flags or account:
            # That others cannot get in either makes it an outage at most, not a second incident.
            flags.discard(RiskFlag.GROUP_COMPLAINT)
        if self._spoiled_food(situation):
            flags.add(RiskFlag.FOOD_DRUG)
        if self._high_value(situation):
            flags.add(RiskFlag.HIGH_VALUE)
        if self._counted_group(situation):
            flags.add(RiskFlag.GROUP_COMPLAINT)
        return flags

    def _counted_group(self, situation: Situation) -> bool:
        return situation.group is not None and situation.group.customers >= self._signals.group.customers

    @staticmethod
    def _spoiled_food(situation: Situation) -> bool:
        if "quality/spoiled" not in (situation.key, *situation.secondary) or situation.facts.category not in _EDIBLE:
            return False
        edible = situation.facts.category is not None or "marks.edible" in situation.found
        return not _INEDIBLE.search(situation.text) and (edible or situation.verdict.confidence >= 0.7)

    def _high_value(self, situation: Situation) -> bool:
        if not {situation.key, *situation.secondary} & set(self._signals.high_value_subtypes):
            return False
        amounts = [situation.facts.amount, *(item.price for item in situation.ticket.items())]
        # What the customer asks for (赔我三万) says nothing of what the goods are worth.
        amounts += [
            mention.amount for mention in situation.entities.amounts if not re.search("赔|补|退", mention.text)
            and not re.search(rf"(?:赔|补|退)\D{{0,6}}{re.escape(mention.text)}", situation.text)
        ]  # fmt: skip
        return any(amount is not None and amount >= self._signals.thresholds.high_value for amount in amounts)

    def _contacts(self, situation: Situation) -> int | None:
        if "repeated_contact" not in situation.impression.marks or "marks.first_contact" in situation.found:
            return None
        hits = situation.found.get("marks.repeated_contact", Found()).hits
        counts = [integer(match[1]) for hit in hits for match in _TIMES.finditer(hit.phrase)]
        return max([2, *(count for count in counts if count and count < 100)])

    def _review_threat(self, situation: Situation) -> bool:
        return "review_threat" in situation.impression.marks and "withdrawn" not in situation.impression.marks

    def _complaint_level(
        self, situation: Situation, flags: set[RiskFlag], emotion: Emotion, repeated: bool
    ) -> Literal[1, 2, 3] | None:
        marks = situation.impression.marks
        media = RiskFlag.MEDIA_EXPOSURE in flags and "media_involved" in marks
        regulator = RiskFlag.REGULATOR in flags and "regulator_involved" in marks
        if RiskFlag.PERSONAL_SAFETY in flags or media or regulator or self._public_group(situation, flags):
            return 1
        # A guess that it is about the service makes no calm message a complaint.
        sure = situation.verdict.confidence >= _SURE or emotion is not Emotion.CALM
        service = situation.key in self._signals.complaint_subtypes and not {"praise", "withdrawn"} & marks
        complaint = (
            # Who says 我要投诉 complains, whatever the rest sounds like.
            (("complaint" in marks or "marks.complaint" in situation.found) and "withdrawn" not in marks)
            or emotion is Emotion.ANGRY
            or (service and sure)
            or (emotion is Emotion.DISSATISFIED and repeated)
        )
        customized = bool(situation.facts.tags and ItemTag.CUSTOMIZED in situation.facts.tags)
        severe = {*_THREATS, RiskFlag.PROFESSIONAL_CLAIMANT, RiskFlag.GROUP_COMPLAINT}
        if flags & severe or self._review_threat(situation):
            return 2
        if complaint and (customized or "departments" in marks):
            return 2
        return 3 if complaint else None

    def _public_group(self, situation: Situation, flags: set[RiskFlag]) -> bool:
        """Five customers or more; 好几家, 很多人 without a number counts as many."""
        if RiskFlag.GROUP_COMPLAINT not in flags:
            return False
        if self._counted_group(situation):
            return True
        group = situation.found.get("risk_flags.group_complaint")
        text = "".join(hit.phrase for hit in group.hits) if group else situation.text
        counts = [count for match in _PEOPLE.finditer(text) if (count := integer(match[1])) is not None and count > 1]
        return not counts or max(counts) >= self._signals.thresholds.public_group

    def _demands(self, situation: Situation, emotion: Emotion) -> tuple[Demand, ...]:
        wanted = set(situation.impression.demands)
        if "withdrawn" in situation.impression.marks:
            wanted.discard(Demand.ESCALATE)
        troubled = situation.key.startswith(_TROUBLE)
        if "marks.policy_question" in situation.found and emotion is Emotion.CALM and not troubled:
            # 支持退货吗，运费谁出 asks for the rule; who names a defect beside it wants it settled.
            wanted = {Demand.INFORMATION}
        progress = situation.key in ("refund_payment/refund_progress", "return_exchange/return_progress")
        if progress and emotion is Emotion.CALM and Demand.INFORMATION in wanted:
            # 退款几天到 asks about a refund that is under way; it demands none.
            wanted -= {Demand.REFUND, Demand.RETURN}
        if Demand.CANCEL in wanted and situation.key.startswith(("return_exchange/", "quality/")):
            # 不想要了 of goods that are in hand asks for a return.
            wanted = wanted - {Demand.CANCEL} | {Demand.RETURN}
        acts = wanted - {Demand.INFORMATION}
        if acts:
            wanted = acts
        elif situation.key in self._signals.default_demands and Demand.INFORMATION not in wanted:
            wanted = set(self._signals.default_demands[situation.key])
        return tuple(demand for demand in Demand if demand in wanted)

    def _priority(
        self,
        situation: Situation,
        flags: set[RiskFlag],
        high: bool,
        level: int | None,
        demands: Sequence[Demand],
        emotion: Emotion,
    ) -> Priority:
        rules = self._signals.priority
        if flags & set(rules.p0_flags) or level == 1:
            return Priority.P0
        if flags & set(rules.p1_flags) or situation.key in rules.p1_subtypes or high or level == 2:
            return Priority.P1
        charged = situation.key == "refund_payment/payment_failure" and "marks.money_taken" in situation.found
        if charged:
            return Priority.P1
        if situation.key in rules.p3_subtypes:
            return Priority.P3
        asked = set(demands) <= {Demand.INFORMATION} and "marks.policy_question" in situation.found
        if asked and situation.key in rules.p3_when_asked_only and emotion is Emotion.CALM:
            return Priority.P3
        return Priority.P2
