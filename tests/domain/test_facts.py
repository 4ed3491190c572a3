"""Days and hours as the rules count them, and the verdict over violations."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.domain.base import BEIJING
from copilot.domain.compliance import Violation, status_of
from copilot.domain.facts import calendar_days, hours
from copilot.domain.vocabulary import SUBTYPES, Category, IssueType, Severity, Status

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def beijing(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("signed", "now", "days"),
    [
        (beijing(1, 9), beijing(1, 23, 59), 0),
        (beijing(1, 23, 59), beijing(2, 0, 0), 1),
        (beijing(1, 0), beijing(8, 23, 59), 7),
        (beijing(1, 23, 59), beijing(9, 0, 0), 8),
    ],
)
def test_days_are_calendar_days_from_the_day_after(signed: datetime, now: datetime, days: int) -> None:
    assert calendar_days(signed, now) == days


def test_the_day_is_beijing_s_whatever_zone_the_moments_carry() -> None:
    # 17:00 UTC is already the next day in Beijing.
    assert calendar_days(datetime(2026, 6, 1, 17, tzinfo=UTC), beijing(2, 8)) == 0
    assert calendar_days(datetime(2026, 6, 1, 15, tzinfo=UTC), beijing(2, 8)) == 1


@given(MOMENTS, st.integers(0, 400))
def test_n_times_24_hours_later_is_n_days_later(moment: datetime, days: int) -> None:
    later = moment + timedelta(days=days)
    assert calendar_days(moment, later) == days
    assert hours(moment, later) == 24 * days


def violation(severity: Severity) -> Violation:
    return Violation(
        category=Category.ABSOLUTE_CLAIM, rule="r", severity=severity, start=0, end=1, text="最", message="m", source="rulebook"
    )  # fmt: skip


def test_the_worst_severity_is_the_verdict() -> None:
    warn, block = violation(Severity.WARN), violation(Severity.BLOCK)
    assert status_of(()) is Status.PASS
    assert status_of((warn,)) is Status.WARN
    assert status_of((warn, block, warn)) is Status.BLOCK


def test_every_issue_type_has_subtypes_of_its_own() -> None:
    assert set(SUBTYPES) == set(IssueType)
    named = [subtype for subtypes in SUBTYPES.values() for subtype in subtypes]
    assert len(named) == len(set(named))
