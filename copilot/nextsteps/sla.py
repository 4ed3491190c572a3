"""Clocks of a ticket: which apply, until when, which have run out, and which of them the customer may be told."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from copilot.domain.ticket import Ticket
from copilot.nextsteps.calendar import Calendar
from copilot.rulebook.models import ClockRow, Playbook, SlaFile, Span

_LEAST_TOLD = timedelta(minutes=30)
"""A clock that ends sooner is no time to name: the customer would read it when it is over."""


class Clocks:
    def __init__(self, file: SlaFile) -> None:
        self._rows = file.clocks
        self._names = tuple(dict.fromkeys(row.id for row in file.clocks))
        self._calendar = Calendar(file)

    def row(self, clock: str, view: Mapping[str, Any]) -> ClockRow | None:
        """The first row of this clock that holds for the ticket."""
        return next((row for row in self._rows if row.id == clock and row.when.holds(view)), None)

    def rules(self, playbook: Playbook, view: Mapping[str, Any], ticket: Ticket, now: datetime) -> tuple[str, ...]:
        """Names of the rows that set a time for the ticket or a step, for the trace: clock and number, from 1."""
        clocks = [step.clock for step in playbook.steps if step.clock and step.when.holds(view)]
        of_steps = [row for clock in clocks if (row := self.row(clock, view)) is not None]
        running = (row for row, _ in self.of_ticket(ticket, view, now))
        return tuple(dict.fromkeys(self._name(row) for row in (*running, *of_steps)))

    def _name(self, row: ClockRow) -> str:
        return f"sla:{row.id}.{[each for each in self._rows if each.id == row.id].index(row) + 1}"

    def due(self, row: ClockRow, ticket: Ticket, now: datetime) -> datetime:
        """Counted from the row's moment; where the ticket lacks it, from now. Past once the clock has run out."""
        return self._calendar.add(_since(row, ticket, now) or now, row.within)

    def of_ticket(self, ticket: Ticket, view: Mapping[str, Any], now: datetime) -> list[tuple[ClockRow, datetime]]:
        """The clocks that run for this ticket with their ends, earliest first."""
        running = [row for row in self._begun(ticket, view, now) if row.runs and not _kept(row, view)]
        return sorted(((row, self.due(row, ticket, now)) for row in running), key=lambda pair: pair[1])

    def overdue(self, ticket: Ticket, view: Mapping[str, Any], now: datetime) -> frozenset[str]:
        """Ids of the clocks that have run out and are not shown to be kept."""
        begun = (row for row in self._begun(ticket, view, now) if not _kept(row, view))
        return frozenset(row.id for row in begun if self.due(row, ticket, now) <= now)

    def told(self, clock: str, view: Mapping[str, Any], ticket: Ticket, now: datetime) -> str | None:
        """How the customer reads what is left of a clock; null where it may not be told or is (nearly) over."""
        row = self.row(clock, view)
        if row is None or not row.promise:
            return None
        if row.since == "now" and not row.within.working_hours:
            return row.within.label
        due = self.due(row, ticket, now)
        return self._label(row.within, now, due) if due - now >= _LEAST_TOLD else None

    def promisable_lengths(self, view: Mapping[str, Any], ticket: Ticket, now: datetime) -> tuple[timedelta, ...]:
        """The lengths of time from now that the agent may name for its own next act: what is left of each clock."""
        rows = (self.row(clock, view) for clock in self._names)
        ends = (self.due(row, ticket, now) for row in rows if row is not None and row.promise)
        return tuple(end - now for end in ends if end > now)

    def every_promisable_length(self) -> tuple[timedelta, ...]:
        """For a text whose ticket nobody has classified: whatever some ticket may be told."""
        return tuple({length(row.within) for row in self._rows if row.promise})

    def _begun(self, ticket: Ticket, view: Mapping[str, Any], now: datetime) -> Iterable[ClockRow]:
        """Of each clock the row that counts, where its moment has come."""
        rows = (self.row(clock, view) for clock in self._names)
        return (row for row in rows if row is not None and _since(row, ticket, now) is not None)

    def _label(self, within: Span, now: datetime, due: datetime) -> str:
        """What is left, rounded down to what people say: whole working days, days, hours, ten minutes."""
        for days in range(within.working_days, 0, -1):
            if self._calendar.add(now, Span(working_days=days)) <= due:
                return f"{days}个工作日"
        if due - now >= within.natural > timedelta():
            return within.label
        left = due - now
        if left >= timedelta(days=3):
            return f"{left.days}天"
        hours = left // timedelta(hours=1)
        return f"{hours}小时" if hours else f"{left // timedelta(minutes=10) * 10}分钟"


def _since(row: ClockRow, ticket: Ticket, now: datetime) -> datetime | None:
    """The moment that a clock counts from; null where it has not come or the ticket does not know it."""
    order = ticket.order
    match row.since:
        case "opened_at":
            return ticket.opened_at or ticket.messages[0].at or now
        case "unanswered_at":
            return _unanswered_at(ticket, now)
        case "last_reply_at":
            return _last_reply_at(ticket)
        case "return_received_at":
            return order.return_received_at if order else None
        case "merchant_notified_at":
            return order.merchant_notified_at if order else None
    return now


def _unanswered_at(ticket: Ticket, now: datetime) -> datetime | None:
    """When the customer began to wait: writing again does not start the wait anew, a bot's greeting does not end it."""
    waiting = None
    for message in ticket.messages:
        if message.role == "agent":
            waiting = None
        elif message.role == "customer" and waiting is None:
            waiting = message
    if waiting is None:
        return None
    is_first = not any(message.role == "agent" for message in ticket.messages)
    return waiting.at or (ticket.opened_at if is_first else None) or now


def _last_reply_at(ticket: Ticket) -> datetime | None:
    replies = [message.at for message in ticket.messages if message.role == "agent"]
    return replies[-1] if replies else None


def _kept(row: ClockRow, view: Mapping[str, Any]) -> bool:
    return row.until is not None and row.until.holds(view)


def length(span: Span) -> timedelta:
    """Working days counted as natural ones."""
    return span.natural or timedelta(days=span.working_days, hours=span.working_hours)
