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
    assert due("carrier_check", {}) == OPENED + timedelta(hours=24)
    assert due("follow_up", {}) == NOW + timedelta(hours=24)


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
    ],
)
def test_a_ticket_runs_the_common_clocks_and_those_of_complaints(view: dict[str, Any], more: set[str]) -> None:
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


def dialogue(*messages: tuple[str, int | None], **fields: Any) -> Ticket:
    """Messages as (role, minutes before NOW); null: without a time."""
    said = [
        {"role": role, "text": "…嗯", **({} if minutes is None else {"at": NOW - timedelta(minutes=minutes)})}
        for role, minutes in messages
    ]
    return Ticket.model_validate({"messages": said, "opened_at": NOW - timedelta(hours=30), **fields})


def ends(talk: Ticket, **view: Any) -> dict[str, datetime]:
    return {row.id: end for row, end in CLOCKS.of_ticket(talk, view, NOW)}


class TestMoments:
    def test_the_first_response_is_owed_since_the_customer_began_to_wait(self) -> None:
        talk = dialogue(("customer", 1800), ("agent", 60), ("customer", 20), ("customer", 5))
        assert ends(talk)["first_response"] == NOW - timedelta(minutes=20) + timedelta(seconds=30)

    def test_a_bot_s_greeting_is_no_answer(self) -> None:
        assert ends(dialogue(("customer", 10), ("bot", 10)))["first_response"] < NOW

    def test_nothing_is_owed_once_the_agent_has_answered(self) -> None:
        running = ends(dialogue(("customer", 60), ("agent", 50)), complaint_level=3)
        assert not {"first_response", "complaint_first_reply"} & set(running)

    def test_messages_without_times_wait_since_the_ticket_was_opened_or_now(self) -> None:
        assert ends(dialogue(("customer", None)))["first_response"] < NOW - timedelta(hours=29)
        later = dialogue(("customer", None), ("agent", None), ("customer", None))
        assert ends(later)["first_response"] == NOW + timedelta(seconds=30)
        assert "progress" not in ends(later)

    def test_progress_is_owed_eight_hours_after_the_agent_s_last_message(self) -> None:
        talk = dialogue(("customer", 900), ("agent", 890), ("agent", 600), ("customer", 10))
        assert ends(talk)["progress"] == NOW - timedelta(minutes=600) + timedelta(hours=8)
        assert "progress" not in ends(dialogue(("customer", 900)))

    def test_the_follow_up_counts_from_this_reply_and_the_plan_from_the_opening(self) -> None:
        running = ends(dialogue(("customer", 1)), complaint_level=3)
        assert running["follow_up"] == NOW + timedelta(hours=24)
        assert running["plan"] == NOW - timedelta(hours=30) + timedelta(hours=24)

    def test_after_a_refused_plan_the_next_is_due_an_hour_after_the_customer_said_so(self) -> None:
        talk = dialogue(("customer", 600), ("agent", 500), ("customer", 30))
        assert ends(talk, plans_rejected=1, complaint_level=2)["plan"] == NOW + timedelta(minutes=30)
        assert "plan" not in ends(talk, plans_rejected=2, complaint_level=2)

    @pytest.mark.parametrize("kept", [{"application_state": "approved"}, {"order_status": "refunded"}])
    def test_a_plan_that_is_carried_out_is_owed_no_more(self, kept: dict[str, str]) -> None:
        talk = dialogue(("customer", 1))
        assert "plan" in ends(talk)
        assert "plan" not in ends(talk, **kept)
        assert "plan" in ends(talk, complaint_level=3, **kept)

    def test_events_start_their_clocks(self) -> None:
        order = {"return_received_at": NOW - timedelta(hours=50), "merchant_notified_at": NOW - timedelta(hours=5)}
        talk = dialogue(("customer", 1), order=order)
        assert ends(talk)["refund_submit"] == NOW - timedelta(hours=2)
        assert ends(talk)["merchant_silent"] == NOW + timedelta(hours=43)
        assert "refund_submit" not in ends(talk, application_state="refunded")


class TestOverdue:
    def test_a_clock_that_has_run_out_is_overdue_from_its_very_end(self) -> None:
        order = {"merchant_notified_at": NOW - timedelta(hours=48)}
        assert "merchant_silent" in CLOCKS.overdue(dialogue(("customer", 1), order=order), {}, NOW)
        order = {"merchant_notified_at": NOW - timedelta(hours=47, minutes=59)}
        assert "merchant_silent" not in CLOCKS.overdue(dialogue(("customer", 1), order=order), {}, NOW)

    def test_what_counts_from_now_never_is(self) -> None:
        assert not {"follow_up", "escalate", "team_answer"} & CLOCKS.overdue(dialogue(("customer", 1)), {}, NOW)

    def test_what_is_kept_never_is(self) -> None:
        talk = dialogue(("customer", 1))
        assert "plan" in CLOCKS.overdue(talk, {}, NOW)
        assert "plan" not in CLOCKS.overdue(talk, {"application_state": "approved"}, NOW)


