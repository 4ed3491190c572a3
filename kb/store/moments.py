"""Days and moments: stored as whole seconds UTC, spoken of in Beijing time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
_DAY = 86_400  # Beijing has no daylight saving; adding a day to 9999-12-31 would overflow


def seconds(moment: datetime) -> int:
    """Seconds since 1970; a moment without zone is Beijing time."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    return int(aware.timestamp())


def moment(value: int) -> datetime:
    """The stored seconds as a moment in UTC."""
    return datetime.fromtimestamp(value, UTC)


def day_start(day: date) -> int:
    """Midnight in Beijing at which `day` begins."""
    return seconds(datetime.combine(day, time.min, BEIJING))


def day_end(day: date) -> int:
    """The first second after `day` in Beijing."""
    return day_start(day) + _DAY


def instant(as_of: date | datetime) -> int:
    """The second that a question is asked about; a bare day means its last second in Beijing."""
    return seconds(as_of) if isinstance(as_of, datetime) else day_end(as_of) - 1


def last_day(ends_at: int) -> date:
    """The last day (Beijing) that a validity ending before `ends_at` touches."""
    return datetime.fromtimestamp(ends_at - 1, BEIJING).date()


def first_day(starts_at: int) -> date:
    """The day (Beijing) on which a validity begins."""
    return datetime.fromtimestamp(starts_at, BEIJING).date()
