"""SQL of reported problems: who reported which problem of which SKU, and when. Callers open the session."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.store.tables import ProblemRow


def add(session: Session, suggestion_id: str, skus: Sequence[str], problem: str, customer: str, at: datetime) -> None:
    """`customer` is a keyed hash; the id itself is never stored here."""
    session.add_all(
        ProblemRow(suggestion_id=suggestion_id, sku=sku, problem=problem, customer=customer, at=at.astimezone(UTC))
        for sku in skus
    )


def customers(
    session: Session, skus: Sequence[str], problem: str, since: datetime, until: datetime
) -> dict[str, set[str]]:
    """SKU → the customers that reported the problem after `since`, up to and with `until`."""
    query = (
        select(ProblemRow.sku, ProblemRow.customer)
        .where(
            ProblemRow.sku.in_(skus), ProblemRow.problem == problem,
            ProblemRow.at > since.astimezone(UTC), ProblemRow.at <= until.astimezone(UTC),
        )
        .distinct()
    )  # fmt: skip
    found: dict[str, set[str]] = {sku: set() for sku in skus}
    for sku, customer in session.execute(query):
        found[sku].add(customer)
    return found
