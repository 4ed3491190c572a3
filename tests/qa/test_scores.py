"""Each item of a score: when it applies, what earns it, and that every quote stands where it says."""

from typing import Any

import pytest

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.qa import Score
from copilot.domain.vocabulary import Category, Status
from tests.qa.conftest import Scored, conversation, item

ORDER: dict[str, Any] = {
    "order": {"id": "JD1", "status": "signed", "signed_at": "2026-06-15T12:00:00+08:00",
              "items": [{"sku": "S1", "title": "微波炉", "category": "appliance", "tags": []}]},
}  # fmt: skip
PROBLEM = ("c", "微波炉突然不加热了，换插座也不行")
GOOD = (
    ("c", "微波炉突然不加热了，换插座也不行，烦死了，我要投诉"),
    (
        "a",
        "您好，非常抱歉给您带来不便。您反映的是微波炉不加热，对吗？麻烦您拍一段故障的视频，我核实后2小时内给您回复。",
    ),
    ("c", "视频发了"),
    ("a", "已收到您的视频。核实属于质量问题的，退换的运费由商家承担。还有其他问题随时告诉我，稍后请您对服务做个评价。"),
    ("c", "问题解决了，谢谢"),
)
BAD = (
    ("c", "快递一周了还没到，订单号JD88812345，你们到底管不管，我要投诉"),
    ("a", "订单号发一下"),
    ("c", "不是说了吗"),
    ("a", "这是公司规定，你找快递去吧，私下补偿您50元行了吧"),
    ("c", "什么态度，太差劲了"),
)


def quotes_stand(score: Score, turns: tuple[tuple[str, str], ...]) -> None:
    for each in score.items:
        assert each.why
        assert (each.score is not None) is each.applicable
        for quote in each.quotes:
            text = turns[quote.message][1]
            assert 0 <= quote.start < quote.end <= len(text)
            assert quote.text == text[quote.start : quote.end]


def test_a_good_conversation(scored: Scored) -> None:
    score = scored(*GOOD, **ORDER)
    values = {each.id: each.score for each in score.items}
    for name in (
        "greeting",
        "empathy",
        "classification",
        "policy",
        "compliance",
        "restated",
        "closing",
        "satisfaction",
    ):
        assert values[name] == 1.0, name
    assert values["next_time"] == 1.0
    assert score.passed
    assert score.score is not None
    assert score.score >= 90
    assert [each.status for each in score.messages] == [Status.PASS, Status.PASS]
    quotes_stand(score, GOOD)


def test_a_bad_conversation(scored: Scored) -> None:
    score = scored(*BAD)
    values = {each.id: each.score for each in score.items}
    for name in ("greeting", "empathy", "compliance", "next_time", "closing", "satisfaction", "restated"):
        assert values[name] == 0.0, name
    assert not score.passed
    quotes_stand(score, BAD)
    [first, second] = score.messages
    assert (first.message, first.status, second.status) == (1, Status.PASS, Status.BLOCK)
    assert {Category.BUCK_PASSING, Category.UNAUTHORIZED_COMPENSATION} <= {
        found.category for found in second.violations
    }
    assert "unauthorized_compensation" in item(score, "compliance").why


def test_a_fatal_violation_fails_whatever_the_score(scored: Scored) -> None:
    turns = (*GOOD[:4], ("a", "另外您加我微信，我私下给您转账"), GOOD[4])
    assert not scored(*turns, **ORDER).passed


def test_the_total_is_the_weighted_mean_of_what_applies(scored: Scored) -> None:
    score = scored(*GOOD, **ORDER)
    counted = [each for each in score.items if each.score is not None]
    mean = sum(each.weight * (each.score or 0) for each in counted) / sum(each.weight for each in counted)
    assert score.score == round(100 * mean, 1)


def test_without_an_agent_nothing_is_scored(scored: Scored) -> None:
    score = scored(PROBLEM, ("b", "您好，我是机器人"))
    assert (score.score, score.passed) == (None, False)
    assert not any(each.applicable for each in score.items)


@pytest.mark.parametrize(
    ("opening", "greets"),
    [
        ("您好，我帮您看一下", 1.0),
        ("亲，稍等", 1.0),
        ("尊敬的顾客：来信收悉", 1.0),
        ("订单号发我", 0.0),
        ("查了，在路上", 0.0),
    ],
)
def test_greeting(scored: Scored, opening: str, greets: float) -> None:
    assert item(scored(PROBLEM, ("a", opening)), "greeting").score == greets


@pytest.mark.parametrize(
    "words", ["实在对不起，让您费心了", "遇到这种事换谁都窝火，我特别明白", "给您添了这么多麻烦，心里真的很过意不去"]
)
def test_empathy_in_words_of_one_s_own(scored: Scored, words: str) -> None:
    angry = ("c", "气死我了，第三次坏了，你们什么垃圾质量")
    assert item(scored(angry, ("a", words)), "empathy").score == 1.0
    late = scored(angry, ("a", "请拍一下故障的视频"), ("c", "拍了"), ("a", words))
    assert item(late, "empathy").score == 0.5


