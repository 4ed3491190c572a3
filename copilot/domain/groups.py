"""Customers with the same problem in the same goods: what the counter over stored tickets found."""

from collections.abc import Callable
from datetime import datetime

from copilot.domain.base import Model
from copilot.domain.ticket import Ticket


class Group(Model):
    """How many distinct customers reported one problem of one SKU lately, this ticket's customer included."""

    customers: int
    sku: str
    """The SKU of the ticket that most customers share."""
    problem: str
    """issue_type/issue_subtype."""
    within_hours: int


CountCustomers = Callable[[Ticket, str, datetime], Group | None]
"""(ticket, `issue_type/issue_subtype`, the ticket's now) → what was counted; null: nothing to count."""
