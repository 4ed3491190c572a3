"""Clocks of a ticket: which apply, until when, and which of them the customer may be told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from copilot.domain.ticket import Ticket
from copilot.nextsteps.calendar import Calendar
from copilot.rulebook.models import ClockRow, Playbook, SlaFile, Span

_ALWAYS = ("first_response", "follow_up", "plan")
_OF_COMPLAINTS = ("complaint_first_reply",)


class Clocks:
    def __init__(self, file: SlaFile) -> None:
        self._rows = file.clocks
        self._calendar = Calendar(file)

    def row(self, clock: str, view: Mapping[str, Any]) -> ClockRow | None:
        """The first row of this clock that holds for the ticket."""
        return next((row for row in self._rows if row.id == clock and row.when.holds(view)), None)

    def rules(self, playbook: Playbook, view: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the rows that set a time for the ticket or a step, for the trace: clock and number, from 1."""
        clocks = [step.clock for step in playbook.steps if step.clock and step.when.holds(view)]
        of_steps = [row for clock in clocks if (row := self.row(clock, view)) is not None]
        return tuple(dict.fromkeys(self._name(row) for row in (*self.of_ticket_rows(view), *of_steps)))

    def _name(self, row: ClockRow) -> str:
        return f"sla:{row.id}.{[each for each in self._rows if each.id == row.id].index(row) + 1}"

    def due(self, row: ClockRow, ticket: Ticket, now: datetime) -> datetime:
        """Counted from the row's moment; where the ticket lacks it, from now."""
        return self._calendar.add(self._since(row, ticket, now), row.within)

    def of_ticket(self, ticket: Ticket, view: Mapping[str, Any], now: datetime) -> list[tuple[ClockRow, datetime]]:
        """The clocks that run for this ticket with their ends, earliest first."""
        running = [(row, self.due(row, ticket, now)) for row in self.of_ticket_rows(view)]
        return sorted(running, key=lambda pair: pair[1])

    def of_ticket_rows(self, view: Mapping[str, Any]) -> list[ClockRow]:
        """The clocks that run for every ticket, and those of its own events."""
        names = list(_ALWAYS)
        if view.get("complaint_level") is not None:
            names += _OF_COMPLAINTS
        if view.get("hours_since_return_received") is not None:
            names.append("refund_submit")
        if view.get("hours_since_merchant_notified") is not None:
            names.append("merchant_silent")
        return [row for name in names if (row := self.row(name, view)) is not None]

    def promisable(self, view: Mapping[str, Any]) -> tuple[Span, ...]:
        """The lengths of time that the agent may name for its own next act."""
        rows = (self.row(clock, view) for clock in dict.fromkeys(row.id for row in self._rows))
        return tuple(row.within for row in rows if row is not None and row.promise)

    def promisable_lengths(self, view: Mapping[str, Any]) -> tuple[timedelta, ...]:
        """As `promisable`, working days counted as natural ones."""
        return tuple(length(span) for span in self.promisable(view))

    def every_promisable_length(self) -> tuple[timedelta, ...]:
        """For a text whose ticket nobody has classified: whatever some ticket may be told."""
        return tuple({length(row.within) for row in self._rows if row.promise})

    @staticmethod
    def _since(row: ClockRow, ticket: Ticket, now: datetime) -> datetime:
        order = ticket.order
        match row.since:
            case "opened_at":
                return ticket.opened_at or ticket.messages[0].at or now
            case "return_received_at":
                return (order.return_received_at if order else None) or now
            case "merchant_notified_at":
                return (order.merchant_notified_at if order else None) or now
        return now


def length(span: Span) -> timedelta:
    """Working days counted as natural ones."""
    return span.natural or timedelta(days=span.working_days)