def test_a_calm_customer_needs_no_empathy(scored: Scored) -> None:
    assert not item(scored(("c", "请问发票怎么开"), ("a", "您好，在订单页申请即可")), "empathy").applicable


def test_asking_again_for_what_is_there_costs(scored: Scored) -> None:
    photo = {**ORDER, "attachments": [{"kind": "photo"}]}
    broken = ("c", "杯子收到就是裂的，订单号JD1234567")
    assert item(scored(broken, ("a", "您好，请拍一下照片发来")), "asked").score == 1.0
    again = item(scored(broken, ("a", "您好，请拍一下照片发来"), **photo), "asked")
    assert again.score == 0.5
    assert "照片" in again.why
    told = item(scored(broken, ("a", "您好，请提供订单号"), **photo), "asked")
    assert "重复索要已有的：订单号" in told.why
    assert not item(scored(broken, ("a", "您好，照片已收到，无需再提供订单号"), **photo), "asked").applicable


def test_what_was_given_later_was_rightly_asked_before(scored: Scored) -> None:
    turns = (
        ("c", "杯子收到就是碎的"),
        ("a", "您好，请提供订单号和照片"),
        ("c", "订单号JD1234567，照片发了"),
        ("a", "收到"),
    )
    assert item(scored(*turns), "asked").score == 1.0


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ({"issue_type": "quality", "issue_subtype": "malfunction"}, 1.0),
        ({"issue_type": "quality"}, 1.0),
        ({"issue_type": "quality", "issue_subtype": "spoiled"}, 0.5),
        ({"issue_type": "invoice", "issue_subtype": "request"}, 0.0),
    ],
)
def test_the_record_s_label(scored: Scored, label: dict[str, str], value: float) -> None:
    assert item(scored(PROBLEM, ("a", "您好，我帮您核实"), label=label, **ORDER), "classification").score == value


def test_what_the_agent_treated_it_as(scored: Scored) -> None:
    invoice = ("a", "您好，您要的发票可以补开，请提供发票抬头和税号，电子发票发到您的邮箱")
    assert item(scored(PROBLEM, invoice, **ORDER), "classification").score == 0.0
    assert item(scored(("c", "发票还没开给我，抬头要写公司"), invoice, **ORDER), "classification").score == 1.0


def test_policy_against_the_entitlements(scored: Scored) -> None:
    wrong = item(
        scored(PROBLEM, ("a", "您好，您这单不支持退货，质量问题也由您承担运费"), fault="verified", **ORDER), "policy"
    )
    assert wrong.score == 0.0
    assert wrong.quotes
    assert not item(scored(PROBLEM, ("a", "您好，请稍等"), **ORDER), "policy").applicable


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("我会在2小时内给您回复", 1.0), ("我会在4小时内给您回复", 1.0), ("我会在48小时内给您回复", 0.5),
        ("我们后续联系您", 0.0),
    ],
)  # fmt: skip
def test_the_next_time_and_the_clock(scored: Scored, words: str, value: float) -> None:
    assert item(scored(PROBLEM, ("a", f"您好，{words}"), **ORDER), "next_time").score == value


def test_who_confirms_needs_no_next_time(scored: Scored) -> None:
    turns = (PROBLEM, ("a", "您好，已为您换新寄出"), ("c", "新的收到了，谢谢"))
    assert not item(scored(*turns, **ORDER), "next_time").applicable


@pytest.mark.parametrize("stars", [1, 3, 5])
def test_satisfaction_is_the_customer_s_rating(scored: Scored, stars: int) -> None:
    assert item(scored(*GOOD, satisfaction=stars, **ORDER), "satisfaction").score == (stars - 1) / 4


def test_a_complaint_alone_asks_for_a_restatement(scored: Scored) -> None:
    assert not item(scored(PROBLEM, ("a", "您好，我帮您核实"), **ORDER), "restated").applicable


def test_the_same_conversation_gives_the_same_score(scored: Scored) -> None:
    assert scored(*BAD) == scored(*BAD)


def test_quotes_mask_personal_data(sample: Services) -> None:
    found = sample.conversations.score(
        LOCAL,
        conversation(("c", "杯子碎了，什么破东西，电话13812345678，气死了"), ("a", "我电话13700001111，你打给我")),
    )
    assert "13700001111" not in "".join(quote.text for each in found.items for quote in each.quotes)


def test_without_embeddings_set_words_and_rules_still_score(empty: Services) -> None:
    score = empty.conversations.score(LOCAL, conversation(*BAD))
    assert not score.passed
    assert item(score, "compliance").score == 0.0
    assert item(score, "greeting").score == 0.0
    good = empty.conversations.score(LOCAL, conversation(*GOOD, **ORDER))
    assert item(good, "restated").score == 1.0
    assert item(good, "closing").score == 1.0
