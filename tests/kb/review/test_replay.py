"""Which stored questions get another answer when a version is published; the projections stay as they are."""

from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.service.insight import Insight
from tests.kb.review.conftest import Add

RULES = {
    "退货期限": "商品签收后7天内可以申请无理由退货，商品应当完好。",
    "电子发票": "电子发票在申请后24小时内开具，可以在订单页下载。",
    "上门取件": "上门取件需要提前1天预约，取件员现场核对商品。",
}


def note(insight: Insight, text: str, times: int = 1, platform: str | None = None) -> None:
    for _ in range(times):
        insight.asked(text, platform=platform, source="search", top=None, score=0.0, confident=True)


def test_new_words_of_the_same_clause(dense: Insight, base: KnowledgeBase, add: Add) -> None:
    document = add(base, "规则", RULES, publish=True)
    note(dense, "签收后几天内可以申请无理由退货", 3)
    note(dense, "电子发票多久开具")
    add(base, "规则", RULES | {"退货期限": "商品签收后15天内可以申请无理由退货，商品应当完好。"})
    before = base.drift()
    review = dense.review(document)
    (change,) = review.replay
    assert review.replayed == 2
    assert (change.question, change.asked) == ("签收后几天内可以申请无理由退货", 3)
    assert change.before is not None
    assert change.after is not None
    assert ("7天" in change.before.text, "15天" in change.after.text) == (True, True)
    assert base.drift() == before
    assert "7天" in base.search(SearchRequest(query=change.question)).hits[0].text


def test_an_answer_that_is_taken_away(dense: Insight, base: KnowledgeBase, add: Add) -> None:
    document = add(base, "规则", RULES, publish=True)
    note(dense, "电子发票申请后多久开具")
    add(base, "规则", {heading: text for heading, text in RULES.items() if heading != "电子发票"})
    (change,) = dense.review(document).replay
    assert change.before is not None
    assert change.before.section_path[-1] == "电子发票"
    assert change.after is None


def test_a_question_that_is_answered_at_last(dense: Insight, base: KnowledgeBase, add: Add) -> None:
    add(base, "规则", RULES, publish=True)
    note(dense, "冷冻食品化冻了怎么申请售后")
    draft = add(base, "生鲜", {"冷冻食品": "冷冻食品化冻的，请拍照申请售后，客服核实后退款。"})
    (change,) = dense.review(draft).replay
    assert change.before is None
    assert change.after is not None
    assert change.after.document == "生鲜"


def test_what_stays_is_not_listed(dense: Insight, base: KnowledgeBase, add: Add) -> None:
    document = add(base, "规则", RULES, publish=True)
    for question in ("签收后几天内可以申请无理由退货", "电子发票多久开具", "上门取件怎么预约"):
        note(dense, question)
    add(base, "规则", RULES | {"赠品": "主商品退货时赠品须一并退回。"})
    assert dense.review(document).replay == ()


def test_another_platform_s_question_is_none_of_its_business(
    insight: Insight, lexical: KnowledgeBase, add: Add
) -> None:
    add(lexical, "规则", RULES, publish=True)
    note(insight, "签收后几天内可以申请无理由退货", platform="tmall")
    draft = add(lexical, "京东", {"退货期限": "京东订单签收后30天内可以申请无理由退货。"}, platform="jd")
    assert insight.review(draft).replay == ()


def test_without_a_model_words_decide(insight: Insight, lexical: KnowledgeBase, add: Add) -> None:
    document = add(lexical, "规则", RULES, publish=True)
    note(insight, "签收后几天内可以申请无理由退货")
    add(lexical, "规则", RULES | {"退货期限": "商品签收后15天内可以申请无理由退货，商品应当完好。"})
    (change,) = insight.review(document).replay
    assert change.after is not None
    assert "15天" in change.after.text
