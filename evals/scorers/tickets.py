"""Scores understanding and decision: what a ticket is, who answers for it, what the customer is entitled to."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, JsonValue, model_validator

from copilot.domain.base import Model, ShortText
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import (
    Action,
    Demand,
    Emotion,
    EntitlementVerdict,
    IssueType,
    MissingField,
    Owner,
    Priority,
    RiskFlag,
)
from evals.measures import calibration_error, macro_f1, set_f1
from evals.models import Case, Measure
from evals.scorers.base import Scorer
from evals.targets import Target

SHOWN = (
    "issue_type",
    "issue_subtype",
    "demands",
    "emotion",
    "high_emotion",
    "priority",
    "complaint_level",
    "risk_flags",
)


class ExpectedEntitlement(Model):
    """The verdicts that are right (two where honest wordings differ), and who bears the freight where that is decided."""

    verdict: tuple[EntitlementVerdict, ...] = Field(min_length=1)
    freight: Literal["customer", "merchant", "platform", "insurance"] | None = None


class Expected(Model):
    """What an experienced agent says of the ticket, by the definitions of the domain contract."""

    issue_type: IssueType
    issue_subtype: ShortText
    secondary: tuple[ShortText, ...] = ()
    demands: tuple[Demand, ...] = ()
    emotion: Emotion
    high_emotion: bool
    priority: Priority
    complaint_level: Literal[1, 2, 3] | None
    risk_flags: tuple[RiskFlag, ...] = ()
    escalate: bool | None
    """null: two experienced people may honestly differ."""
    owner: tuple[Owner, ...] = ()
    """Owners that are right; empty: not labelled."""
    entitlements: dict[Action, ExpectedEntitlement] = Field(default_factory=dict)
    asks: tuple[MissingField, ...] = ()
    never_asks: tuple[MissingField, ...] = ()


class TicketRow(Model):
    """A row of a case file."""

    id: ShortText
    author: ShortText
    tags: tuple[ShortText, ...] = ()
    ticket: Ticket
    expect: Expected

    @model_validator(mode="after")
    def _has_an_order(self) -> "TicketRow":
        if self.expect.entitlements and "facts" not in self.tags:
            raise ValueError("expect.entitlements: only a ticket with deciding facts (tag `facts`) has them")
        return self


class TicketCase(Case):
    row: TicketRow

    def text(self) -> str:
        return " ## ".join(f"{message.role}: {message.text}" for message in self.row.ticket.messages)


class TicketScorer(Scorer[TicketCase, Suggestion]):
    name = "tickets"
    version = "1"
    scores = frozenset(
        {
            "issue_type", "issue_subtype", "secondary", "emotion", "high_emotion", "priority", "complaint_level", "risk_flags",
            "risk_found", "demands", "must_escalate", "over_escalated", "owner", "entitlements", "freight", "asks",
            "asked_in_vain", "draft_offered",
        }
    )  # fmt: skip
    whole = True

    def case(self, row: dict[str, Any]) -> TicketCase:
        read = TicketRow.model_validate(row)
        want = read.expect
        labels = {
            "issue_type": str(want.issue_type), "issue_subtype": f"{want.issue_type}/{want.issue_subtype}",
            "author": read.author, "escalate": {True: "yes", False: "no", None: "open"}[want.escalate],
            "noise": next((tag for tag in read.tags if tag not in _STRUCTURE), "none"),
            "turns": "several" if "multi_turn" in read.tags else "one", "facts": "yes" if "facts" in read.tags else "no",
        }  # fmt: skip
        return TicketCase(id=read.id, labels=labels, row=read)

    def ask(self, target: Target, case: TicketCase) -> Suggestion:
        return target.suggest(case.row.ticket)

    def score(self, case: TicketCase, answer: Suggestion) -> dict[str, bool | None]:
        want, found = case.row.expect, answer.classification
        escalated = answer.route.owner is not Owner.FRONTLINE or bool(answer.route.also_notify)
        asked = {entry.field for entry in answer.missing_information}
        flags = frozenset(want.risk_flags)
        secondary = {f"{one.issue_type}/{one.issue_subtype}" for one in found.secondary_issues}
        return {
            "issue_type": found.issue_type is want.issue_type,
            "issue_subtype": (found.issue_type, found.issue_subtype) == (want.issue_type, want.issue_subtype),
            "secondary": bool(set(want.secondary) & secondary) if want.secondary else None,
            "emotion": found.emotion is want.emotion,
            "high_emotion": found.high_emotion == want.high_emotion,
            "priority": found.priority is want.priority,
            "complaint_level": found.complaint_level == want.complaint_level,
            "risk_flags": frozenset(found.risk_flags) == flags,
            "risk_found": flags <= set(found.risk_flags) if flags else None,
            "demands": frozenset(found.demands) == frozenset(want.demands),
            "must_escalate": escalated if want.escalate is True else None,
            "over_escalated": escalated if want.escalate is False else None,
            "owner": answer.route.owner in want.owner if want.owner else None,
            "entitlements": _verdicts_right(want, answer) if want.entitlements else None,
            "freight": _freight_right(want, answer),
            "asks": set(want.asks) <= asked if want.asks else None,
            "asked_in_vain": bool(asked & set(want.never_asks)) if want.never_asks else None,
            "draft_offered": bool(answer.drafts),
        }

    def shown(self, case: TicketCase, answer: Suggestion) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
        answered = answer.classification.model_dump(mode="json", include={*SHOWN, "secondary_issues", "confidence"})
        answered["route"] = answer.route.model_dump(mode="json")
        answered["entitlements"] = [
            entry.model_dump(mode="json", include={"action", "verdict", "freight", "rule"})
            for entry in answer.entitlements
        ]
        answered["asks"] = [str(entry.field) for entry in answer.missing_information]
        return answered, case.row.expect.model_dump(mode="json", exclude_defaults=True)

    def confusion(self, pairs: Sequence[tuple[TicketCase, Suggestion]]) -> dict[str, dict[str, int]]:
        """Tickets by expected and found issue type."""
        table: dict[str, dict[str, int]] = {}
        for case, answer in pairs:
            row = table.setdefault(str(case.row.expect.issue_type), {})
            found = str(answer.classification.issue_type)
            row[found] = row.get(found, 0) + 1
        return {expected: dict(sorted(row.items())) for expected, row in sorted(table.items())}

    def measures(self, pairs: Sequence[tuple[TicketCase, Suggestion]]) -> tuple[Measure, ...]:
        wanted = [case.row.expect for case, _ in pairs]
        found = [answer.classification for _, answer in pairs]
        right = [one.issue_type is want.issue_type for one, want in zip(found, wanted, strict=True)]
        return (
            macro_f1("issue_type macro F1", [w.issue_type for w in wanted], [f.issue_type for f in found]),
            macro_f1(
                "issue_subtype macro F1",
                [f"{w.issue_type}/{w.issue_subtype}" for w in wanted],
                [f"{f.issue_type}/{f.issue_subtype}" for f in found],
            ),
            set_f1("demands F1", [frozenset(w.demands) for w in wanted], [frozenset(f.demands) for f in found]),
            set_f1(
                "risk flags F1", [frozenset(w.risk_flags) for w in wanted], [frozenset(f.risk_flags) for f in found]
            ),
            calibration_error("calibration error of issue_type", [one.confidence for one in found], right),
        )


_STRUCTURE = frozenset({"facts", "multi_turn", "pressure"})
"""Tags that say how the case is built; the others say in what hand it is written."""


def _verdicts_right(want: Expected, answer: Suggestion) -> bool:
    found = {entry.action: entry.verdict for entry in answer.entitlements}
    return all(found.get(action) in expected.verdict for action, expected in want.entitlements.items())


def _freight_right(want: Expected, answer: Suggestion) -> bool | None:
    """Whether freight is borne as expected, said with the action itself or by the freight table."""
    bearers: dict[Action, str | None] = {
        entry.action: entry.freight.borne_by for entry in answer.entitlements if entry.freight
    }
    labelled = {action: one.freight for action, one in want.entitlements.items() if one.freight}
    if not labelled:
        return None
    return all(borne in (bearers.get(action), bearers.get(Action.FREIGHT)) for action, borne in labelled.items())
