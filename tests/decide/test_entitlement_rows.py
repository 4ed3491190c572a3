"""Every row of the decision tables, and the boundaries of its days."""

from typing import Any

import pytest

from copilot.domain.vocabulary import Action, EntitlementVerdict, OrderStatus
from tests.decide.cases import CASES, FILE, Case, ruling, signed

ROWS = {row.id: (table.action, row) for table in FILE.tables for row in table.rows}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_the_row_decides_for_its_facts(case: Case) -> None:
    action, row = ROWS[case.row]
    found = ruling(action, **case.given)
    entitlement = found.entitlement
    borne_by = entitlement.freight.borne_by if entitlement.freight else None
    assert (entitlement.rule, entitlement.verdict, borne_by) == (case.row, case.verdict, case.freight)
    assert entitlement.action is action
    assert entitlement.reason == row.reason
    assert found.anchors == row.cite
    assert found.missing_facts == ()


def test_no_row_is_left_untested() -> None:
    assert {case.row for case in CASES} == set(ROWS)
    assert len(CASES) == len(ROWS)


def test_a_promise_rests_on_a_basis_and_the_rest_on_none() -> None:
    for _, row in ROWS.values():
        if row.verdict is EntitlementVerdict.ALLOWED:
            assert row.basis != "none", row.id
        if row.verdict is EntitlementVerdict.NEEDS_APPROVAL:
            assert row.basis == "none", row.id


def test_what_is_said_to_be_the_law_cites_the_law() -> None:
    for _, row in ROWS.values():
        if row.basis == "law":
            assert any(anchor.startswith("law.") for anchor in row.cite), row.id


def test_what_is_conditional_or_needs_approval_says_on_what() -> None:
    for _, row in ROWS.values():
        if row.verdict is EntitlementVerdict.CONDITIONAL:
            assert row.conditions, row.id


@pytest.mark.parametrize(
    ("days", "tags", "verdict"),
    [
        (0, (), "allowed"),
        (1, (), "allowed"),
        (7, (), "allowed"),
        (8, (), "denied"),
        (365, (), "denied"),
        (0, ("opened",), "allowed"),
        (7, ("opened",), "allowed"),
        (8, ("opened",), "denied"),
        (7, ("digital",), "allowed"),
        (0, ("digital", "opened"), "denied"),
        (0, ("customized",), "denied"),
        (0, ("customized", "opened"), "denied"),
        (0, ("fresh",), "denied"),
        (7, ("gift",), "allowed"),
        (7, ("promotion",), "allowed"),
        (8, ("promotion",), "denied"),
        (7, ("secondhand",), "conditional"),
        (8, ("secondhand",), "denied"),
        (7, ("used",), "denied"),
        (7, ("washed",), "denied"),
        (7, ("tag_removed",), "denied"),
        (7, ("opened", "used"), "denied"),
        (7, ("gift", "promotion", "opened"), "allowed"),
    ],
)
def test_returns_without_a_reason(days: int, tags: tuple[str, ...], verdict: str) -> None:
    assert ruling("return_refund", **signed(days, *tags)).entitlement.verdict == verdict
    # A fault that was refuted is no fault.
    assert ruling("return_refund", **signed(days, *tags, fault="refuted")).entitlement.verdict == verdict


@pytest.mark.parametrize("tags", [("customized",), ("fresh",), ("digital", "opened"), ("used",), ("washed",), ()])
@pytest.mark.parametrize(
    ("days", "verified"), [(0, "allowed"), (7, "allowed"), (8, "conditional"), (366, "conditional")]
)
def test_a_fault_opens_the_return_of_every_kind_of_goods(tags: tuple[str, ...], days: int, verified: str) -> None:
    claimed = ruling("return_refund", **signed(days, *tags, fault="claimed")).entitlement
    proven = ruling("return_refund", **signed(days, *tags, fault="verified")).entitlement
    assert (claimed.verdict, proven.verdict) == ("conditional", verified)


@pytest.mark.parametrize(
    ("fault", "days", "verdict"),
    [
        ("verified", 0, "allowed"),
        ("verified", 15, "allowed"),
        ("verified", 16, "conditional"),
        ("claimed", 15, "conditional"),
        ("claimed", 16, "conditional"),
        ("refuted", 7, "conditional"),
        ("refuted", 8, "denied"),
        (None, 7, "conditional"),
        (None, 8, "denied"),
    ],
)
def test_exchange(fault: str | None, days: int, verdict: str) -> None:
    assert ruling("exchange", **signed(days, fault=fault)).entitlement.verdict == verdict


@pytest.mark.parametrize("tag", ["customized", "fresh", "used", "washed", "tag_removed"])
def test_goods_that_cannot_be_exchanged_at_will_are_exchanged_for_a_fault(tag: str) -> None:
    assert ruling("exchange", **signed(3, tag)).entitlement.verdict == "denied"
    assert ruling("exchange", **signed(3, tag, fault="verified")).entitlement.verdict == "allowed"


