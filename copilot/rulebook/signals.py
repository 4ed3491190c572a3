"""What a customer's words signal: risks, demands, feelings, promises; read from data/signals.yaml.

Patterns are text with a few marks: `{slot}` any word of that slot, `(a|b)` alternatives, `(a)?` optional, `#` a
number in digits or Chinese numerals, `…` up to eight characters inside the clause, `……` up to sixteen inside the
sentence, `^` and `$` the ends of the message. Everything else stands for itself. They are matched in folded text:
lower case, half-width, simplified, without spaces between characters.
"""

import re
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from copilot.domain.vocabulary import SUBTYPES, Demand, Emotion, ItemTag, OrderStatus, RiskFlag
from copilot.errors import RulebookError
from copilot.rulebook.source import RuleModel, read

Phrase = Annotated[str, Field(min_length=1, max_length=300)]
Key = Annotated[str, Field(pattern=r"^[a-z_]+/[a-z_]+$")]
"""issue_type/issue_subtype."""

NUMBER = r"(?:\d+|[零〇一二两三四五六七八九十百千万几数多]+)"
MARK = re.compile(r"\{[a-z_]+\}|……|…|[()|#^$]|(?<=\))\?")
_CLAUSE_GAP = r"[^，。！？；\n]{0,8}?"
_SENTENCE_GAP = r"[^。！？\n]{0,16}?"


class Feature(RuleModel):
    """One way a signal shows; counted once however many of its patterns are found."""

    weight: float = 1
    patterns: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    negatable: bool = True
    """False where the pattern is meant with its own negation (没人管)."""


class Signal(RuleModel):
    """On when the weights of its features reach `threshold`."""

    why: Phrase
    threshold: float = 1
    features: Annotated[tuple[Feature, ...], Field(min_length=1)]
    unless: tuple[Phrase, ...] = ()
    """Patterns that take the word's force away in their clause (我是律师)."""
    examples: tuple[Phrase, ...] = ()
    """What must switch it on, checked by the tests and learned by the trained head."""
    counterexamples: tuple[Phrase, ...] = ()
    """What uses its words and must not."""


class Negation(RuleModel):
    """How a clause takes a phrase back: `before` [+ `fillers`] + phrase, or phrase + `after`."""

    before: tuple[Phrase, ...]
    fillers: tuple[Phrase, ...]
    after: tuple[Phrase, ...]
    affirmative: tuple[Phrase, ...]
    """Forms that look negated and affirm (这不就是, 难道不是)."""


class Settled(RuleModel):
    """An earlier problem that is told and over: `past` and `done` close together."""

    past: tuple[Phrase, ...]
    done: tuple[Phrase, ...]


class Shift(RuleModel):
    """What the order's facts make of a doubtful problem: `share` of the probability of `away_from` moves."""

    id: str
    towards: Key
    away_from: Annotated[tuple[Key, ...], Field(min_length=1)]
    share: Annotated[float, Field(gt=0, le=1)]
    without: tuple[Phrase, ...] = ()
    """Words that keep the rule silent where the customer says one."""
    status: tuple[OrderStatus, ...] = ()
    application: tuple[str, ...] = ()
    tags: tuple[ItemTag, ...] = ()
    days_after: int | None = None
    """More than this many days since signing."""
    promised_delivery_passed: bool | None = None
    stuck_hours: int | None = None
    """At least this long since the last logistics event."""


class Heard(RuleModel):
    """What a signal makes of the problem: `weight` (log odds) is added to `towards` where it is (or is not) on."""

    signal: str
    present: bool = True
    unless: tuple[str, ...] = ()
    """Signals that keep the rule silent."""
    towards: Key
    weight: float


class PriorityRules(RuleModel):
    """Which subtypes and flags raise or lower the priority."""

    p0_flags: tuple[RiskFlag, ...]
    p1_flags: tuple[RiskFlag, ...]
    p1_subtypes: tuple[Key, ...]
    p3_subtypes: tuple[Key, ...]
    p3_when_asked_only: tuple[Key, ...]
    """Subtypes that need no work when the customer only asks how the rule is."""


class Thresholds(RuleModel):
    high_value: Annotated[Decimal, Field(gt=0)]
    """CNY."""
    repeated_contacts: Annotated[int, Field(ge=1)]
    """`history.contacts_same_issue` from here on is repeated contact."""
    public_group: Annotated[int, Field(ge=2)]
    """Customers with the same problem from which a complaint is level 1."""
    unclear_below: Annotated[float, Field(ge=0, le=1)]


class GroupRules(RuleModel):
    """Whose tickets together make a group complaint: customers with one problem of one SKU."""

    customers: Annotated[int, Field(ge=2)]
    within_hours: Annotated[int, Field(ge=1)]
    problems: Annotated[tuple[Key, ...], Field(min_length=1)]
    """What points to the goods or to how they are sold; many customers who ask for an invoice are no incident."""


