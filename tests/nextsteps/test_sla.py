"""The clocks as shipped: per platform, priority, issue and complaint, counted from their own moments."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from copilot.domain.base import BEIJING
from copilot.domain.ticket import Ticket
from copilot.nextsteps.sla import Clocks
from copilot.rulebook.loader import DATA
from copilot.rulebook.models import SlaFile
from copilot.rulebook.source import read

FILE = read(DATA / "sla.yaml", SlaFile)
CLOCKS = Clocks(FILE)
NOW = datetime(2026, 6, 11, 12, 0, tzinfo=BEIJING)
OPENED = NOW - timedelta(hours=1)


def ticket(**fields: Any) -> Ticket:
    return Ticket.model_validate(
        {"messages": [{"role": "customer", "text": "怎么还没到"}], "opened_at": OPENED, **fields}
    )


def due(clock: str, view: dict[str, Any], **fields: Any) -> datetime:
    row = CLOCKS.row(clock, view)
    assert row is not None
    return CLOCKS.due(row, ticket(**fields), NOW)


@pytest.mark.parametrize(
    ("view", "seconds"),
    [
        ({"platform": "tmall", "issue_subtype": "greeting"}, 10),
        ({"platform": "tmall", "issue_subtype": "greeting", "priority": "P1"}, 10),
        ({"platform": "tmall", "priority": "P0"}, 15),
        ({"platform": "tmall", "priority": "P1"}, 15),
        ({"platform": "jd", "priority": "P0"}, 10),
        ({"platform": "jd", "priority": "P1"}, 10),
        ({"platform": "own", "priority": "P2"}, 30),
        ({"platform": "jd", "issue_subtype": "greeting", "priority": "P3"}, 30),
        ({"platform": "tmall", "priority": "P3"}, 30),
        ({}, 30),
    ],
)
def test_the_first_response_depends_on_platform_and_priority(view: dict[str, Any], seconds: int) -> None:
    assert due("first_response", view) == OPENED + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("view", "hours"),
    [
        ({"issue_type": "logistics"}, 2),
        ({"issue_type": "quality"}, 4),
        ({"issue_type": "quality", "risk_flags": {"food_drug"}}, 2),
        ({"issue_type": "quality", "risk_flags": {"personal_safety"}}, 2),
        ({"issue_type": "service", "high_emotion": True}, 2),
        ({"issue_type": "invoice", "high_emotion": False}, 24),
    ],
)
def test_the_follow_up_depends_on_the_issue(view: dict[str, Any], hours: int) -> None:
    row = CLOCKS.row("follow_up", view)
    assert row is not None
    assert row.within.natural == timedelta(hours=hours)


def test_the_plan_of_a_serious_complaint_counts_working_days() -> None:
    # Opened on Thursday 11 June: three working days end on Tuesday.
    assert due("plan", {"complaint_level": 2}) == OPENED + timedelta(days=5)
    assert due("plan", {"complaint_level": 3}) == OPENED + timedelta(hours=24)
    assert due("plan", {}) == OPENED + timedelta(hours=24)


def test_every_clock_counts_from_its_own_moment() -> None:
    received, notified = NOW - timedelta(hours=30), NOW - timedelta(hours=5)
    order = {"return_received_at": received, "merchant_notified_at": notified}
    assert due("refund_submit", {}, order=order) == received + timedelta(hours=48)
    assert due("merchant_silent", {}, order=order) == notified + timedelta(hours=48)
    assert due("replan", {}) == NOW + timedelta(hours=1)


def test_a_moment_that_the_ticket_lacks_is_replaced() -> None:
    assert due("refund_submit", {}) == NOW + timedelta(hours=48)
    assert due("merchant_silent", {}) == NOW + timedelta(hours=48)
    first = {"role": "customer", "text": "在吗", "at": NOW - timedelta(minutes=3)}
    assert due("first_response", {}, opened_at=None, messages=[first]) == NOW - timedelta(minutes=3) + timedelta(
        seconds=30
    )
    assert due("first_response", {}, opened_at=None) == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("view", "more"),
    [
        ({}, set()),
        ({"complaint_level": None}, set()),
        ({"complaint_level": 3}, {"complaint_first_reply"}),
        ({"hours_since_return_received": 0.0}, {"refund_submit"}),
        ({"hours_since_merchant_notified": 50.0}, {"merchant_silent"}),
    ],
)
def test_a_ticket_runs_the_common_clocks_and_those_of_its_events(view: dict[str, Any], more: set[str]) -> None:
    running = CLOCKS.of_ticket(ticket(), view, NOW)
    assert {row.id for row, _ in running} == {"first_response", "follow_up", "plan"} | more
    assert len({row.id for row, _ in running}) == len(running)


def test_the_clocks_of_a_ticket_stand_earliest_first() -> None:
    ends = [end for _, end in CLOCKS.of_ticket(ticket(), {"complaint_level": 1, "issue_type": "quality"}, NOW)]
    assert ends == sorted(ends)
    assert ends[0] == OPENED + timedelta(seconds=30)


def test_an_unknown_clock_has_no_row() -> None:
    assert CLOCKS.row("never", {}) is None
    assert CLOCKS.row("complaint_first_reply", {}) is None


class TestPromises:
    def test_only_clocks_for_the_customer_s_ear_may_be_named(self) -> None:
        spans = {span.written for span in CLOCKS.promisable({"issue_type": "quality"})}
        assert "4h" in spans
        assert not spans & {"10s", "15s", "30s", "10m"}

    def test_the_length_depends_on_the_ticket(self) -> None:
        assert "4h" not in {span.written for span in CLOCKS.promisable({"issue_type": "logistics"})}
        assert "3wd" in {span.written for span in CLOCKS.promisable({"complaint_level": 2})}
        assert "3wd" not in {span.written for span in CLOCKS.promisable({})}

    def test_working_days_count_as_natural_ones_where_lengths_are_compared(self) -> None:
        row = {"id": "plan", "label": "方案", "source": "c", "within": "5wd", "promise": True}
        assert Clocks(SlaFile.model_validate({"clocks": [row]})).promisable_lengths({}) == (timedelta(days=5),)

    def test_the_row_that_counts_decides_whether_it_may_be_named(self) -> None:
        base = {"id": "follow_up", "label": "跟进", "source": "c"}
        silent = {**base, "within": "10m", "when": {"priority": ["P0"]}}
        spoken = {**base, "within": "4h", "promise": True}
        clocks = Clocks(SlaFile.model_validate({"clocks": [silent, spoken]}))
        assert clocks.promisable({"priority": "P0"}) == ()
        assert [span.written for span in clocks.promisable({"priority": "P2"})] == ["4h"]


def test_every_clock_ends_with_a_row_for_all_tickets_or_is_of_complaints_only() -> None:
    last = {row.id: row for row in FILE.clocks}
    bound = {name for name, row in last.items() if row.when.facts()}
    assert bound == {"complaint_first_reply"}