@pytest.mark.parametrize(
    ("fault", "days", "verdict", "borne_by"),
    [
        ("verified", 0, "allowed", "merchant"),
        ("verified", 365, "allowed", "merchant"),
        ("verified", 366, "conditional", None),
        ("claimed", 365, "conditional", "merchant"),
        ("claimed", 366, "conditional", None),
        ("refuted", 10, "conditional", None),
        (None, 365, "conditional", "merchant"),
    ],
)
def test_repair(fault: str | None, days: int, verdict: str, borne_by: str | None) -> None:
    entitlement = ruling("repair", **signed(days, fault=fault)).entitlement
    found = entitlement.freight.borne_by if entitlement.freight else None
    assert (entitlement.verdict, found) == (verdict, borne_by)


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [(0.0, "conditional"), (47.9, "conditional"), (48.0, "conditional"), (48.1, "allowed"), (192.0, "allowed")],
)
def test_a_refund_is_due_48_hours_after_the_return_arrived(hours: float, verdict: str) -> None:
    given: dict[str, Any] = {"order_status": "returning", "hours_since_return_received": hours}
    assert ruling("refund", **given).entitlement.verdict == verdict
    assert ruling("refund", **given | {"order_status": "refunded"}).entitlement.rule == "refund.done"


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_order_status_has_an_answer_to_a_cancellation(status: OrderStatus) -> None:
    assert ruling("cancel", order_status=status).entitlement.verdict != "unknown"


@pytest.mark.parametrize("fault", ["claimed", "verified"])
@pytest.mark.parametrize(
    ("category", "verdict"), [("food", "conditional"), ("fresh", "conditional"), ("toy", "needs_approval")]
)
def test_food_with_a_fault_is_refunded_without_return(fault: str, category: str, verdict: str) -> None:
    assert ruling("refund", **signed(1, fault=fault, category=category)).entitlement.verdict == verdict


@pytest.mark.parametrize("kind", ["coupon", "points", "gift", "freight", "repair", "warranty"])
def test_an_approval_of_another_kind_refunds_nothing(kind: str) -> None:
    assert ruling("refund", **signed(3, approved_kinds=[kind])).entitlement.verdict == "needs_approval"
    assert ruling("return_refund", **signed(30, approved_kinds=[kind])).entitlement.verdict == "denied"


@pytest.mark.parametrize("kind", ["repair", "warranty", "resend", "exchange", "late_return", "freight"])
def test_an_approval_of_another_kind_compensates_nothing(kind: str) -> None:
    assert ruling("compensation", **signed(3, approved_kinds=[kind])).entitlement.verdict == "needs_approval"


class TestApplicationsInTime:
    """The seventh day is that of the customer's notice, not of the answer."""

    @pytest.mark.parametrize(
        ("state", "days", "tags", "rule"),
        [
            ("submitted", 7, (), "return.no-reason"),
            ("submitted", 8, (), "return.asked-in-time"),
            ("submitted", 8, ("opened",), "return.asked-in-time"),
            ("submitted", 8, ("washed",), "return.late"),
            ("submitted", 8, ("customized",), "return.customized"),
            ("approved", 7, (), "return.no-reason"),
            ("approved", 8, (), "return.under-way"),
            ("picked_up", 20, (), "return.under-way"),
            ("received", 3, ("customized",), "return.under-way"),
            ("refused", 8, (), "return.late"),
            (None, 8, (), "return.late"),
        ],
    )
    def test_a_return(self, state: str | None, days: int, tags: tuple[str, ...], rule: str) -> None:
        given = signed(days, *tags, application_state=state)
        assert ruling("return_refund", **given).entitlement.rule == rule

    @pytest.mark.parametrize("kind", ["exchange", "repair"])
    def test_an_application_for_something_else_is_none_for_a_return(self, kind: str) -> None:
        given = signed(8, application_state="approved", application_kind=kind)
        assert ruling("return_refund", **given).entitlement.rule == "return.late"

    @pytest.mark.parametrize("status", ["returning", "refunding"])
    def test_an_order_that_is_coming_back(self, status: str) -> None:
        assert ruling("return_refund", **signed(8) | {"order_status": status}).entitlement.rule == "return.under-way"
        assert ruling("return_refund", **signed(7) | {"order_status": status}).entitlement.rule == "return.no-reason"

    @pytest.mark.parametrize(
        ("state", "days", "rule"),
        [
            ("submitted", 7, "exchange.own-wish"),
            ("submitted", 8, "exchange.asked-in-time"),
            ("approved", 8, "exchange.under-way"),
            ("refused", 8, "exchange.late"),
        ],
    )
    def test_an_exchange(self, state: str, days: int, rule: str) -> None:
        given = signed(days, application_state=state, application_kind="exchange")
        assert ruling("exchange", **given).entitlement.rule == rule