class TestPromises:
    """Only what is left of a clock may be named, and only of those for the customer's ear."""

    FRESH = dialogue(("customer", 0), opened_at=NOW)

    def test_only_clocks_for_the_customer_s_ear_may_be_named(self) -> None:
        lengths = CLOCKS.promisable_lengths({"issue_type": "quality"}, self.FRESH, NOW)
        assert timedelta(hours=4) in lengths
        assert min(lengths) >= timedelta(hours=1)

    def test_the_length_depends_on_the_ticket(self) -> None:
        assert timedelta(hours=4) not in CLOCKS.promisable_lengths({"issue_type": "logistics"}, self.FRESH, NOW)
        # From Thursday noon three working days end on Tuesday noon.
        assert timedelta(days=5) in CLOCKS.promisable_lengths({"complaint_level": 2}, self.FRESH, NOW)
        assert timedelta(days=5) not in CLOCKS.promisable_lengths({}, self.FRESH, NOW)

    def test_a_clock_that_has_run_out_backs_nothing(self) -> None:
        late = dialogue(("customer", 0), opened_at=NOW - timedelta(hours=47))
        lengths = CLOCKS.promisable_lengths({"issue_type": "logistics"}, late, NOW)
        assert timedelta(hours=1) in lengths  # of the carrier's 48 hours
        assert timedelta(hours=48) not in lengths
        assert CLOCKS.told("carrier_check", {}, late, NOW) is None
        assert CLOCKS.told("carrier_plan", {}, late, NOW) == "1小时"

    @pytest.mark.parametrize(
        ("ago", "said"),
        [
            (timedelta(), "24小时"), (timedelta(hours=5, minutes=10), "18小时"), (timedelta(hours=23, minutes=5), "50分钟"),
            (timedelta(hours=23, minutes=31), None), (timedelta(hours=25), None),
        ],
    )  # fmt: skip
    def test_what_is_left_is_told_in_round_figures(self, ago: timedelta, said: str | None) -> None:
        assert CLOCKS.told("plan", {}, dialogue(("customer", 0), opened_at=NOW - ago), NOW) == said

    def test_working_days_that_are_left_are_told_as_such(self) -> None:
        def told(hours: float) -> str | None:
            talk = dialogue(("customer", 0), opened_at=NOW - timedelta(hours=hours))
            return CLOCKS.told("plan", {"complaint_level": 2}, talk, NOW)

        # Opened on Monday at one: it ends on Thursday at one, an hour from now.
        assert (told(0), told(1), told(48), told(71)) == ("3个工作日", "2个工作日", "1个工作日", "1小时")

    def test_what_may_not_be_told_has_no_words(self) -> None:
        assert CLOCKS.told("first_response", {}, self.FRESH, NOW) is None
        assert CLOCKS.told("never", {}, self.FRESH, NOW) is None
        assert CLOCKS.told("follow_up", {"issue_type": "quality"}, self.FRESH, NOW) == "4小时"

    def test_the_row_that_counts_decides_whether_it_may_be_named(self) -> None:
        base = {"id": "follow_up", "label": "跟进", "source": "c", "since": "now"}
        silent = {**base, "within": "10m", "when": {"priority": ["P0"]}}
        spoken = {**base, "within": "4h", "promise": True}
        clocks = Clocks(SlaFile.model_validate({"clocks": [silent, spoken]}))
        assert clocks.promisable_lengths({"priority": "P0"}, self.FRESH, NOW) == ()
        assert clocks.promisable_lengths({"priority": "P2"}, self.FRESH, NOW) == (timedelta(hours=4),)

    def test_office_hours_are_told_as_the_time_that_passes(self) -> None:
        row = {"id": "call", "label": "回电", "source": "c", "since": "now", "within": "2wh", "promise": True}
        hours = {"opens": "09:00", "closes": "18:00"}
        clocks = Clocks(SlaFile.model_validate({"clocks": [row], "office_hours": hours}))
        assert clocks.told("call", {}, self.FRESH, NOW) == "2小时"
        assert clocks.told("call", {}, self.FRESH, NOW.replace(hour=17)) == "17小时"  # until ten the next morning


def test_every_clock_ends_with_a_row_for_all_tickets_or_is_of_complaints_only() -> None:
    last = {row.id: row for row in FILE.clocks}
    bound = {name for name, row in last.items() if row.when.facts()}
    assert bound == {"complaint_first_reply"}
