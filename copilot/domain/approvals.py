"""Approvals on their way: asked for, granted or refused, revoked, and used up by what is sent under them."""

import re
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from copilot.domain.base import Model, Moment, Money
from copilot.domain.ticket import Approval
from copilot.domain.vocabulary import ApprovalKind

VALUED = frozenset(
    {ApprovalKind.CASH, ApprovalKind.PARTIAL_REFUND, ApprovalKind.COUPON, ApprovalKind.POINTS, ApprovalKind.FREIGHT}
)
"""Kinds that are worth an amount; of the others (a gift, a repair, a resend …) one approval covers one grant."""
LARGEST = Decimal("100000000")
_CENT = Decimal("0.01")
_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_UNSTORABLE_PROSE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def storable(text: str) -> bool:
    """Whether a database can hold the text as a name: no control characters, no halves of surrogate pairs."""
    return _UNSTORABLE.search(text) is None


def storable_prose(text: str) -> bool:
    """The same for a text of several lines."""
    return _UNSTORABLE_PROSE.search(text) is None


def _name(value: str) -> str:
    if not storable(value):
        raise ValueError("holds a control character or broken Unicode; send plain text")
    return value


def _prose(value: str) -> str:
    if not storable_prose(value):
        raise ValueError("holds a control character or broken Unicode; send plain text")
    return value


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_name)
]  # fmt: skip
Why = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_prose)
]  # fmt: skip


Waiver = Literal["solo", "admin", "standing"]
"""Why no second person decided: the installation says so, the local administrator did, or a standing authority."""


class ApprovalState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """The approval's time is over, or nobody decided the request in time; never stored, always derived."""
    REVOKED = "revoked"


class ApprovalRequest(Model):
    """What somebody asks a supervisor to grant; nothing of it changes later."""

    kind: ApprovalKind
    amount: Annotated[Money, Field(gt=0, description="CNY; for points a count")] | None = None
    currency: Literal["CNY"] | None = None
    percent: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2)] | None = None
    """Of `order_amount`; instead of an amount."""
    order_amount: Annotated[Money, Field(gt=0, description="What `percent` is of")] | None = None
    item: Annotated[Name, Field(description="The gift, or the months of warranty")] | None = None
    order_id: Name | None = None
    ticket_id: Name | None = None
    customer_id: Annotated[Name, Field(description="For caps by customer and day; not in the token")] | None = None
    basis: Annotated[Why, Field(description="Why it should be granted")]
    standing: Annotated[Name, Field(description="Id of a standing authority of the caller's own role")] | None = None

    @model_validator(mode="after")
    def _sound(self) -> "ApprovalRequest":
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> list[str]:
        found = []
        if self.order_id is None and self.ticket_id is None:
            found.append("order_id, ticket_id: give at least one; an approval is bound to what it is for")
        if self.amount is not None and self.percent is not None:
            found.append("amount, percent: give one of them")
        if self.kind in VALUED and self.amount is None and self.percent is None:
            found.append(f"amount: is needed for {self.kind} (or percent with order_amount)")
        if self.kind is ApprovalKind.POINTS and self.amount is not None and self.amount % 1:
            found.append("amount: points are a whole number")
        if self.kind is ApprovalKind.POINTS and self.currency is not None:
            found.append("currency: points have none; leave it out")
        found.extend(self._percent_problems())
        return found

    def _percent_problems(self) -> list[str]:
        if self.percent is None:
            return []
        if self.kind not in VALUED or self.kind is ApprovalKind.POINTS:
            return [f"percent: {self.kind} has none; give an amount"]
        if self.order_amount is None:
            return ["order_amount: is needed with percent, so that its value can be held against the caps"]
        if not _CENT <= (self.value or Decimal(0)) <= LARGEST:
            return [f"percent: must come to an amount between {_CENT} and {LARGEST}"]
        return []

    @property
    def value(self) -> Decimal | None:
        """What the approval would be worth, in CNY or points; null for a grant without amount."""
        if self.percent is None or self.order_amount is None:
            return self.amount
        return (self.order_amount * self.percent / 100).quantize(_CENT, ROUND_DOWN)


class HeldApproval(Model):
    """What this installation knows of an approval by its id."""

    approval: Approval
    revoked: bool = False
    spent: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    """Value already sent under it, in the approval's own unit."""


class VerifiedApproval(Model):
    """An approval whose signature or stored copy was confirmed before it came here."""

    approval: Approval
    spent: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    """Value already sent under it, in the approval's own unit."""


class ImportedRow(Approval):
    """An approval as the system of record exports it."""

    @model_validator(mode="after")
    def _storable(self) -> "ImportedRow":
        for field, value in self:
            sound = storable_prose if field == "basis" else storable
            if isinstance(value, str) and not sound(value):
                raise ValueError(f"{field}: holds a control character or broken Unicode; send plain text")
        return self

    def content(self) -> Approval:
        """The approval itself. A signature of another system says nothing here, so it is not kept."""
        return Approval.model_validate(self.model_dump(exclude={"signature"}))


class Imported(Model):
    """What became of an imported row."""

    id: str
    outcome: Literal["stored", "unchanged", "replaced"]
    revoked: bool = False
    """It was revoked here and stays so."""


class ApprovalUse(Model):
    """A reply that was sent under an approval."""

    reference: Annotated[Name, Field(description="Id of the suggestion or feedback; each counts once")]
    amount: Annotated[Money, Field(gt=0)] | None = None
    """null: all that is left, or the grant of an approval without amount."""
    order_amount: Annotated[Money, Field(gt=0)] | None = None
    """Needed where the approval has a percentage and no amount."""
    approval: Annotated[Approval, Field(description="The signed token, where it was not stored here")] | None = None


class RecordedUse(Model):
    """A use that counts from now on."""

    approval_id: str
    reference: str
    amount: Money | None
    at: Moment
    by: str
    spent: Money
    """Under the approval in all, this use included."""
    left: Money | None
    """null: the approval has no amount."""


class ApprovalRecord(Model):
    """An approval with its history: the request (null when imported), the decision, the token, what was sent."""

    id: str
    state: ApprovalState
    source: Literal["request", "import", "token"]
    """`token`: signed with this installation's key and first seen when it was used."""
    request: ApprovalRequest | None = None
    requested_by: str | None = None
    requested_at: Moment | None = None
    decided_by: str | None = None
    decided_at: Moment | None = None
    note: str = ""
    waived: Waiver | None = None
    """Why no second person decided."""
    approval: Approval | None = None
    """What a console puts into `ticket.approvals`: signed, unless it was imported."""
    revoked_by: str | None = None
    revoked_at: Moment | None = None
    spent: Money = Decimal(0)
    left: Money | None = None
    uses: int = 0