@pytest.mark.parametrize(
    ("category", "verdict"), [("drug", "conditional"), ("virtual", "conditional"), (None, "allowed")]
)
@pytest.mark.parametrize("days", [0, 7])
def test_goods_whose_nature_may_exclude_the_return_are_looked_at(category: str | None, verdict: str, days: int) -> None:
    assert ruling("return_refund", **signed(days, category=category)).entitlement.verdict == verdict
    assert ruling("return_refund", **signed(8, category=category)).entitlement.verdict == "denied"
    faulty = signed(days, category=category, fault="verified")
    assert ruling("return_refund", **faulty).entitlement.verdict == "allowed"


@pytest.mark.parametrize("subtype", ["spoiled", "counterfeit", "false_advertising", "damaged", None])
@pytest.mark.parametrize("category", ["food", "appliance"])
@pytest.mark.parametrize("injury", [True, False])
def test_damages_that_the_law_gives_are_never_refused_nor_promised(
    subtype: str | None, category: str, injury: bool
) -> None:
    given = signed(3, category=category, fault="claimed", injury=injury)
    found = ruling("compensation", **given, issue_subtype=subtype).entitlement
    assert found.verdict == "needs_approval"
    assert (found.rule == "compensation.injury") is injury


@pytest.mark.parametrize("fault", [None, "claimed", "verified", "refuted"])
def test_spoiled_goods_that_were_found_sound_are_no_spoiled_goods(fault: str | None) -> None:
    given = signed(1, category="food", fault=fault, issue_subtype="spoiled")
    assert ruling("refund", **given).entitlement.rule == (
        "refund.otherwise" if fault == "refuted" else "refund.spoiled"
    )


class TestSigningDateAndStatus:
    @pytest.mark.parametrize("status", [None, "paid", "shipped", "signed", "returning", "refunding"])
    def test_a_signing_date_shows_that_the_parcel_arrived(self, status: str | None) -> None:
        given = signed(3) | {"order_status": status}
        assert ruling("return_refund", **given).entitlement.rule == "return.no-reason"

    @pytest.mark.parametrize("status", ["cancelled", "refunded"])
    def test_a_closed_order_is_not_refunded_again_unseen(self, status: str) -> None:
        given = signed(3, fault="verified") | {"order_status": status}
        entitlement = ruling("return_refund", **given).entitlement
        assert (entitlement.rule, entitlement.verdict) == ("return.closed", "conditional")


class TestUnknownFacts:
    """A fact that is missing is named; the tables never guess it."""

    @pytest.mark.parametrize(
        ("action", "given", "missing"),
        [
            ("return_refund", {}, {"order_status", "days_since_signing"}),
            ("return_refund", signed(None), {"days_since_signing"}),
            ("return_refund", signed(None, "opened"), {"days_since_signing"}),
            ("return_refund", signed(None, fault="verified"), {"days_since_signing"}),
            ("refund", {"hours_since_return_received": 50}, {"order_status"}),
            ("exchange", {}, {"days_since_signing"}),
            ("exchange", signed(None, fault="verified"), {"days_since_signing"}),
            ("repair", {}, {"days_since_signing"}),
            ("repair", {"fault": "claimed"}, {"days_since_signing"}),
            ("price_protection", signed(3), {"hours_since_payment"}),
            ("cancel", {}, {"order_status"}),
            ("invoice", {}, {"order_status"}),
        ],
    )
    def test_they_are_named(self, action: str, given: dict[str, Any], missing: set[str]) -> None:
        found = ruling(action, **given)
        assert found.entitlement.verdict == "unknown"
        assert found.entitlement.rule == f"{action}.open"
        assert set(found.missing_facts) == missing
        assert found.entitlement.freight is None
        assert found.entitlement.deadline is None

    @pytest.mark.parametrize(
        ("action", "given", "verdict"),
        [
            ("return_refund", signed(None, "customized"), "denied"),
            ("return_refund", signed(None, "washed"), "denied"),
            ("return_refund", {"fault": "claimed"}, "conditional"),
            ("exchange", {"tags": ["fresh"]}, "denied"),
            ("exchange", {"issue_subtype": "wrong_item"}, "conditional"),
            ("repair", {"fault": "refuted"}, "conditional"),
            ("freight", {}, "denied"),
            ("compensation", {}, "needs_approval"),
            ("special_approval", {}, "needs_approval"),
            ("invoice", {"order_status": "signed"}, "allowed"),
        ],
    )
    def test_they_do_not_matter_where_the_answer_is_the_same(
        self, action: str, given: dict[str, Any], verdict: str
    ) -> None:
        found = ruling(action, **given)
        assert (found.entitlement.verdict, found.missing_facts) == (verdict, ())

    @pytest.mark.parametrize("action", list(Action))
    def test_an_open_verdict_says_what_it_waits_for_or_that_no_rule_fits(self, action: Action) -> None:
        found = ruling(action)
        if found.entitlement.verdict is EntitlementVerdict.UNKNOWN:
            assert found.missing_facts
            assert all(fact in FILE.asks for fact in found.missing_facts)
