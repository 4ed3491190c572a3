"""What holds for every combination of facts, whatever the rows of the tables are."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.decide.entitlements import Entitlements
from copilot.domain.base import BEIJING
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import SUBTYPES, Action, ApprovalKind, ItemTag, OrderStatus
from copilot.rulebook.models import EntitlementFile
from tests.decide.cases import FILE, TICKET, ruling

TAGS = st.frozensets(st.sampled_from(list(ItemTag)), max_size=4)
DAYS = st.integers(0, 800)
SUBTYPE = st.sampled_from([subtype for subtypes in SUBTYPES.values() for subtype in subtypes])
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "order_status": st.sampled_from(list(OrderStatus)),
        "tags": TAGS,
        "category": st.sampled_from(["food", "fresh", "appliance", "clothing", "drug"]),
        "freight_insurance": st.booleans(),
        "days_since_signing": DAYS,
        "hours_since_payment": st.floats(0, 9000),
        "hours_since_return_received": st.floats(0, 500),
        "promise_passed": st.booleans(),
        "application_kind": st.sampled_from(["return", "exchange", "repair"]),
        "injury": st.booleans(),
        "application_state": st.sampled_from(["submitted", "approved", "refused", "picked_up", "received", "refunded"]),
        "fault": st.sampled_from(["claimed", "verified", "refuted"]),
        "issue_subtype": SUBTYPE,
        "claims_earlier_promise": st.booleans(),
    },
)
NO_REASON = st.fixed_dictionaries(
    {"order_status": st.just("signed"), "tags": TAGS},
    optional={"freight_insurance": st.booleans(), "category": st.sampled_from(["fresh", "clothing"])},
)
OPEN_FACTS = ("order_status", "days_since_signing", "hours_since_payment")


def bearer(action: Action, facts: dict[str, Any]) -> str | None:
    freight = ruling(action, **facts).entitlement.freight
    return freight.borne_by if freight else None


@given(NO_REASON, DAYS, st.integers(1, 400))
def test_waiting_never_turns_a_denied_return_into_an_allowed_one(facts: dict[str, Any], days: int, more: int) -> None:
    today = ruling("return_refund", **facts, days_since_signing=days).entitlement.verdict
    later = ruling("return_refund", **facts, days_since_signing=days + more).entitlement.verdict
    strictness = {"allowed": 0, "conditional": 1, "denied": 2}
    assert strictness[later] >= strictness[today]


@given(NO_REASON, st.integers(8, 2000))
def test_nothing_is_returned_without_a_reason_after_day_seven(facts: dict[str, Any], days: int) -> None:
    assert ruling("return_refund", **facts, days_since_signing=days).entitlement.verdict == "denied"


@given(FACTS, st.sampled_from(list(Action)), st.frozensets(st.sampled_from(list(ApprovalKind)), max_size=2))
def test_a_verified_fault_never_costs_the_customer_the_freight(
    facts: dict[str, Any], action: Action, kinds: frozenset[ApprovalKind]
) -> None:
    found = ruling(action, **facts | {"fault": "verified", "approved_kinds": kinds})
    freight = found.entitlement.freight
    assert freight is None or (freight.borne_by != "customer" and freight.paid_at_pickup_by is None)


@given(FACTS, st.sampled_from([Action.RETURN_REFUND, Action.EXCHANGE, Action.REPAIR]))
def test_freight_that_the_merchant_bears_is_not_the_customer_s_elsewhere(facts: dict[str, Any], action: Action) -> None:
    if bearer(Action.FREIGHT, facts) == "merchant":
        assert bearer(action, facts) != "customer"


@given(FACTS, st.integers(0, 7))
def test_an_insured_return_is_not_charged_to_the_customer(facts: dict[str, Any], days: int) -> None:
    insured = facts | {"freight_insurance": True, "days_since_signing": days}
    assert bearer(Action.RETURN_REFUND, insured) != "customer"


@given(FACTS, st.integers(0, 7))
def test_a_verified_fault_of_the_first_week_is_never_denied(facts: dict[str, Any], days: int) -> None:
    faulty = facts | {"fault": "verified", "days_since_signing": days}
    for action in (Action.RETURN_REFUND, Action.EXCHANGE, Action.REPAIR, Action.FREIGHT):
        assert ruling(action, **faulty).entitlement.verdict in ("allowed", "conditional")


@given(FACTS)
def test_value_beyond_the_remedy_is_never_allowed_without_approval(facts: dict[str, Any]) -> None:
    for action in (Action.COMPENSATION, Action.RESEND, Action.SPECIAL_APPROVAL):
        assert ruling(action, **facts).entitlement.verdict == "needs_approval"


@given(FACTS, st.sampled_from(list(Action)))
def test_unknown_names_facts_that_are_really_missing_and_only_unknown_does(
    facts: dict[str, Any], action: Action
) -> None:
    found = ruling(action, **facts)
    assert not set(found.missing_facts) & set(facts)
    assert bool(found.missing_facts) is (found.entitlement.verdict == "unknown")
    assert all(fact in FILE.asks for fact in found.missing_facts)


@given(FACTS, FACTS, st.sampled_from([action for action in Action if action is not Action.RETURN_REFUND]))
def test_learning_a_missing_fact_never_turns_a_verdict(
    facts: dict[str, Any], more: dict[str, Any], action: Action
) -> None:
    before = ruling(action, **facts).entitlement.verdict
    learned = {name: more[name] for name in OPEN_FACTS if name in more}
    after = ruling(action, **learned | facts).entitlement.verdict
    assert before in ("unknown", after)


@given(NO_REASON, DAYS, st.sampled_from([None, "claimed", "verified", "refuted"]))
def test_learning_the_signing_date_never_turns_a_return(facts: dict[str, Any], days: int, fault: str | None) -> None:
    before = ruling("return_refund", **facts, fault=fault).entitlement.verdict
    after = ruling("return_refund", **facts, fault=fault, days_since_signing=days).entitlement.verdict
    if fault == "claimed":
        assert (before, after) == ("conditional", "conditional")
    else:
        assert before in ("unknown", after)


@given(FACTS, st.sampled_from(list(Action)))
def test_the_signed_order_with_all_facts_is_always_decided(facts: dict[str, Any], action: Action) -> None:
    known: dict[str, Any] = {"order_status": "signed", "days_since_signing": 3, "hours_since_payment": 90.0} | facts
    assert ruling(action, **known).entitlement.verdict != "unknown"


@given(FACTS, DAYS, st.integers(1, 400), st.sampled_from([None, "refuted"]))
def test_waiting_never_opens_a_return_that_was_closed(
    facts: dict[str, Any], days: int, more: int, fault: str | None
) -> None:
    wanted = facts | {"fault": fault}
    today = ruling("return_refund", **wanted | {"days_since_signing": days}).entitlement.verdict
    later = ruling("return_refund", **wanted | {"days_since_signing": days + more}).entitlement.verdict
    assert not (today == "denied" and later == "allowed")


@given(FACTS, st.sampled_from(list(Action)))
def test_the_same_facts_are_decided_the_same_way(facts: dict[str, Any], action: Action) -> None:
    assert ruling(action, **facts) == ruling(action, **dict(reversed(facts.items())))


@given(FACTS, st.sampled_from(list(Action)))
def test_whoever_the_customer_is_and_whatever_the_price_the_answer_is_the_same(
    facts: dict[str, Any], action: Action
) -> None:
    other = facts | {"tier": "vip", "amount": "99999.00", "platform": "lashou", "channel": "phone"}
    assert ruling(action, **facts) == ruling(action, **other)


@given(FACTS, st.sampled_from(list(Action)))
def test_a_promotion_or_a_gift_takes_nothing_away(facts: dict[str, Any], action: Action) -> None:
    plain = facts | {"tags": frozenset(facts.get("tags", ())) - {"promotion", "gift"}}
    marked = facts | {"tags": plain["tags"] | {"promotion", "gift"}}
    assert ruling(action, **plain) == ruling(action, **marked)


@given(FACTS, st.sampled_from(list(Action)))
def test_a_denial_rests_on_law_or_rule_and_its_clause(facts: dict[str, Any], action: Action) -> None:
    found = ruling(action, **facts)
    if found.entitlement.verdict == "denied":
        assert found.anchors
        assert found.entitlement.basis in ("law", "standing_rule") or found.entitlement.rule in (
            "cancel.closed",
            "invoice.unpaid",
        )


class TestDeadline:
    @pytest.mark.parametrize(
        ("signed_at", "end"),
        [
            ("2026-06-01T00:00:00+08:00", datetime(2026, 6, 8, 23, 59, 59, tzinfo=BEIJING)),
            ("2026-06-01T23:59:59+08:00", datetime(2026, 6, 8, 23, 59, 59, tzinfo=BEIJING)),
            ("2026-05-31T16:30:00Z", datetime(2026, 6, 8, 23, 59, 59, tzinfo=BEIJING)),
            ("2026-02-25T09:00:00+08:00", datetime(2026, 3, 4, 23, 59, 59, tzinfo=BEIJING)),
        ],
    )
    def test_it_is_the_end_of_the_seventh_day_in_beijing(self, signed_at: str, end: datetime) -> None:
        ticket = TICKET.model_copy(update={"order": Ticket.model_validate(
            {"messages": TICKET.messages, "order": {"signed_at": signed_at}}).order})  # fmt: skip
        found = ruling("return_refund", ticket, order_status="signed", days_since_signing=1)
        assert found.entitlement.deadline == end

    @given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 7))
    def test_the_last_day_ends_with_it_and_day_eight_is_past_it(self, moment: datetime, days: int) -> None:
        signed_at = moment.replace(tzinfo=BEIJING)
        ticket = Ticket.model_validate({"messages": TICKET.messages, "order": {"signed_at": signed_at}})
        deadline = ruling("return_refund", ticket, order_status="signed", days_since_signing=days).entitlement.deadline
        assert deadline is not None
        assert (deadline.date() - signed_at.date()).days == 7
        assert deadline + timedelta(seconds=1) == datetime.combine(
            signed_at.date() + timedelta(days=8), datetime.min.time(), BEIJING
        )

    def test_without_the_signing_moment_there_is_none(self) -> None:
        assert ruling("return_refund", order_status="signed", days_since_signing=1).entitlement.deadline is None


SMALL = EntitlementFile.model_validate(
    {
        "asks": {"days_since_signing": "order_id", "fault": "photos"},
        "absent_means_no": ["tags"],
        "demand_actions": {},
        "tables": [
            {
                "action": "repair",
                "rows": [
                    {"id": "a", "when": {"days_since_signing": {"lte": 7}}, "verdict": "conditional", "basis": "law",
                     "reason": "a", "conditions": ["甲"], "freight": {"borne_by": "merchant"}, "cite": ["c.a"]},
                    {"id": "b", "when": {"tags": ["used"]}, "verdict": "conditional", "basis": "law", "reason": "b",
                     "conditions": ["乙"], "freight": {"borne_by": "customer"}, "cite": ["c.b"]},
                    {"id": "c", "when": {"fault": "claimed"}, "verdict": "conditional", "basis": "law", "reason": "c",
                     "conditions": ["丙"], "freight": {"borne_by": "merchant"}, "cite": ["c.c"]},
                ],
            }
        ],
    }
)  # fmt: skip


class TestEngine:
    """The first row that holds decides, unless an undecided row above it would say something else."""

    def test_an_undecided_row_that_says_the_same_does_not_hold_the_verdict_up(self) -> None:
        (found,) = Entitlements(SMALL, {}).rule([Action.REPAIR], {"fault": "claimed"}, TICKET)
        assert (found.entitlement.rule, found.anchors) == ("c", ("c.c",))

    def test_another_bearer_of_the_freight_is_another_answer(self) -> None:
        (found,) = Entitlements(SMALL, {}).rule([Action.REPAIR], {"tags": frozenset({"used"})}, TICKET)
        assert found.entitlement.verdict == "unknown"
        assert found.missing_facts == ("days_since_signing",)
        assert found.anchors == ("c.a",)
        assert found.entitlement.conditions == ("甲",)

    def test_where_no_row_fits_nothing_is_promised(self) -> None:
        (found,) = Entitlements(SMALL, {}).rule([Action.REPAIR], {"days_since_signing": 9, "fault": "refuted"}, TICKET)
        assert (found.entitlement.verdict, found.missing_facts) == ("unknown", ())
        assert found.entitlement.reason == "没有适用的规则"

    def test_each_action_is_ruled_once_in_the_order_asked_for(self) -> None:
        (only,) = Entitlements(SMALL, {}).rule([Action.REPAIR, Action.REPAIR], {"days_since_signing": 1}, TICKET)
        assert only.entitlement.rule == "a"
        asked = [Action.FREIGHT, Action.REFUND, Action.FREIGHT]
        found = Entitlements(FILE, {}).rule(asked, {}, TICKET)
        assert [each.entitlement.action for each in found] == [Action.FREIGHT, Action.REFUND]
