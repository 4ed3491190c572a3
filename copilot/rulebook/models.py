"""The shapes of the rulebook's files: what a policy owner may write and what it means."""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from copilot.domain.vocabulary import (
    Action,
    EntitlementVerdict,
    IssueType,
    MissingField,
    Owner,
)
from copilot.rulebook.conditions import Condition
from copilot.rulebook.source import RuleModel

_SPAN = re.compile(r"^(\d+)(s|m|h|d|wd|wh)$")
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Span(RuleModel):
    """A length of time: natural seconds, minutes, hours, days; working days (`3wd`) or office hours (`4wh`)."""

    natural: timedelta = timedelta()
    working_days: int = 0
    working_hours: int = 0
    written: str = ""

    @property
    def label(self) -> str:
        """As a Chinese reader expects it: 30秒, 2小时, 3个工作日."""
        number, unit = _SPAN.match(self.written).groups()  # type: ignore[union-attr]  # validated on read
        return number + {"s": "秒", "m": "分钟", "h": "小时", "d": "天", "wd": "个工作日", "wh": "个工作小时"}[unit]


def _span(value: Any) -> Any:
    match = _SPAN.match(str(value))
    if not match:
        raise ValueError("must be a number and a unit: 30s, 15m, 2h, 3d or 3wd (working days), 4wh (office hours)")
    number, unit = int(match[1]), match[2]
    if unit == "wd":
        return Span(working_days=number, written=str(value))
    if unit == "wh":
        return Span(working_hours=number, written=str(value))
    return Span(natural=number * _UNITS[unit], written=str(value))


Duration = Annotated[Span, BeforeValidator(_span), PlainSerializer(lambda span: span.written)]

Basis = Literal["law", "standing_rule", "standing_authority", "approval", "none"]
"""What backs the row's promise; `none` backs nothing: the verdict is then needs_approval, denied or unknown."""


class FreightRule(RuleModel):
    borne_by: Literal["customer", "merchant", "platform", "insurance"] | None = None
    paid_at_pickup_by: Literal["customer"] | None = None


class DeadlineRule(RuleModel):
    """By when the customer has to act; counted in calendar days from a moment of the order."""

    days: int
    since: Literal["signed_at", "paid_at", "return_received_at"]


class EntitlementRow(RuleModel):
    id: str
    when: Condition = Condition()
    verdict: EntitlementVerdict
    basis: Basis
    reason: str
    conditions: tuple[str, ...] = ()
    """What is still to be verified, as the agent would say it."""
    freight: FreightRule | None = None
    deadline: DeadlineRule | None = None
    cite: tuple[str, ...] = ()
    rule_of: Literal["platform", "shop"] = "shop"
    """Of a standing rule: whose it is. A platform's rule outranks a shop's policy."""


class EntitlementTable(RuleModel):
    """One action's decision table: the first row that holds decides."""

    action: Action
    rows: tuple[EntitlementRow, ...]


class EntitlementFile(RuleModel):
    asks: dict[str, MissingField]
    """Fact that a row needs and the ticket lacks → what to ask the customer for."""
    absent_means_no: tuple[str, ...] = ()
    """Facts that a console sends only when they hold; a row never waits for them."""
    demand_actions: dict[str, tuple[Action, ...]]
    """What each demand asks for, in entitlement terms."""
    tables: tuple[EntitlementTable, ...]


Since = Literal["opened_at", "now", "unanswered_at", "last_reply_at", "return_received_at", "merchant_notified_at"]
"""From when a clock counts: `unanswered_at` is the customer's oldest message that no agent has answered,
`last_reply_at` the agent's last message. A bot's greeting is no answer."""


class ClockRow(RuleModel):
    """One clock; of several rows with one id the first that holds counts."""

    id: str
    label: str
    when: Condition = Condition()
    within: Duration
    since: Since = "opened_at"
    source: str
    promise: bool = False
    """The customer may be told this time: it backs the agent's promise of the next own act."""
    runs: bool = False
    """Listed among the ticket's clocks as soon as its moment is known; the others are named by steps alone."""
    until: Condition | None = None
    """The facts that show that it has been kept: it runs no more."""


