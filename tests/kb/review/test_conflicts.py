"""Contradictions, repeats and precedence over a knowledge base, found by search."""

from datetime import date

import pytest

from kb.review.precedence import is_law
from kb.service import KnowledgeBase
from kb.service.insight import Insight
from tests.kb.review.conftest import Add

SEVEN = {"退货期限": "商品签收后7天内，外观完好、配件齐全的，可以申请无理由退货。"}
FIFTEEN = {"无理由退换": "买家收到商品之日起十五日内，不影响二次销售的，支持无理由退货。"}


def test_a_draft_against_what_is_in_force(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    add(lexical, "退货政策", SEVEN, publish=True)
    draft = add(lexical, "新版问答", FIFTEEN, kind="faq")
    found = insight.review(draft).contradictions
    assert [(item.left.document, item.right.document) for item in found] == [("新版问答", "退货政策")]
    one = found[0]
    assert (one.left_fact.quote, one.right_fact.quote) == ("十五日", "7天")
    assert one.left.text[one.left_fact.start : one.left_fact.end] == "十五日"
    assert (one.wins, one.because) == ("right", "制度优先于常见问题")


def test_its_own_version_in_force_is_what_it_replaces(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    document = add(lexical, "退货政策", SEVEN, publish=True)
    assert add(lexical, "退货政策", FIFTEEN) == document
    review = insight.review(document)
    assert (review.version, review.replaces, review.contradictions) == (2, 1, ())


def test_inside_one_version(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    document = add(lexical, "退货政策", SEVEN | FIFTEEN)
    assert len(insight.review(document).contradictions) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"platform": "jd"}, {"platform": "tmall"}),
        ({"operator": "merchant"}, {"operator": "platform"}),
        ({"shop": "旗舰店"}, {"shop": "专卖店"}),
        ({"category": "手机"}, {"category": "服装"}),
        ({"category": "手机"}, {}),
        ({"valid_to": date(2026, 6, 30)}, {"valid_from": date(2026, 7, 1)}),
        ({"valid_to": date(2026, 1, 31)}, {}),
    ],
)
def test_what_never_holds_together(
    lexical: KnowledgeBase, insight: Insight, add: Add, first: dict[str, object], second: dict[str, object]
) -> None:
    add(lexical, "退货政策", SEVEN, publish=True, **first)
    draft = add(lexical, "另一份政策", FIFTEEN, **second)
    assert insight.review(draft).contradictions == ()


def test_a_withdrawn_clause_contradicts_nothing(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    document = add(lexical, "退货政策", SEVEN, publish=True)
    lexical.retire(document, actor="editor")
    assert insight.review(add(lexical, "另一份政策", FIFTEEN)).contradictions == ()


@pytest.mark.parametrize(
    ("left", "right", "wins"),
    [
        ({"kind": "policy", "title": "网络购物退货条例"}, {"kind": "policy", "platform": "jd"}, "left"),
        ({"kind": "policy", "platform": "jd"}, {"kind": "policy"}, "left"),
        ({"kind": "policy"}, {"kind": "sop"}, "left"),
        ({"kind": "sop"}, {"kind": "faq"}, "left"),
        ({"kind": "faq", "platform": "jd"}, {"kind": "faq"}, "left"),
        ({"valid_from": date(2026, 5, 1)}, {"valid_from": date(2025, 5, 1)}, "left"),
        ({}, {}, None),
    ],
)
def test_precedence(
    lexical: KnowledgeBase, insight: Insight, add: Add, left: dict[str, object], right: dict[str, object], wins: str
) -> None:
    add(lexical, "在用文件", FIFTEEN, publish=True, **right)
    found = insight.review(add(lexical, "新文件", SEVEN, **left)).contradictions
    assert [item.wins for item in found] == [wins]


def test_a_platform_may_say_otherwise_under_the_same_anchor(lexical: KnowledgeBase, insight: Insight) -> None:
    for name, text, platform in (("通用", SEVEN, None), ("京东", FIFTEEN, "jd")):
        body = "".join(f"### {heading} {{#returns.days}}\n{words}\n" for heading, words in text.items())
        lexical.add_text(f"{name}.md", body.encode(), kind="policy", platform=platform, publish=True, actor="editor")
    assert insight.conflicts().contradictions == ()


def test_everything_in_force(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    add(lexical, "退货政策", SEVEN | {"取件": "上门取件需要提前1天预约。"}, publish=True)
    add(lexical, "问答", FIFTEEN, kind="faq", publish=True)
    add(lexical, "草稿", {"退货": "签收后30天内可以申请无理由退货。"})
    report = insight.conflicts()
    assert report.clauses == 3
    assert {(item.left.document, item.right.document) for item in report.contradictions} in (
        {("退货政策", "问答")},
        {("问答", "退货政策")},
    )


@pytest.mark.parametrize(
    ("title", "metadata", "law"),
    [
        ("中华人民共和国消费者权益保护法", {}, True),
        ("电子商务法", {}, True),
        ("消费者权益保护法实施条例", {}, True),
        ("浙江省实施《中华人民共和国消费者权益保护法》办法", {}, True),
        ("网络购买商品七日无理由退货暂行办法", {}, True),
        ("部分商品修理更换退货责任规定", {}, True),
        ("法定权利手册·三包规定", {}, True),
        ("最高人民法院关于审理网络消费纠纷案件适用法律若干问题的规定（一）", {}, True),
        ("店铺守则", {"效力级别": "部门规章"}, True),
        ("电子商务法", {"authority": "shop"}, False),
        ("退换货与运费政策", {}, False),
        ("售后处理办法", {}, False),
        ("使用方法", {}, False),
        ("本公司退换货管理规定", {}, False),
        ("会员服务条例", {}, False),
    ],
)
def test_what_is_the_law(title: str, metadata: dict[str, object], law: bool) -> None:
    assert is_law("policy", title, metadata) is law
    assert not is_law("faq", title, metadata)


def test_repeats(dense: Insight, base: KnowledgeBase, add: Add) -> None:
    text = "商品签收后7天内，外观完好、配件齐全的，可以在订单详情页提交无理由退货申请。"
    add(base, "在用", {"退货": text, "发票": "电子发票在申请后24小时内开具，可在订单页下载。"}, publish=True)
    draft = add(
        base,
        "草稿",
        {
            "一": text.replace("，", ", "),
            "二": text.replace("订单详情页", "订单页面"),
            "三": "凡是在本店购买的商品，均照此办理："
            + text
            + "特此说明。"
            + "另请留意店铺公告中的活动安排与客服在线时间。" * 3,
            "四": "上门取件需要提前1天预约，取件员会现场核对商品。",
        },
    )
    beside = [pair for pair in dense.review(draft).duplicates if pair.right.document == "在用"]
    assert {(pair.left.section_path[-1], pair.relation) for pair in beside} == {
        ("一", "identical"),
        ("二", "nearly"),
        ("三", "contained"),
    }
    assert all(pair.cosine is not None and pair.similarity > 0.5 for pair in beside)


def test_progress_and_unknown_versions(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    from kb.errors import DocumentNotFound, VersionNotFound

    seen: list[tuple[str, int, int]] = []
    document = add(lexical, "退货政策", SEVEN)
    insight.review(document, progress=lambda *step: seen.append(step))
    assert seen == [("conflicts", 1, 1)]
    with pytest.raises(VersionNotFound):
        insight.review(document, 9)
    with pytest.raises(DocumentNotFound):
        insight.review("doc_none")
