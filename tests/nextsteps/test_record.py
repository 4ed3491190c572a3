"""The row for the register: verdicts in words, the step at hand, and where the ticket stands."""

from datetime import datetime
from typing import Any

import pytest

from copilot.domain.base import BEIJING
from copilot.domain.suggestion import Classification, Entities, Entitlement, NextStep, Record, Route
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action, EntitlementVerdict, Owner
from copilot.nextsteps.record import Account, record
from copilot.rulebook.loader import DATA
from copilot.rulebook.models import VocabularyFile
from copilot.rulebook.source import read

ACTIONS = read(DATA / "vocabulary.yaml", VocabularyFile).actions
NOW = datetime(2026, 6, 11, 12, 0, tzinfo=BEIJING)
ROUTINE = Route(owner=Owner.FRONTLINE, reason="常规诉求")
NAMED = Entities(order_id="JD9", products=("保温杯", "杯刷"), quantity=3)


def step(state: str, text: str = "核对订单", needs: tuple[str, ...] = ()) -> NextStep:
    return NextStep.model_validate(
        {"order": 1, "action": "verify_order", "text": text, "owner": "frontline", "state": state, "needs": needs}
    )


def entitlement(action: Action, verdict: str) -> Entitlement:
    return Entitlement(action=action, verdict=EntitlementVerdict(verdict), rule="r")


def account(**more: Any) -> Account:
    kind = Classification.model_validate(
        {"issue_type": "quality", "issue_subtype": "damaged", "priority": "P2", "emotion": "calm", "confidence": 0.9}
        | more.pop("kind", {})
    )
    return Account.model_validate({"label": "商品质量·破损瑕疵", "classification": kind, "entities": NAMED} | more)


def row(
    *steps: NextStep, route: Route = ROUTINE, entitlements: tuple[Entitlement, ...] = (), order: Any = None,
    entities: Entities = NAMED,
) -> Record:  # fmt: skip
    ticket = Ticket.model_validate({"messages": [{"role": "customer", "text": "裂了"}], "order": order})
    return record(ticket, account(entities=entities), entitlements, steps, route, (), ACTIONS, NOW)


@pytest.mark.parametrize(
    ("steps", "route", "status"),
    [
        ([step("now")], ROUTINE, "open"),
        ([step("done"), step("now", needs=("photos",))], ROUTINE, "waiting_customer"),
        ([step("now"), step("waiting", needs=("photos",))], ROUTINE, "open"),
        ([step("now", needs=("order_id",))], Route(owner=Owner.SUPERVISOR, reason="r"), "escalated"),
        ([step("now")], Route(owner=Owner.FRONTLINE, also_notify=(Owner.SUPERVISOR,), reason="r"), "escalated"),
        ([], ROUTINE, "open"),
    ],
)
def test_the_status(steps: list[NextStep], route: Route, status: str) -> None:
    found = row(*steps, route=route)
    assert (found.status, found.owner) == (status, route.owner)


def test_the_solution_gives_verdicts_in_words_and_the_step_at_hand() -> None:
    entitlements = (
        entitlement(Action.RETURN_REFUND, "conditional"),
        entitlement(Action.FREIGHT, "denied"),
        entitlement(Action.COMPENSATION, "needs_approval"),
        entitlement(Action.REPAIR, "unknown"),
        entitlement(Action.INVOICE, "allowed"),
    )
    found = row(step("done", "收集照片"), step("now", "核实故障"), entitlements=entitlements)
    assert found.issue == "商品质量·破损瑕疵"
    assert found.registered_at == NOW
    assert found.solution == (
        "退货退款：核实后可办理；运费：不符合条件；补偿：需审批；维修：待补充信息；发票：可办理；当前：核实故障"
    )


def test_without_verdicts_or_a_step_at_hand_nothing_is_made_up() -> None:
    assert row(step("now", "核实故障")).solution == "当前：核实故障"
    assert row(step("done")).solution == ""
    assert row(entitlements=(entitlement(Action.REFUND, "allowed"),)).solution == "退款：可办理"


@pytest.mark.parametrize("verdict", list(EntitlementVerdict))
@pytest.mark.parametrize("action", list(Action))
def test_every_action_and_verdict_has_words(action: Action, verdict: EntitlementVerdict) -> None:
    assert "：" in row(entitlements=(entitlement(action, verdict),)).solution


def test_the_order_s_own_fields_come_before_what_the_conversation_names() -> None:
    order = {"id": "JD1", "items": [{"title": "电饭煲", "quantity": 2}, {"title": "内胆"}]}
    found = row(order=order)
    assert (found.order_id, found.product, found.quantity) == ("JD1", "电饭煲", 2)


def test_without_an_order_the_conversation_fills_the_row() -> None:
    found = row()
    assert (found.order_id, found.product, found.quantity) == ("JD9", "保温杯", 3)
    empty = row(entities=Entities())
    assert (empty.order_id, empty.product, empty.quantity) == (None, None, None)
