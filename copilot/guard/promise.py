"""What a phrase promises, and the amounts that the order itself has."""

from dataclasses import dataclass
from decimal import Decimal

from copilot.domain.compliance import Act
from copilot.domain.ticket import Ticket
from copilot.guard.tokens import mark
from copilot.guard.view import View

VALUE_ACTS: frozenset[Act] = frozenset({"compensate", "coupon", "points", "gift", "freight", "warranty", "repair"})
"""Value beyond the remedy itself."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What one phrase promises, read from its words."""

    act: Act
    words: str
    """Its clause, values written out."""
    amount: Decimal | None = None
    """CNY, or a count of points."""
    percent: Decimal | None = None
    multiple: bool = False
    price_difference: bool = False
    months: float | None = None
    additional: bool = False
    """Says that it comes on top of what was said before (再, 另外)."""
    clause: int = 0
    """Where its clause starts in the marked view."""


def prices(ticket: Ticket | None) -> set[Decimal]:
    """Every amount that the order itself has."""
    if ticket is None or ticket.order is None:
        return set()
    found = {ticket.order.amount} if ticket.order.amount is not None else set()
    for item in ticket.items():
        if item.price is not None:
            found |= {item.price, item.price * (item.quantity or 1)}
    return {amount for amount in found if amount is not None}


def length_hours(text: str) -> float | None:
    """The first duration in a text, in hours."""
    _, tokens = mark(View(text, range(len(text)), range(1, len(text) + 1)))
    return next((token.hours for token in tokens if token.kind == "duration"), None)