class Signals(RuleModel):
    slots: dict[str, tuple[Phrase, ...]]
    negation: Negation
    settled: Settled
    risk_flags: dict[RiskFlag, Signal]
    demands: dict[Demand, Signal]
    emotions: dict[Emotion, Signal]
    marks: dict[str, Signal]
    default_demands: dict[Key, tuple[Demand, ...]]
    handling_order: Annotated[tuple[tuple[Key, ...], ...], Field(min_length=1)]
    """Classes of subtypes, the one whose handling comes first first."""
    shifts: tuple[Shift, ...]
    heard: tuple[Heard, ...]
    priority: PriorityRules
    high_value_subtypes: tuple[Key, ...]
    complaint_subtypes: tuple[Key, ...]
    thresholds: Thresholds
    group: GroupRules
    goods: tuple[Phrase, ...]
    """Nouns of goods, for the products a customer names."""
    measures: tuple[Phrase, ...]
    """Measure words that count goods."""

    @cached_property
    def all(self) -> dict[str, Signal]:
        """Every signal by its path, such as `risk_flags.regulator`."""
        found: dict[str, Signal] = {}
        for group in ("risk_flags", "demands", "emotions", "marks"):
            found.update({f"{group}.{name}": signal for name, signal in getattr(self, group).items()})
        return found

    @model_validator(mode="after")
    def _known_names(self) -> "Signals":
        known = {f"{issue_type}/{subtype}" for issue_type, subtypes in SUBTYPES.items() for subtype in subtypes}
        named = [*self.default_demands, *self.high_value_subtypes, *self.complaint_subtypes]
        named += self.group.problems
        named += [key for group in self.handling_order for key in group]
        named += [key for shift in self.shifts for key in (shift.towards, *shift.away_from)]
        named += [rule.towards for rule in self.heard]
        named += [*self.priority.p1_subtypes, *self.priority.p3_subtypes, *self.priority.p3_when_asked_only]
        unknown = sorted(set(named) - known)
        if unknown:
            raise ValueError(f"unknown issue subtypes: {', '.join(unknown)}")
        ordered = [key for group in self.handling_order for key in group]
        if sorted(ordered) != sorted(known):
            raise ValueError("handling_order must name every subtype once; check "
                             + ", ".join(sorted(known.symmetric_difference(ordered))))  # fmt: skip
        paths = {path for rule in self.heard for path in (rule.signal, *rule.unless)}
        if paths - set(self.all):
            raise ValueError(f"heard: unknown signals: {', '.join(sorted(paths - set(self.all)))}")
        for path, signal in self.all.items():
            for pattern in (*signal.unless, *(p for feature in signal.features for p in feature.patterns)):
                self._check(path, pattern)
        return self

    def _check(self, path: str, pattern: str) -> None:
        try:
            expression = self.expression(pattern)
        except KeyError as error:
            raise ValueError(f"{path}: pattern {pattern!r} names the unknown slot {error}") from error
        try:
            compiled = re.compile(expression)
        except re.error as error:
            raise ValueError(f"{path}: pattern {pattern!r} is malformed: {error}") from error
        if compiled.match(""):
            raise ValueError(f"{path}: pattern {pattern!r} matches empty text")

    def expression(self, pattern: str) -> str:
        """The regular expression of a pattern.

        Raises:
            KeyError: a slot is unknown.
        """
        parts, position = [], 0
        for mark in MARK.finditer(pattern):
            parts.append(_literal(pattern[position : mark.start()]))
            parts.append(self._mark(mark.group()))
            position = mark.end()
        parts.append(_literal(pattern[position:]))
        return "".join(parts)

    def _mark(self, mark: str) -> str:
        if mark.startswith("{"):
            # Longer words first, so that 消费者协会 is taken whole before 消费.
            words = sorted(self.slots[mark[1:-1]], key=len, reverse=True)
            return "(?:" + "|".join(self.expression(word) for word in words) + ")"
        return {"…": _CLAUSE_GAP, "……": _SENTENCE_GAP, "#": NUMBER, "(": "(?:"}.get(mark, mark)


def _literal(text: str) -> str:
    # 12315 inside a longer number is part of that number.
    return rf"(?<!\d){text}(?!\d)" if text.isdigit() else re.escape(text)


def load(path: Path) -> Signals:
    """Reads data/signals.yaml.

    Raises:
        RulebookError: the file does not fit, a pattern is malformed, or a risk flag, demand or emotion is missing.
    """
    signals = read(path, Signals)
    # high_value rests on amounts, not on words.
    wanted: dict[str, set[str]] = {
        "risk_flags": {*RiskFlag} - {RiskFlag.HIGH_VALUE} - set(signals.risk_flags),
        "demands": {*Demand} - set(signals.demands),
        "emotions": {*Emotion} - {Emotion.CALM} - set(signals.emotions),
    }
    for group, missing in wanted.items():
        if missing:
            raise RulebookError(f"{path.name}:1: {group} missing: {', '.join(sorted(missing))}; add them")
    return signals
