"""Numbers, payers and permissions of a clause, with their places in its own text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.review.quantities import quantities
from kb.review.reader import read
from kb.review.view import view


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("自签收次日起七日内可退", [("time", 168, 168, "upper")]),
        ("３至５个工作日内到账", [("workdays", 3, 5, "upper")]),
        ("储蓄卡通常1—3个工作日", [("workdays", 1, 3, "exact")]),
        ("超过48小时没有更新", [("time", 48, 48, "lower")]),
        ("不超过24小時", [("time", 24, 24, "upper")]),
        ("上传不少于5张照片", [("count", 5, 5, "lower")]),
        ("满99元包邮", [("money", 99, 99, "lower")]),
        ("每单最高赔付12.5元", [("money", 12.5, 12.5, "upper")]),
        ("￥1,299以内", [("money", 1299, 1299, "upper")]),
        ("按价格的百分之十收取", [("percent", 10, 10, "exact")]),
        ("八折，假一赔三倍", [("discount", 8, 8, "exact"), ("multiple", 3, 3, "exact")]),
        ("五公里以内免费", [("length", 5000, 5000, "upper")]),
        ("首重1公斤", [("weight", 1, 1, "exact")]),
        ("保修一年半", [("time", 12960, 12960, "exact")]),
        ("半个月内", [("time", 360, 360, "upper")]),
        ("9:00至21:30", [("clock", 540, 1290, "exact")]),
        ("2026年7月1日前", [("date", 20260701, 20260701, "upper")]),
        ("终身保修", [("time", float("inf"), float("inf"), "exact")]),
        ("依据《消费者权益保护法》第二十五条", []),
        ("法释〔2022〕8号", []),
        ("第7天仍在期限内", []),
        ("十分抱歉，万一一次性付清", []),
        ("二次销售", []),
    ],
)
def test_quantities(text: str, expected: list[tuple[str, float, float, str]]) -> None:
    found = [(item.dimension, item.low, item.high, item.bound) for item in quantities(view(text).text)]
    assert found == expected


@given(
    st.text(
        alphabet="七日15个工作元小时内以满超过，。（）的退款运费由商家买家承担不可以支持退货质量问题 ①㎏", max_size=80
    )
)
def test_places_lead_back_to_the_source(text: str) -> None:
    for fact in read(text, ("标题",)).facts:
        assert 0 <= fact.start < fact.end <= len(text)
        assert text[fact.start : fact.end] == fact.quote


@pytest.mark.parametrize(
    ("text", "fee", "parties"),
    [
        ("质量问题退货的，往返运费由商家承担。", "freight", {"merchant"}),
        ("退回的邮费需要买家自己出。", "freight", {"customer"}),
        ("运费自理。", "freight", {"customer"}),
        ("运费由平台或商家承担。", "freight", {"platform", "merchant"}),
        ("检测费由责任方之外的买卖双方各承担一半。", "inspection", {"both"}),
        ("税费不由客户承担。", "tax", {"merchant", "platform", "carrier", "insurer"}),
    ],
)
def test_who_pays(text: str, fee: str, parties: set[str]) -> None:
    found = [fact for fact in read(text).facts if fact.kind == "payer"]
    assert [(fact.about, set(fact.parties)) for fact in found] == [(fee, parties)]


@pytest.mark.parametrize(
    "text",
    [
        "运费可由买家先行垫付。",
        "应由商家承担的运费，凭票据返还。",
        "经核实应由商家承担的，请上传运费票据。",
        "客服不承担培训工作。",
    ],
)
def test_advances_and_mere_cases_name_no_payer(text: str) -> None:
    assert not [fact for fact in read(text).facts if fact.kind == "payer"]


@pytest.mark.parametrize(
    ("text", "action", "allowed"),
    [
        ("拆封后仍可以退货。", "return", True),
        ("特价商品恕不退换。", "return", False),
        ("账户余额不能提现。", "withdraw", False),
        ("商家不得以拆封为由拒绝退货。", "return", True),
        ("试穿不影响退货。", "return", True),
        ("不再支持无理由退货。", "return", False),
    ],
)
def test_permissions_with_the_scope_of_negation(text: str, action: str, allowed: bool) -> None:
    found = [(fact.about, fact.allowed) for fact in read(text).facts if fact.kind == "permission"]
    assert found == [(action, allowed)]


def test_examples_state_nothing() -> None:
    assert not read("例如1日签收，8日为第7天。").facts


def test_a_condition_reaches_its_own_case_only() -> None:
    first, second = read("因质量问题退货的，运费由商家承担；因个人原因退货的，运费由客户承担。").facts
    assert (first.where["reason"], second.where["reason"]) == ({"quality"}, {"no_reason"})
