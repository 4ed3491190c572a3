"""Working days in Beijing time, with the holidays and make-up days that the rulebook lists."""

from datetime import date, datetime, timedelta

from copilot.domain.base import BEIJING
from copilot.rulebook.models import SlaFile, Span


class Calendar:
    def __init__(self, file: SlaFile) -> None:
        self._holidays = frozenset(file.holidays)
        self._extra = frozenset(file.extra_workdays)

    def is_workday(self, day: date) -> bool:
        if day in self._extra:
            return True
        return day.weekday() < 5 and day not in self._holidays

    def add(self, moment: datetime, span: Span) -> datetime:
        """Natural time is added as it is; n working days end at this hour of the n-th working day after."""
        if not span.working_days:
            return moment + span.natural
        local = moment.astimezone(BEIJING)
        left = span.working_days
        while left:
            local += timedelta(days=1)
            left -= self.is_workday(local.date())
        return local