class OfficeHours(RuleModel):
    """When working days are worked, in Beijing time."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _opens_first(self) -> "OfficeHours":
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes, both on the same day")
        return self


class SlaFile(RuleModel):
    clocks: tuple[ClockRow, ...]
    office_hours: OfficeHours | None = None
    """Bounds clocks of working days and office hours; null: round the clock. Natural clocks never stop."""
    holidays: tuple[date, ...] = ()
    """Dates that are no working days although Monday to Friday."""
    extra_workdays: tuple[date, ...] = ()
    """Dates of weekends that are worked."""


class EscalationRow(RuleModel):
    id: str
    when: Condition
    owner: Owner | None = None
    """null: the row only notifies."""
    also_notify: tuple[Owner, ...] = ()
    reason: str
    source: str


class EscalationFile(RuleModel):
    rows: tuple[EscalationRow, ...]


class Need(RuleModel):
    """Something to ask the customer for, unless the ticket has it."""

    field: MissingField
    ask: str
    why: str
    when: Condition = Condition()


class Say(RuleModel):
    """A sentence on policy for the customer; every figure in it must stand in the cited clauses."""

    text: str
    cite: Annotated[tuple[str, ...], Field(min_length=1)]
    when: Condition = Condition()
    clock: str | None = None
    """The clock that its time belongs to: once that has run out, the sentence is no longer said."""

    def holds(self, view: Mapping[str, Any]) -> bool:
        return self.when.holds(view) and (self.clock is None or self.clock not in view.get("overdue", ()))


class Act(RuleModel):
    """The agent's own next act as the customer reads it, with the clock that allows a time."""

    text: str
    clock: str | None = None
    when: Condition = Condition()


class StepRule(RuleModel):
    action: str
    text: str
    owner: Owner = Owner.FRONTLINE
    when: Condition = Condition()
    done: Condition | None = None
    """The facts that show the step is finished."""
    waiting: Condition | None = None
    """The facts that show somebody else has to move first."""
    clock: str | None = None
    needs: tuple[MissingField, ...] = ()
    cite: tuple[str, ...] = ()


class Playbook(RuleModel):
    """How one subtype is handled: what is asked, said, done, by whom and by when."""

    subtype: str
    restate: str
    """The problem in one short sentence, as the agent would repeat it to the customer."""
    entitlements: tuple[Action, ...] = ()
    needs: tuple[Need, ...] = ()
    say: tuple[Say, ...] = ()
    acts: tuple[Act, ...] = ()
    """The first that holds is spoken."""
    steps: tuple[StepRule, ...]
    answer_from_kb: bool = False
    """A question: the best clause for customers answers it."""


class PlaybookFile(RuleModel):
    issue_type: IssueType
    playbooks: tuple[Playbook, ...]


class TemplateRow(RuleModel):
    id: str
    when: Condition = Condition()
    text: str


class TemplateFile(RuleModel):
    """Approved wording around the policy sentences, by slot; in each slot the first row that holds."""

    slots: dict[str, tuple[TemplateRow, ...]]


class ClauseRef(RuleModel):
    """A clause that rules rely on: its anchor in the knowledge base and words that find it without anchor."""

    title: str
    query: str


class ClauseFile(RuleModel):
    clauses: dict[str, ClauseRef]


class PlatformRule(RuleModel):
    label: str
    default_operator: Literal["platform", "merchant"] = "merchant"


class VocabularyFile(RuleModel):
    platforms: dict[str, PlatformRule]
    categories: dict[str, tuple[str, ...]]
    """Rulebook category → words that consoles use for it."""
    carrier_events: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """What a carrier reports → words of its tracking lines; the first event with one of them counts."""
    synonyms: dict[str, tuple[str, ...]]
    """Everyday word → policy words, for the search."""
    owners: dict[Owner, str]
    actions: dict[Action, str]

    def category_of(self, word: str) -> str:
        """The rulebook's category for a console's word; a word that it does not know stays as it is."""
        folded = word.strip().lower()
        return next((category for category, words in self.categories.items() if folded in words), folded)

    def carrier_event_of(self, line: str) -> str | None:
        """The rulebook's event for a carrier's tracking line; null for one that it does not know."""
        return next(
            (event for event, words in self.carrier_events.items() if any(word in line for word in words)), None
        )
