"""Whether the clauses in force still say what each row's verdict was confirmed against."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from copilot.domain.ticket import Ticket
from copilot.rulebook.confirmed import ConfirmedFile, resting
from copilot.rulebook.models import EntitlementRow

OwnConfirmations = Callable[[Collection[str]], Collection[tuple[str, str, str]]]
"""Row ids → what this installation confirmed for them, as (row id, anchor, sha256)."""


class ClausesInForce(Protocol):
    def __call__(self, anchors: Iterable[str], ticket: Ticket, now: datetime) -> Mapping[str, str]:
        """Anchor → SHA-256 of the clause in force for the ticket at `now`; absent: this knowledge base has none."""


class Freshness:
    def __init__(self, shipped: ConfirmedFile, own: OwnConfirmations, in_force: ClausesInForce) -> None:
        self._shipped = shipped
        self._own = own
        self._in_force = in_force

    def changed(self, rows: Collection[EntitlementRow], ticket: Ticket, now: datetime) -> dict[str, tuple[str, ...]]:
        """Row id → the anchors whose clause in force nobody confirmed for the row; fresh rows are absent.

        Asked for all rows of a ticket at once: one look into the knowledge base, and one into the installation's own
        confirmations only where the shipped ones do not suffice.
        """
        asked = resting(rows)
        hashes = self._in_force({anchor for row in asked.values() for anchor in row.cite}, ticket, now) if asked else {}
        open_pairs = [
            (row.id, anchor, hashes[anchor])
            for row in asked.values()
            for anchor in row.cite
            if anchor in hashes and not self._shipped.holds(row.id, anchor, hashes[anchor])
        ]
        if not open_pairs:
            return {}
        own = self._own({row_id for row_id, _, _ in open_pairs})
        stale: dict[str, tuple[str, ...]] = {}
        for pair in open_pairs:
            if pair not in own:
                stale[pair[0]] = (*stale.get(pair[0], ()), pair[1])
        return stale
