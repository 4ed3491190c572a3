"""Statements against order facts, entitlements and clauses in force."""

from collections.abc import Callable
from typing import Any

import pytest

from copilot.domain.compliance import CheckResult

from .conftest import ticket

Judge = Callable[..., CheckResult]
SIGNED = {
    "id": "JD1",
    "status": "signed",
    "signed_at": "2026-06-12T15:00:00+08:00",
    "amount": "199.00",
    "freight_insurance": True,
}
CLAUSE = {
    "clause_id": "cl_1",
    "document": "售后政策手册",
    "citation_id": "c1",
    "text": "签收次日起7天内可申请退货，验货后48小时内提交退款。",
}


@pytest.mark.parametrize(
    ("right", "wrong", "fields"),
    [
        ("您已签收6天", "您已签收9天", {"order": SIGNED}),
        ("目前签收还没有超过七天", "您签收已超过7天", {"order": SIGNED}),
        ("您于6月12日签收", "您于6月10日签收", {"order": SIGNED}),
        ("订单金额199元", "订单金额299元", {"order": SIGNED}),
        ("这单有运费险", "这单没有运费险", {"order": SIGNED}),
        ("包裹已签收", "包裹还没有签收", {"order": SIGNED}),
        ("您的订单还没有发货", "您的订单已经发货", {"order": {"status": "paid"}}),
        ("运单号是SF1234567890", "运单号是SF1234567899", {"order": {"logistics": {"waybill": "SF1234567890"}}}),
        ("商品已经拆封了，", "商品已经洗过了，", {"order": {"items": [{"tags": ["opened"]}]}}),
        ("您的申请已审核通过", "您的申请未通过", {"application": {"kind": "return", "state": "approved"}}),
    ],
)
def test_order_facts(check: Judge, right: str, wrong: str, fields: dict[str, Any]) -> None:
    assert check(right, ticket=ticket(**fields)).status == "pass"
    result = check(wrong, ticket=ticket(**fields))
    assert [violation.rule for violation in result.violations] == ["ungrounded.order_fact"]
    assert check(wrong).status == "pass", "facts that nothing states are not judged"


@pytest.mark.parametrize(
    "text", ["如果已经发货，可以拒收", "请问您是否已签收？", "您说还没有发货，我帮您核实", "等发货后会通知您"]
)
def test_conditions_and_questions_state_no_fact(check: Judge, text: str) -> None:
    assert (
        check(text, ticket=ticket(order={"status": "signed", "signed_at": "2026-06-12T15:00:00+08:00"})).status
        == "pass"
    )
    assert check(text, ticket=ticket(order={"status": "paid"})).status == "pass"


def test_figures_of_agent_text(check: Judge) -> None:
    assert check("您可以在7天内申请退货", clauses=[CLAUSE]).status == "pass"
    assert check("您可以在7日内申请退货", clauses=[{**CLAUSE, "text": "签收次日起七日内可申请退货。"}]).status == "pass"
    assert check("您可以在30天内申请退货", clauses=[CLAUSE]).status == "block"
    assert check("退款一般3天到账", clauses=[CLAUSE]).status == "warn"
    assert check("退款一般3天到账").status == "pass"


def test_own_drafts_cite_what_they_state(check: Judge) -> None:
    given: dict[str, Any] = {"own_draft": True, "clauses": [CLAUSE]}
    assert check("您可以在7天内申请退货[1]。", **given).status == "pass"
    assert check("您可以在7天内申请退货。[1]", **given).status == "pass"
    assert check("您可以在7天内申请退货。验货后退款[1]。", **given).status == "block"
    assert check("您可以在7天内申请退货[2]。", **given).status == "block"
    assert check("我会在24小时内回复您。", **given, reply_within=["PT24H"]).status == "pass"


def test_laws_must_be_in_force_here(check: Judge) -> None:
    law = {
        "clause_id": "cl_2",
        "document": "消费者权益保护法",
        "section_path": ["第二十五条"],
        "text": "经营者采用网络方式销售商品，消费者有权退货。",
    }
    assert check("依据《中华人民共和国消费者权益保护法》第二十五条办理", clauses=[law]).status == "pass"
    assert check("依据《消费者权益保护法》第六十条办理", clauses=[law]).status == "block"
    assert check("依据《快递处罚条例》办理", clauses=[law]).status == "block"


def test_entitlements_are_not_contradicted(check: Judge) -> None:
    allowed = [{"action": "return_refund", "verdict": "allowed", "rule": "r", "deadline": "2026-06-25T23:59:59+08:00"}]
    assert check("您这单不能退货哦", entitlements=allowed).status == "block"
    assert check("请在6月30日前申请退货", entitlements=allowed).status == "block"
    assert check("请在6月24日前申请退货", entitlements=allowed).status == "pass"
    denied = [{"action": "return_refund", "verdict": "denied", "rule": "r"}]
    assert check("这单支持七天无理由退货", entitlements=denied).status == "block"
    assert check("这单不支持无理由退货，可以提交特殊审批", entitlements=denied).status == "pass"


def test_a_rule_told_in_general_contradicts_no_entitlement(check: Judge) -> None:
    denied = [{"action": "return_refund", "verdict": "denied", "rule": "r"}]
    assert check("网购商品自签收次日起七日内、商品完好的可以退货。", entitlements=denied).status == "pass"
    allowed = [{"action": "return_refund", "verdict": "allowed", "rule": "r"}]
    assert check("定制商品不适用七天无理由退货。", entitlements=allowed).status == "pass"


def test_a_reply_time_that_a_clause_names_is_backed(check: Judge) -> None:
    clause = {**CLAUSE, "text": "投诉一般24小时内给出方案，情况复杂的3个工作日内答复。"}
    assert check("情况复杂的3个工作日内答复您", reply_within=["PT24H"], clauses=[clause]).status == "pass"
    assert check("3个工作日内答复您", reply_within=["PT24H"]).status == "block"
