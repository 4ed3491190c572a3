"""Day 0, 7 and 8 from a ticket's own moments to the verdict: calendar days in Beijing, whatever zone they carry."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.domain.base import BEIJING
from copilot.domain.suggestion import Entitlement
from copilot.domain.ticket import Ticket
from copilot.understand.facts import order_facts
from tests.decide.cases import ruling


def returned(
    signed_at: str | datetime, now: str | datetime, tags: tuple[str, ...] = (), **order: object
) -> Entitlement:
    """The return's entitlement for an order that was signed at one moment and asked about at another."""
    ticket = Ticket.model_validate(
        {
            "messages": [{"role": "customer", "text": "想退货", "at": now}],
            "order": {"id": "JD1", "status": "signed", "signed_at": signed_at, "items": [{"tags": tags}], **order},
        }
    )
    facts = order_facts(ticket, ticket.now(datetime(2030, 1, 1, tzinfo=BEIJING)), lambda word: word)
    given = {name: getattr(facts, name) for name in type(facts).model_fields}
    return ruling("return_refund", ticket, **given).entitlement


@pytest.mark.parametrize(
    ("signed_at", "now", "verdict"),
    [
        # day 0, day 7 and its last second, day 8 and its first
        ("2026-06-01T00:00:00+08:00", "2026-06-01T00:00:00+08:00", "allowed"),
        ("2026-06-01T23:59:59+08:00", "2026-06-02T00:00:00+08:00", "allowed"),
        ("2026-06-01T09:00:00+08:00", "2026-06-08T09:00:00+08:00", "allowed"),
        ("2026-06-01T00:00:00+08:00", "2026-06-08T23:59:59+08:00", "allowed"),
        ("2026-06-01T23:59:59+08:00", "2026-06-09T00:00:00+08:00", "denied"),
        ("2026-06-01T09:00:00+08:00", "2026-06-09T08:59:59+08:00", "denied"),
        # around midnight UTC, which is 08:00 in Beijing: no day ends there
        ("2026-06-01T10:00:00Z", "2026-06-08T15:59:59Z", "allowed"),
        ("2026-06-01T10:00:00Z", "2026-06-08T16:00:00Z", "denied"),
        ("2026-05-31T23:59:59Z", "2026-06-08T15:59:59Z", "allowed"),
        ("2026-06-01T00:00:01Z", "2026-06-08T23:59:59+08:00", "allowed"),
        # signed at 16:00 UTC: the next day in Beijing
        ("2026-05-31T15:59:59Z", "2026-06-08T00:00:00+08:00", "denied"),
        ("2026-05-31T16:00:00Z", "2026-06-08T23:59:59+08:00", "allowed"),
        # another zone, the end of February, the turn of the year
        ("2026-06-01T01:00:00-07:00", "2026-06-08T08:59:59-07:00", "allowed"),
        ("2026-06-01T01:00:00-07:00", "2026-06-08T09:00:00-07:00", "denied"),
        ("2028-02-22T12:00:00+08:00", "2028-02-29T23:59:59+08:00", "allowed"),
        ("2026-12-26T12:00:00+08:00", "2027-01-02T23:59:59+08:00", "allowed"),
        ("2026-12-26T12:00:00+08:00", "2027-01-03T00:00:00+08:00", "denied"),
    ],
)
def test_the_seventh_day_is_inside_and_the_eighth_outside(signed_at: str, now: str, verdict: str) -> None:
    found = returned(signed_at, now)
    assert found.verdict == verdict
    if verdict == "allowed":
        assert found.deadline is not None
        assert datetime.fromisoformat(now) <= found.deadline


@pytest.mark.parametrize(
    ("tags", "seventh", "eighth"),
    [
        ((), "return.no-reason", "return.late"),
        (("gift",), "return.no-reason", "return.late"),
        (("promotion",), "return.no-reason", "return.late"),
        (("digital",), "return.no-reason", "return.late"),
        (("opened",), "return.opened", "return.late"),
        (("opened", "promotion"), "return.opened", "return.late"),
        (("secondhand",), "return.secondhand", "return.late"),
        (("customized",), "return.customized", "return.customized"),
        (("fresh",), "return.fresh", "return.fresh"),
        (("digital", "opened"), "return.digital-opened", "return.digital-opened"),
        (("used",), "return.not-intact", "return.late"),
    ],
)
def test_every_kind_of_goods_on_both_sides_of_the_line(tags: tuple[str, ...], seventh: str, eighth: str) -> None:
    signed_at = "2026-06-01T12:00:00+08:00"
    assert returned(signed_at, "2026-06-08T23:59:59+08:00", tags).rule == seventh
    assert returned(signed_at, "2026-06-09T00:00:00+08:00", tags).rule == eighth


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)))
def test_the_deadline_is_the_last_moment_at_which_it_is_allowed(moment: datetime) -> None:
    signed_at = moment.replace(tzinfo=BEIJING)
    deadline = returned(signed_at, signed_at).deadline
    assert deadline is not None
    assert returned(signed_at, deadline).verdict == "allowed"
    after = datetime.fromtimestamp(deadline.timestamp() + 1, BEIJING)
    assert returned(signed_at, after).verdict == "denied"
