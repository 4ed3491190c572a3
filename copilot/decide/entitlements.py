"""Evaluates the decision tables: the first row that holds decides, a missing fact makes it unknown."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from copilot.domain.base import BEIJING, Model
from copilot.domain.suggestion import Entitlement, Freight
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action, EntitlementVerdict
from copilot.rulebook.models import EntitlementFile, EntitlementRow, EntitlementTable


class Ruling(Model):
    """One action's entitlement with the anchors that it rests on and the facts that would settle it."""

    entitlement: Entitlement
    anchors: tuple[str, ...] = ()
    missing_facts: tuple[str, ...] = ()


class Entitlements:
    def __init__(self, file: EntitlementFile) -> None:
        self._tables: dict[Action, EntitlementTable] = {table.action: table for table in file.tables}
        self._closed = frozenset(file.absent_means_no)

    def rule(self, actions: Iterable[Action], view: Mapping[str, Any], ticket: Ticket) -> tuple[Ruling, ...]:
        """One ruling per action, in the order asked for."""
        return tuple(self._rule(self._tables[action], view, ticket) for action in dict.fromkeys(actions))

    def _rule(self, table: EntitlementTable, view: Mapping[str, Any], ticket: Ticket) -> Ruling:
        undecided: list[EntitlementRow] = []
        missing: list[str] = []
        for row in table.rows:
            outcome = row.when.evaluate(view, self._closed)
            if outcome.value is None:
                undecided.append(row)
                missing.extend(outcome.missing)
            elif outcome.value:
                # An undecided row above only matters where it could change what the customer hears.
                if all(_same_answer(other, row) for other in undecided):
                    return _ruling(table.action, row, ticket)
                break
        return _open(table.action, undecided, tuple(dict.fromkeys(missing)))


def _same_answer(one: EntitlementRow, other: EntitlementRow) -> bool:
    return one.verdict is other.verdict and (one.freight == other.freight or one.freight is None)


def _ruling(action: Action, row: EntitlementRow, ticket: Ticket) -> Ruling:
    freight = Freight(**row.freight.model_dump()) if row.freight else None
    return Ruling(
        entitlement=Entitlement(
            action=action, verdict=row.verdict, conditions=row.conditions, freight=freight,
            deadline=_deadline(row, ticket), rule=row.id, reason=row.reason, basis=row.basis,
        ),
        anchors=row.cite,
    )  # fmt: skip


def _open(action: Action, undecided: list[EntitlementRow], missing: tuple[str, ...]) -> Ruling:
    return Ruling(
        entitlement=Entitlement(
            action=action, verdict=EntitlementVerdict.UNKNOWN, rule=f"{action}.open",
            conditions=tuple(dict.fromkeys(text for row in undecided for text in row.conditions))[:3],
            reason="还缺少判断所需的信息" if missing else "没有适用的规则",
        ),
        anchors=tuple(dict.fromkeys(anchor for row in undecided for anchor in row.cite))[:2],
        missing_facts=missing,
    )  # fmt: skip


def _deadline(row: EntitlementRow, ticket: Ticket) -> datetime | None:
    """The end of the last day in Beijing time; days are counted from the day after the moment."""
    if row.deadline is None or ticket.order is None:
        return None
    since = getattr(ticket.order, row.deadline.since)
    if since is None:
        return None
    day = since.astimezone(BEIJING).date() + timedelta(days=row.deadline.days)
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=BEIJING)
