"""Working days and office hours in Beijing time, with the holidays and make-up days that the rulebook lists."""

from datetime import date, datetime, time, timedelta

from copilot.domain.base import BEIJING
from copilot.rulebook.models import SlaFile, Span


class Calendar:
    def __init__(self, file: SlaFile) -> None:
        self._holidays = frozenset(file.holidays)
        self._extra = frozenset(file.extra_workdays)
        self._hours = file.office_hours

    def is_workday(self, day: date) -> bool:
        if day in self._extra:
            return True
        return day.weekday() < 5 and day not in self._holidays

    def add(self, moment: datetime, span: Span) -> datetime:
        """Natural time is added as it is; n working days end at this hour of the n-th working day after.

        An hour outside office hours counts as the nearest that is inside; office hours run on working days alone.
        """
        if span.working_hours:
            return self._add_hours(moment.astimezone(BEIJING), timedelta(hours=span.working_hours))
        if not span.working_days:
            return moment + span.natural
        local = self._inside(moment.astimezone(BEIJING))
        left = span.working_days
        while left:
            local += timedelta(days=1)
            left -= self.is_workday(local.date())
        return local

    def _inside(self, local: datetime) -> datetime:
        if self._hours is None:
            return local
        opens, closes = self._day(local.date())
        return min(max(local, opens), closes)

    def _add_hours(self, local: datetime, left: timedelta) -> datetime:
        while True:
            opens, closes = self._day(local.date())
            start = max(local, opens)
            if self.is_workday(local.date()) and start < closes:
                if closes - start >= left:
                    return start + left
                left -= closes - start
            local = datetime.combine(local.date() + timedelta(days=1), time(), BEIJING)

    def _day(self, day: date) -> tuple[datetime, datetime]:
        """When a working day begins and ends."""
        midnight = datetime.combine(day, time(), BEIJING)
        if self._hours is None:
            return midnight, midnight + timedelta(days=1)
        return datetime.combine(day, self._hours.opens, BEIJING), datetime.combine(day, self._hours.closes, BEIJING)
