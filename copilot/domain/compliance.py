"""Commitments and violations: what a reply promises, what backs it, and what it breaks."""

from typing import Annotated, Literal

from pydantic import Field

from copilot.domain.base import Model, Moment, Money, ShortText
from copilot.domain.ticket import MessageText, Ticket
from copilot.domain.vocabulary import Category, Severity, Status

Act = Literal[
    "refund", "return", "exchange", "resend", "repair", "compensate", "freight", "coupon", "points",
    "gift", "warranty", "deadline", "outcome", "guarantee", "reply", "cancel", "invoice", "other",
]  # fmt: skip


class Commitment(Model):
    """One promise found in a reply."""

    act: Act
    amount: Money | None = None
    deadline: Moment | str | None = None
    condition: str | None = None
    backed_by: str | None = None
    """Citation id, `entitlement:<action>`, `approval:<id>`, `order:<field>` or `service:<clock>`; null: nothing."""
    start: int | None = None
    end: int | None = None
    """Code-point offsets into the text as it was sent, end exclusive."""


class Violation(Model):
    category: Category
    rule: str
    severity: Severity
    start: int
    end: int
    """Code-point offsets into the text as it was sent, end exclusive."""
    text: str
    message: str
    source: str
    """The clause id that the reply breaks, or `rulebook`."""


class CheckRequest(Model):
    id: ShortText | None = None
    text: MessageText
    ticket: Ticket | None = None


class CheckResult(Model):
    id: str | None = None
    status: Status
    violations: tuple[Violation, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    suggested_text: str | None = None


class DraftCompliance(Model):
    status: Status
    violations: tuple[Violation, ...] = ()
    repairs: Annotated[int, Field(ge=0)] = 0
    source: Literal["llm", "composer", "template"] = "composer"


def status_of(violations: tuple[Violation, ...]) -> Status:
    """The verdict: the worst severity found."""
    if any(violation.severity is Severity.BLOCK for violation in violations):
        return Status.BLOCK
    return Status.WARN if violations else Status.PASS
