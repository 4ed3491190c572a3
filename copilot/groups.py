"""The counter behind group complaints: five customers with one problem of one SKU inside the window."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from copilot.domain.approvals import storable
from copilot.domain.groups import Group
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.rulebook.signals import GroupRules
from copilot.store import problems


class Groups:
    """Counts over stored tickets, and remembers what each stored suggestion adds to the count."""

    def __init__(self, engine: Engine, rules: GroupRules, key: bytes) -> None:
        """`key` keeps the hashes of customer ids from being guessed back."""
        self._engine = engine
        self._rules = rules
        self._key = key

    def count(self, ticket: Ticket, problem: str, now: datetime) -> Group | None:
        """The SKU of the ticket with the most customers; null where the ticket names no SKU, or the problem is none
        that concerns the goods themselves."""
        skus = _skus(ticket)
        if not skus or problem not in self._rules.problems:
            return None
        since = now - timedelta(hours=self._rules.within_hours)
        with Session(self._engine) as session:
            found = problems.customers(session, skus, problem, since, now)
        customer = self._customer(ticket)
        if customer is not None:
            for known in found.values():
                known.add(customer)
        sku = max(skus, key=lambda each: len(found[each]))
        return Group(
            customers=len(found[sku]), sku=sku, problem=problem, within_hours=self._rules.within_hours
        )  # fmt: skip

    def remember(self, session: Session, suggestion: Suggestion, ticket: Ticket, now: datetime) -> None:
        """Adds a stored suggestion to the count; without customer id or SKU there is nothing to tell apart."""
        kind = suggestion.classification
        problem, customer = f"{kind.issue_type}/{kind.issue_subtype}", self._customer(ticket)
        if customer is not None and problem in self._rules.problems:
            problems.add(session, suggestion.id, _skus(ticket), problem, customer, ticket.now(now))

    def _customer(self, ticket: Ticket) -> str | None:
        customer = ticket.customer.id if ticket.customer else None
        if customer is None:
            return None
        return hmac.new(self._key, f"customer\0{customer}".encode(), hashlib.sha256).hexdigest()


def _skus(ticket: Ticket) -> tuple[str, ...]:
    """The distinct SKUs of the order; case and spaces around them make no other goods."""
    named = (item.sku.strip().casefold() for item in ticket.items() if item.sku)
    return tuple(dict.fromkeys(sku[:200] for sku in named if sku and storable(sku)))
