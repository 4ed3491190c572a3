"""Every playbook as shipped, in every state of an application: a plan whose first open step can be taken now."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from copilot.domain.base import BEIJING
from copilot.domain.suggestion import NextStep
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import SUBTYPES, MissingField, Owner
from copilot.nextsteps.escalation import Escalation
from copilot.nextsteps.planner import Planner
from copilot.nextsteps.sla import Clocks
from copilot.rulebook import loader

BOOK = loader.load()
CLOCKS = Clocks(BOOK.sla)
PLANNER = Planner(CLOCKS, BOOK.vocabulary.owners, BOOK.common)
NOW = datetime(2026, 6, 11, 12, 0, tzinfo=BEIJING)
STATES = (None, "submitted", "approved", "refused", "picked_up", "received", "refunded")
ORDER = {"picked_up": "returning", "received": "returning", "refunded": "refunded"}
KEYS = tuple(f"{kind}/{subtype}" for kind, subtypes in SUBTYPES.items() for subtype in subtypes)
RETURNS = tuple(key for key in KEYS if key.split("/")[0] in ("quality", "return_exchange"))
DONE_BY_REVIEW = {"collect_evidence", "confirm_fault", "compare_page", "check_eligibility", "guide_application"}


def plan(
    key: str, missing: tuple[str, ...] = (), opened: datetime = NOW, order: dict[str, Any] | None = None, **facts: Any
) -> tuple[NextStep, ...]:
    """The steps for a ticket whose order is known."""
    issue_type, subtype = key.split("/")
    said = [{"role": "customer", "text": "怎么处理", "at": NOW}]
    ticket = Ticket.model_validate({"messages": said, "opened_at": opened, "order": order})
    view: dict[str, Any] = {
        "issue_type": issue_type, "issue_subtype": subtype, "order_known": True, "order_status": "signed",
        "attachments": frozenset(), "demands": frozenset({"refund"}), "risk_flags": frozenset(), "has_approval": False,
        "verdict_return_refund": "conditional", "verdict_refund": "conditional", "verdict_exchange": "conditional",
        "missing": frozenset(missing), "emotion": "calm", "complaint_level": 3 if issue_type == "service" else None, **facts,
    }  # fmt: skip
    view["overdue"] = CLOCKS.overdue(ticket, view, NOW)
    route = Escalation(BOOK.escalation).run(view).route
    return PLANNER.run(BOOK.playbooks[key], view, frozenset(map(MissingField, missing)), route, ("sop.a",), ticket, NOW)


def states(key: str, **facts: Any) -> dict[str, str]:
    return {step.action: step.state.value for step in plan(key, **facts)}


def in_state(state: str | None) -> dict[str, Any]:
    return {"application_state": state, "order_status": ORDER.get(state or "", "signed")}


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("key", KEYS)
class TestEveryPlaybookInEveryState:
    def test_its_first_open_step_can_be_taken_now(self, key: str, state: str | None) -> None:
        steps = plan(key, **in_state(state))
        now = [step for step in steps if step.state == "now"]
        assert len(now) == 1
        assert now[0].needs == ()
        before = {step.state.value for step in steps[: steps.index(now[0])]}
        assert before <= {"done", "waiting", "blocked"}

    def test_it_is_closed_last_and_only_when_nothing_is_open(self, key: str, state: str | None) -> None:
        steps = plan(key, **in_state(state))
        assert steps[-1].action == "close"
        if steps[-1].state == "now":
            assert {step.state.value for step in steps[:-1]} == {"done"}

    def test_every_step_has_an_owner_a_clause_and_the_time_of_its_clock(self, key: str, state: str | None) -> None:
        clocks = {step.action for step in BOOK.playbooks[key].steps if step.clock}
        for step in plan(key, **in_state(state)):
            assert step.owner in Owner
            assert step.citations, step.action
            assert (step.due_at is not None) >= (step.action in clocks and step.state != "done"), step.action

    def test_no_action_stands_twice(self, key: str, state: str | None) -> None:
        actions = [step.action for step in plan(key, **in_state(state))]
        assert len(actions) == len(set(actions))


class TestApplicationStates:
    @pytest.mark.parametrize("key", RETURNS)
    def test_a_refused_application_is_explained_before_it_is_made_again(self, key: str) -> None:
        found = states(key, **in_state("refused"))
        assert found["explain_refusal"] in ("now", "next")
        assert found.get("guide_application", "blocked") == "blocked"

    @pytest.mark.parametrize("key", RETURNS)
    @pytest.mark.parametrize("state", ["approved", "picked_up", "received", "refunded"])
    def test_what_the_review_settled_is_done(self, key: str, state: str) -> None:
        found = states(key, **in_state(state))
        assert {found[action] for action in DONE_BY_REVIEW & set(found)} <= {"done"}

    @pytest.mark.parametrize("key", [key for key in RETURNS if key != "return_exchange/return_progress"])
    @pytest.mark.parametrize(
        ("state", "actions"),
        [
            ("submitted", {"await_review"}),
            ("approved", {"arrange_pickup", "ship_new"}),
            ("picked_up", {"track_return", "inspect_return", "ship_new"}),
            ("received", {"submit_refund", "inspect_return", "ship_new"}),
            ("refunded", {"confirm_arrival"}),
        ],
    )
    def test_the_next_station_is_on_the_plan(self, key: str, state: str, actions: set[str]) -> None:
        found = states(key, **in_state(state))
        assert any(found.get(action, "done") != "done" for action in actions)

    def test_while_the_parcel_is_under_way_the_customer_is_kept_informed(self) -> None:
        found = states("quality/damaged", **in_state("picked_up"))
        assert (found["track_return"], found["sync_progress"], found["close"]) == ("waiting", "now", "waiting")

    def test_a_refund_waits_for_the_review_or_for_the_goods(self) -> None:
        assert states("refund_payment/refund_progress", **in_state("submitted"))["submit_refund"] == "blocked"
        assert states("refund_payment/refund_progress", **in_state("picked_up"))["submit_refund"] == "blocked"
        only_refund = states("refund_payment/refund_progress", application_kind="refund", **in_state("approved"))
        assert only_refund["submit_refund"] == "next"


class TestEvidence:
    def test_what_is_attached_is_not_asked_for(self) -> None:
        assert states("quality/damaged", attachments=frozenset({"photo"}))["collect_evidence"] == "done"

    def test_what_was_said_to_be_sent_is_not_asked_for_either(self) -> None:
        assert states("quality/damaged")["collect_evidence"] == "done"
        found = states("quality/damaged", missing=("photos",))
        assert (found["collect_evidence"], found["confirm_fault"]) == ("now", "waiting")

    def test_an_approved_invoice_title_is_not_asked_for_again(self) -> None:
        assert states("invoice/request")["collect_title"] == "done"
        assert states("invoice/request", missing=("invoice_title",))["collect_title"] == "now"


class TestApprovals:
    def test_a_gift_is_blocked_until_it_is_approved(self) -> None:
        (step,) = (step for step in plan("promotion/gift") if step.action == "send_gift")
        assert step.state == "blocked"
        assert step.text.endswith("（待主管批准）")
        assert states("promotion/gift", has_approval=True)["send_gift"] == "next"

    def test_a_resend_is_blocked_until_it_is_approved(self) -> None:
        asked = {"demands": frozenset({"resend"}), "verdict_resend": "needs_approval"}
        found = states("order/missing_item", **asked)
        assert (found["request_approval"], found["resend_or_refund"]) == ("next", "blocked")
        found = states("order/missing_item", **asked, has_approval=True)
        assert (found["request_approval"], found["resend_or_refund"]) == ("done", "next")

    def test_who_wants_a_refund_waits_for_no_approval_of_a_resend(self) -> None:
        asked = {"demands": frozenset({"refund"}), "verdict_resend": "needs_approval"}
        assert states("order/missing_item", **asked)["resend_or_refund"] == "next"

    def test_with_media_involved_only_the_holding_reply_goes_out(self) -> None:
        risk = {"complaint_level": 1, "risk_flags": frozenset({"media_exposure"})}
        found = states("service/false_advertising", **risk)
        assert (found["escalate"], found["plan"], found["guide_application"]) == ("now", "blocked", "blocked")


@pytest.mark.parametrize("key", KEYS)
class TestRoundsOfPlans:
    def test_two_refused_plans_go_to_compliance_and_nothing_is_added(self, key: str) -> None:
        steps = plan(key, plans_rejected=2)
        assert any(step.owner is Owner.COMPLIANCE and step.state != "done" for step in steps)
        escalate = next(step for step in steps if step.action == "escalate")
        assert "合规" in escalate.text
        offered = {step.action: step.state.value for step in steps}
        assert {offered[action] for action in ("plan", "replan", "request_approval") if action in offered} <= {
            "blocked"
        }

    def test_one_refused_plan_does_not(self, key: str) -> None:
        actions = {step.action for step in plan(key, plans_rejected=1)}
        assert not {"compliance_review", "escalate"} & actions or key == "service/attitude"


@pytest.mark.parametrize("key", KEYS)
class TestSilentMerchant:
    def test_after_48_hours_the_platform_steps_in(self, key: str) -> None:
        order = {"merchant_notified_at": NOW - timedelta(hours=48)}
        steps = plan(key, order=order, hours_since_merchant_notified=48.0)
        stepped = [step for step in steps if step.action in ("platform_step_in", "merchant_silent")]
        assert [step.owner for step in stepped] == [Owner.SUPERVISOR]
        assert stepped[0].due_at == NOW
        assert stepped[0].text.endswith("（已超时：应于6月11日12:00前完成）")
        assert "escalate" in {step.action for step in steps}

    def test_before_that_the_merchant_is_awaited(self, key: str) -> None:
        order = {"merchant_notified_at": NOW - timedelta(hours=47)}
        steps = plan(key, order=order, hours_since_merchant_notified=47.0)
        actions = {step.action: step for step in steps}
        assert "merchant_silent" not in actions
        waiting = actions.get("await_merchant")
        if waiting is not None:
            assert (waiting.state.value, waiting.owner) == ("waiting", Owner.MERCHANT)
            assert waiting.due_at == NOW + timedelta(hours=1)


class TestOverdue:
    def test_a_step_says_that_its_time_has_passed(self) -> None:
        steps = plan("service/process_failure", opened=NOW - timedelta(hours=30), complaint_level=3)
        late = next(step for step in steps if step.action == "plan")
        assert late.due_at == NOW - timedelta(hours=6)
        assert late.text.endswith("（已超时：应于6月11日06:00前完成）")

    def test_the_delay_is_explained_first(self) -> None:
        steps = plan("logistics/delay", opened=NOW - timedelta(hours=60))
        first = next(step for step in steps if step.state == "now")
        assert first.action == "explain_delay"
        assert first.due_at == NOW + timedelta(hours=2)

    def test_in_time_nothing_is_explained(self) -> None:
        steps = plan("logistics/delay", opened=NOW - timedelta(hours=20))
        assert "explain_delay" not in {step.action for step in steps}
        assert not any("超时：" in step.text for step in steps)


class TestCarrierAnswers:
    def test_a_parcel_that_is_confirmed_lost_is_the_customer_s_choice(self) -> None:
        found = states("logistics/no_update", carrier_event="lost", order_status="shipped")
        assert (found["contact_carrier"], found["lost_branch"]) == ("done", "next")
        assert states("logistics/delay", carrier_event="lost", order_status="shipped")["lost_branch"] in ("now", "next")

    def test_a_parcel_on_its_way_back_is_asked_about(self) -> None:
        assert "handle_returning" in states("logistics/delay", carrier_event="returning", order_status="shipped")
        assert "handle_returning" not in states("logistics/delay", carrier_event="delivering", order_status="shipped")

    @pytest.mark.parametrize(
        ("line", "event"),
        [
            ("包裹运输中丢失，已登记", "lost"), ("派送中，快递员正在派送", "delivering"), ("已暂存至驿站，请凭码取件", "awaiting_pickup"),
            ("客户拒收，退回途中", "returning"), ("已到达杭州转运中心", None),
        ],
    )  # fmt: skip
    def test_the_tracking_line_says_what_happened(self, line: str, event: str | None) -> None:
        assert BOOK.vocabulary.carrier_event_of(line) == event


def test_every_state_of_a_step_occurs() -> None:
    seen = {step.state.value for key in KEYS for state in STATES for step in plan(key, **in_state(state))}
    assert seen == {"done", "now", "next", "waiting", "blocked"}
