"""Working days over weekends, holidays and make-up days; natural time as it is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from copilot.domain.base import BEIJING
from copilot.nextsteps.calendar import Calendar
from copilot.rulebook.loader import DATA
from copilot.rulebook.models import SlaFile, Span
from copilot.rulebook.source import read

CALENDAR = Calendar(read(DATA / "sla.yaml", SlaFile))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-06-18", True),  # Thursday
        ("2026-06-20", False),  # Saturday
        ("2026-06-21", False),  # Sunday
        ("2026-06-19", False),  # Dragon Boat Festival, a Friday
        ("2026-10-01", False),  # National Day, a Thursday
        ("2026-10-10", True),  # a Saturday that makes up for it
        ("2026-02-28", True),  # a Saturday that makes up for the Spring Festival
        ("2026-09-20", True),  # a Sunday that makes up for National Day
        ("2026-10-08", True),
    ],
)
def test_workdays_of_2026(day: str, worked: bool) -> None:
    assert CALENDAR.is_workday(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-06-08T10:00", 3, "2026-06-11T10:00"),
        ("2026-06-12T10:00", 1, "2026-06-15T10:00"),  # Friday to Monday
        ("2026-06-13T10:00", 1, "2026-06-15T10:00"),  # from a Saturday
        ("2026-06-18T10:00", 1, "2026-06-22T10:00"),  # over the Dragon Boat Festival and its weekend
        ("2026-09-30T17:30", 3, "2026-10-10T17:30"),  # over National Day; the make-up Saturday counts
        ("2026-02-13T09:00", 2, "2026-02-24T09:00"),  # the make-up Saturday before the Spring Festival counts
        ("2026-02-27T09:00", 1, "2026-02-28T09:00"),  # the next day is a make-up Saturday
        ("2026-12-31T23:59", 1, "2027-01-01T23:59"),  # 2027 is not in the file yet
    ],
)
def test_working_days_end_at_the_same_hour(start: str, days: int, end: str) -> None:
    assert CALENDAR.add(at(start), Span(working_days=days)) == at(end)


def test_the_working_day_is_beijing_s_whatever_zone_the_moment_carries() -> None:
    # Thursday 17:00 UTC is already Friday in Beijing, so the next working day is Monday.
    start = datetime(2026, 6, 11, 17, 0, tzinfo=UTC)
    assert CALENDAR.add(start, Span(working_days=1)) == at("2026-06-15T01:00")


def test_natural_time_runs_over_weekends() -> None:
    assert CALENDAR.add(at("2026-06-12T23:00"), Span(natural=timedelta(hours=48))) == at("2026-06-14T23:00")
    assert CALENDAR.add(at("2026-06-12T23:00"), Span()) == at("2026-06-12T23:00")


def test_a_make_up_day_outranks_a_holiday() -> None:
    both = Calendar(SlaFile(clocks=(), holidays=("2026-06-13",), extra_workdays=("2026-06-13",)))
    assert both.is_workday(date(2026, 6, 13))


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 30)).map(lambda moment: moment.replace(tzinfo=BEIJING))


@given(MOMENTS, st.integers(1, 15))
def test_the_end_is_a_workday_with_n_workdays_since(start: datetime, days: int) -> None:
    end = CALENDAR.add(start, Span(working_days=days))
    assert CALENDAR.is_workday(end.date())
    assert end.time() == start.time()
    passed = (start.date() + timedelta(days=n) for n in range(1, (end.date() - start.date()).days + 1))
    assert sum(CALENDAR.is_workday(day) for day in passed) == days


@given(MOMENTS, st.integers(1, 10), st.integers(1, 10))
def test_adding_twice_is_adding_once(start: datetime, one: int, two: int) -> None:
    twice = CALENDAR.add(CALENDAR.add(start, Span(working_days=one)), Span(working_days=two))
    assert twice == CALENDAR.add(start, Span(working_days=one + two))


OFFICE = Calendar(SlaFile.model_validate({
    "clocks": (), "holidays": ["2026-06-19", *(f"2026-10-0{day}" for day in range(1, 8))],
    "extra_workdays": ["2026-10-10"], "office_hours": {"opens": "09:00", "closes": "18:00"},
}))  # fmt: skip


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-06-11T10:00", 1, "2026-06-12T10:00"),
        ("2026-06-11T23:59", 1, "2026-06-12T18:00"),  # after closing counts as closing
        ("2026-06-12T00:00", 1, "2026-06-15T09:00"),  # midnight of Friday counts as its opening
        ("2026-06-12T00:01", 3, "2026-06-17T09:00"),
        ("2026-06-18T20:00", 1, "2026-06-22T18:00"),  # over the Dragon Boat Festival and its weekend
        ("2026-09-30T18:00", 1, "2026-10-08T18:00"),
        ("2026-10-09T12:00", 1, "2026-10-10T12:00"),  # the make-up Saturday
    ],
)
def test_working_days_stay_inside_office_hours(start: str, days: int, end: str) -> None:
    assert OFFICE.add(at(start), Span(working_days=days)) == at(end)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-06-11T10:00", 4, "2026-06-11T14:00"),
        ("2026-06-11T09:00", 9, "2026-06-11T18:00"),  # the whole day, to its closing
        ("2026-06-11T17:00", 2, "2026-06-12T10:00"),
        ("2026-06-11T03:00", 1, "2026-06-11T10:00"),
        ("2026-06-12T17:30", 1, "2026-06-15T09:30"),  # Friday evening to Monday
        ("2026-06-13T12:00", 1, "2026-06-15T10:00"),  # from a Saturday
        ("2026-06-18T17:00", 2, "2026-06-22T10:00"),  # over the Dragon Boat Festival
        ("2026-10-09T17:00", 2, "2026-10-10T10:00"),  # on the make-up Saturday
        ("2026-06-11T10:00", 27, "2026-06-16T10:00"),  # three whole days
    ],
)
def test_office_hours_run_on_working_days_alone(start: str, hours: int, end: str) -> None:
    assert OFFICE.add(at(start), Span(working_hours=hours)) == at(end)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-06-12T23:00", 2, "2026-06-15T01:00"),  # Friday's last hour and Monday's first
        ("2026-06-11T23:30", 1, "2026-06-12T00:30"),
        ("2026-02-28T23:00", 1, "2026-03-01T00:00"),  # a make-up Saturday to its midnight
    ],
)
def test_round_the_clock_a_working_day_has_every_hour(start: str, hours: int, end: str) -> None:
    assert CALENDAR.add(at(start), Span(working_hours=hours)) == at(end)


def test_natural_time_knows_no_office_hours() -> None:
    assert OFFICE.add(at("2026-06-12T23:00"), Span(natural=timedelta(hours=2))) == at("2026-06-13T01:00")


@given(MOMENTS, st.integers(1, 60))
def test_office_hours_end_inside_office_hours(start: datetime, hours: int) -> None:
    end = OFFICE.add(start, Span(working_hours=hours))
    assert OFFICE.is_workday(end.date())
    assert 9 <= end.hour + end.minute / 60 <= 18
    assert OFFICE.add(start, Span(working_hours=hours + 1)) > end


@pytest.mark.parametrize("hours", [{"opens": "18:00", "closes": "09:00"}, {"opens": "09:00", "closes": "09:00"}])
def test_an_office_opens_before_it_closes(hours: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="opens must be before closes"):
        SlaFile.model_validate({"clocks": (), "office_hours": hours})
