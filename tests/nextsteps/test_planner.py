"""The steps of a ticket: done, now, next, waiting, blocked; the escalation in its place; owners and due times."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from copilot.domain.base import BEIJING
from copilot.domain.suggestion import NextStep, Route
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import IssueType, MissingField, Owner
from copilot.nextsteps.planner import Planner
from copilot.nextsteps.sla import Clocks
from copilot.rulebook.common import CommonFile
from copilot.rulebook.loader import DATA
from copilot.rulebook.models import Playbook, PlaybookFile, SlaFile, VocabularyFile
from copilot.rulebook.source import read

CLOCKS, OWNERS = Clocks(read(DATA / "sla.yaml", SlaFile)), read(DATA / "vocabulary.yaml", VocabularyFile).owners
PLANNER = Planner(CLOCKS, OWNERS, read(DATA / "common.yaml", CommonFile))
PLAYBOOKS = [
    pytest.param(playbook, id=f"{kind}/{playbook.subtype}")
    for kind in IssueType
    for playbook in read(DATA / "playbooks" / f"{kind}.yaml", PlaybookFile).playbooks
]
NOW = datetime(2026, 6, 11, 12, 0, tzinfo=BEIJING)
TICKET = Ticket.model_validate({"messages": [{"role": "customer", "text": "坏了"}], "opened_at": NOW})
FRONTLINE = Route(owner=Owner.FRONTLINE, reason="常规诉求")
UP = Route(owner=Owner.SUPERVISOR, also_notify=(Owner.COMPLIANCE, Owner.LEGAL), reason="顾客表示将采取法律途径")

PLAYBOOK = Playbook.model_validate(
    {
        "subtype": "malfunction",
        "restate": "商品有故障",
        "steps": [
            {"action": "verify_order", "text": "核对订单", "needs": ["order_id"], "done": {"order_known": True}},
            {"action": "collect", "text": "收集照片", "needs": ["photos"], "done": {"attachments": ["photo"]}},
            {"action": "confirm", "text": "核实故障", "needs": ["photos"], "clock": "follow_up",
             "done": {"fault": ["verified", "refuted"]}, "waiting": {"application_state": ["submitted"]}},
            {"action": "approve", "text": "提交审批", "owner": "supervisor", "when": {"verdict_refund": ["needs_approval"]},
             "cite": ["sop.escalate.approval"]},
            {"action": "close", "text": "登记", "clock": "callback"},
        ],
    }
)  # fmt: skip


def plan(missing: tuple[str, ...] = (), route: Route = FRONTLINE, **view: Any) -> tuple[NextStep, ...]:
    fields = frozenset(map(MissingField, missing))
    return PLANNER.run(PLAYBOOK, view, fields, route, ("sop.special.legal", "sop.a", "sop.b"), TICKET, NOW)


def states(*args: Any, **kwargs: Any) -> dict[str, str]:
    return {step.action: step.state.value for step in plan(*args, **kwargs)}


def test_the_first_open_step_is_now_and_the_rest_are_next() -> None:
    assert states() == {"verify_order": "now", "collect": "next", "confirm": "next", "close": "next"}


def test_what_the_facts_show_is_done() -> None:
    assert states(order_known=True) == {"verify_order": "done", "collect": "now", "confirm": "next", "close": "next"}
    all_known = states(order_known=True, attachments=frozenset({"photo"}), fault="verified")
    assert all_known == {"verify_order": "done", "collect": "done", "confirm": "done", "close": "now"}


def test_nothing_is_closed_while_somebody_else_has_to_move_first() -> None:
    found = states(order_known=True, attachments=frozenset({"photo"}), application_state="submitted")
    assert found == {
        "verify_order": "done", "collect": "done", "confirm": "waiting", "sync_progress": "now", "close": "waiting",
    }  # fmt: skip


def test_a_step_that_waits_does_not_hold_up_the_next() -> None:
    found = states(order_known=True, attachments=frozenset({"photo"}), application_state="submitted",
                   verdict_refund="needs_approval")  # fmt: skip
    assert (found["confirm"], found["approve"], found["close"]) == ("waiting", "now", "next")


def test_done_outranks_waiting() -> None:
    assert states(fault="refuted", application_state="submitted")["confirm"] == "done"


def test_the_step_at_hand_asks_and_later_ones_wait_for_the_answer() -> None:
    assert states(("order_id", "photos")) == {
        "verify_order": "now", "collect": "waiting", "confirm": "waiting", "close": "next",
    }  # fmt: skip
    steps = {step.action: step for step in plan(("order_id", "photos"))}
    assert steps["verify_order"].needs == (MissingField.ORDER_ID,)
    assert steps["collect"].needs == (MissingField.PHOTOS,)


def test_a_step_names_only_what_is_really_missing() -> None:
    assert [step.needs for step in plan(("photos",))] == [(), (MissingField.PHOTOS,), (MissingField.PHOTOS,), ()]


def test_a_step_stands_only_where_its_condition_holds() -> None:
    assert "approve" not in states()
    (step,) = (step for step in plan(verdict_refund="needs_approval") if step.action == "approve")
    assert (step.owner, step.citations) == (Owner.SUPERVISOR, ("sop.escalate.approval",))


def test_steps_are_numbered_from_one_without_gaps() -> None:
    assert [step.order for step in plan(route=UP, verdict_refund="needs_approval")] == [1, 2, 3, 4, 5, 6]


class TestDueTimes:
    def test_they_come_from_the_step_s_clock(self) -> None:
        due = {step.action: step.due_at for step in plan(issue_type="quality")}
        assert due["confirm"] == NOW + timedelta(hours=4)
        assert due["close"] == NOW + timedelta(hours=72)
        assert due["verify_order"] is None

    def test_a_step_that_is_done_has_none(self) -> None:
        assert {step.action: step.due_at for step in plan(fault="verified")}["confirm"] is None


class TestEscalation:
    def test_it_stands_right_after_the_order_has_been_looked_up(self) -> None:
        steps = plan(route=UP)
        assert [step.action for step in steps][:3] == ["verify_order", "escalate", "collect"]
        escalate = steps[1]
        assert escalate.text == "升级并通知客服主管、合规、法务：顾客表示将采取法律途径"
        assert escalate.owner is Owner.FRONTLINE
        assert escalate.due_at == NOW + timedelta(hours=2)
        assert escalate.citations == ("sop.special.legal", "sop.a")

    def test_it_is_the_step_at_hand_once_the_order_is_known(self) -> None:
        assert states(route=UP)["escalate"] == "next"
        found = states(route=UP, order_known=True)
        assert (found["verify_order"], found["escalate"], found["collect"]) == ("done", "now", "next")

    def test_a_ticket_that_stays_here_still_tells_who_must_know(self) -> None:
        told = Route(owner=Owner.FRONTLINE, also_notify=(Owner.SUPERVISOR,), reason="补偿诉求须审批")
        assert plan(route=told)[1].text == "升级并通知客服主管：补偿诉求须审批"

    def test_routine_is_not_escalated(self) -> None:
        assert "escalate" not in states()

    def test_a_playbook_without_steps_still_escalates(self) -> None:
        bare = PLAYBOOK.model_copy(update={"steps": ()})
        (step,) = PLANNER.run(bare, {}, frozenset(), UP, (), TICKET, NOW)
        assert (step.action, step.state.value, step.order) == ("escalate", "now", 1)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
@pytest.mark.parametrize("route", [FRONTLINE, UP], ids=["frontline", "escalated"])
@pytest.mark.parametrize("order_known", [True, False])
def test_every_shipped_playbook_has_one_step_at_hand(playbook: Playbook, route: Route, order_known: bool) -> None:
    missing = frozenset() if order_known else frozenset({MissingField.ORDER_ID, MissingField.PHOTOS})
    view = {"order_known": order_known, "missing": missing, "attachments": frozenset()}
    steps = PLANNER.run(playbook, view, missing, route, ("sop.a",), TICKET, NOW)
    assert [step.state.value for step in steps].count("now") == 1
    assert [step.action for step in steps].count("escalate") == (route is UP)
    before = [step.state.value for step in steps[: next(n for n, step in enumerate(steps) if step.state == "now")]]
    assert set(before) <= {"done", "waiting"}
    assert all(step.due_at is None or step.due_at >= NOW for step in steps)
