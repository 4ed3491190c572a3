"""Evaluates the decision tables: the first row that holds decides, a missing fact makes it unknown."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from copilot.domain.base import BEIJING, Model
from copilot.domain.suggestion import Entitlement, Freight
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action, EntitlementVerdict
from copilot.rulebook.models import EntitlementFile, EntitlementRow, EntitlementTable
from copilot.rulebook.tables import TableReading, answered, read_table

Changed = Callable[[Collection[EntitlementRow]], Mapping[str, tuple[str, ...]]]
"""Of these rows those that are stale: row id → the anchors whose clause in force nobody confirmed for the row."""


def _nothing(rows: Collection[EntitlementRow]) -> Mapping[str, tuple[str, ...]]:
    return {}


class Ruling(Model):
    """One action's entitlement with the anchors that it rests on and the facts that would settle it."""

    entitlement: Entitlement
    anchors: tuple[str, ...] = ()
    missing_facts: tuple[str, ...] = ()


class Entitlements:
    def __init__(self, file: EntitlementFile, titles: Mapping[str, str]) -> None:
        """`titles`: anchor → the clause's title, to name a changed clause to the agent."""
        self._tables: dict[Action, EntitlementTable] = {table.action: table for table in file.tables}
        self._closed = frozenset(file.absent_means_no)
        self._titles = titles

    def rule(
        self, actions: Iterable[Action], view: Mapping[str, Any], ticket: Ticket, changed: Changed = _nothing
    ) -> tuple[Ruling, ...]:
        """One ruling per action, in the order asked for."""
        readings = [read_table(self._tables[action], view, self._closed) for action in dict.fromkeys(actions)]
        stale = changed([row for reading in readings for row in reading.rows])
        return tuple(self._ruling(reading, stale, ticket) for reading in readings)

    def _ruling(self, reading: TableReading, stale: Mapping[str, tuple[str, ...]], ticket: Ticket) -> Ruling:
        undecided = tuple(self._in_effect(row, stale) for row in reading.undecided)
        decided = None if reading.decided is None else self._in_effect(reading.decided, stale)
        row = answered(replace(reading, undecided=undecided, decided=decided))
        if row is None:
            return _open(reading.table.action, undecided, reading.missing)
        return _ruled(reading.table.action, row, ticket, stale.get(row.id, ()))

    def _in_effect(self, row: EntitlementRow, stale: Mapping[str, tuple[str, ...]]) -> EntitlementRow:
        """A stale row promises and denies nothing; its own wording counts no more, for it may name old figures."""
        anchors = stale.get(row.id)
        if not anchors:
            return row
        names = "、".join(self._titles.get(anchor, anchor) for anchor in anchors)
        return row.model_copy(
            update={
                "verdict": EntitlementVerdict.NEEDS_APPROVAL, "basis": "none", "freight": None, "deadline": None,
                "reason": f"规则依据的条款已变更，尚未确认：{names}；确认前须审批",
                "conditions": ("按现行条款核对并由主管审批",),
            }
        )  # fmt: skip


def _ruled(action: Action, row: EntitlementRow, ticket: Ticket, stale: tuple[str, ...]) -> Ruling:
    freight = Freight(**row.freight.model_dump()) if row.freight else None
    return Ruling(
        entitlement=Entitlement(
            action=action, verdict=row.verdict, conditions=row.conditions, freight=freight,
            deadline=_deadline(row, ticket), rule=row.id, reason=row.reason, basis=row.basis, stale=stale,
        ),
        anchors=row.cite,
    )  # fmt: skip


def _open(action: Action, undecided: tuple[EntitlementRow, ...], missing: tuple[str, ...]) -> Ruling:
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
