"""Short answers: whole sentences, cited, with their exceptions; or a clear no."""

import hashlib
from datetime import date

from kb.insight_models import AskRequest
from kb.review.answer import NOTHING, grouped
from kb.service import KnowledgeBase
from kb.service.insight import Insight
from tests.kb.conftest import Clock
from tests.kb.review.conftest import Add

FREIGHT = (
    "请在订单页提交申请并保留凭证。因质量问题退货的，往返运费由商家承担，金额以凭证为准。但核实不属质量问题的除外。"
    "仓库地址以页面显示为准。"
)


def test_sentences_with_their_citation(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    document = add(lexical, "运费", {"退货运费": FREIGHT, "发票": "电子发票在申请后24小时内开具。"}, publish=True)
    answer = insight.ask(AskRequest(id="q1", query="质量问题退货的往返运费由谁承担"))
    assert answer.confident
    (citation,) = answer.citations
    assert citation.quote == "因质量问题退货的，往返运费由商家承担，金额以凭证为准。但核实不属质量问题的除外。"
    assert answer.text == f"{citation.quote}[1]"
    assert (citation.document_id, citation.version, citation.marker) == (document, 1, "[1]")
    assert citation.sha256 == hashlib.sha256(FREIGHT.encode()).hexdigest()
    assert answer.parts[0].citations == ("c1",)


def test_every_quotation_stands_in_its_clause(dense: Insight, base: KnowledgeBase, add: Add) -> None:
    add(
        base,
        "运费",
        {"退货运费": FREIGHT, "换货运费": "个人原因换货的，往返运费由客户承担；错发的由商家承担。"},
        publish=True,
    )
    answer = dense.ask(AskRequest(query="退货换货的往返运费由谁承担"))
    texts = {clause.clause_id: clause.text for clause in base.clauses(answer.citations[0].document_id)}
    assert 1 <= len(answer.citations) <= 3
    for citation in answer.citations:
        assert citation.quote in texts[citation.clause_id]
        assert citation.marker in answer.text


def test_a_clear_no(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    add(lexical, "运费", {"退货运费": FREIGHT}, publish=True)
    answer = insight.ask(AskRequest(query="火星上怎样种土豆"))
    assert (answer.confident, answer.citations, answer.parts) == (False, (), ())
    assert answer.text.startswith(NOTHING)
    assert not insight.ask(AskRequest(query="!!!")).confident


def test_an_empty_knowledge_base(insight: Insight) -> None:
    answer = insight.ask(AskRequest(query="退款多久"))
    assert (answer.text, answer.nearest) == (NOTHING, ())


def test_each_platform_has_its_say(lexical: KnowledgeBase, insight: Insight, add: Add) -> None:
    for name, platform, days in (("通用", None, 7), ("京东", "jd", 15), ("天猫", "tmall", 30)):
        text = f"无理由退货期限为签收后{days}天，超过期限不再受理。"
        add(lexical, name, {"无理由退货期限": text}, publish=True, platform=platform)
    answer = insight.ask(AskRequest(query="无理由退货期限是几天"), {"jd": "京东"})
    assert [part.platform for part in answer.parts] == [None, "jd", "tmall"]
    lines = answer.text.splitlines()
    assert [line.split("：")[0] for line in lines] == ["通用", "京东", "tmall"]
    assert ["7天" in lines[0], "15天" in lines[1], "30天" in lines[2]] == [True, True, True]
    only = insight.ask(AskRequest(query="无理由退货期限是几天", platform="jd"))
    assert only.citations[0].platform == "jd"


def test_the_day_and_the_audience(lexical: KnowledgeBase, insight: Insight, add: Add, clock: Clock) -> None:
    add(lexical, "规则", {"退货期限": "无理由退货期限为签收后7天。"}, valid_to=date(2026, 5, 31), publish=True)
    add(lexical, "内部", {"退货期限": "无理由退货期限对外统一答复为7天。"}, kind="sop", publish=True)
    asked = {"query": "无理由退货期限为签收后几天", "audiences": ("customer",)}
    assert not insight.ask(AskRequest.model_validate(asked)).citations
    earlier = insight.ask(AskRequest.model_validate(asked | {"as_of": date(2026, 5, 1)}))
    assert [citation.audience for citation in earlier.citations] == ["customer"]


def test_sentences_that_belong_together() -> None:
    assert grouped("可以。签收后7天内可退；定制商品除外。但有质量问题的照常处理。请保留凭证。") == [
        "可以。签收后7天内可退；定制商品除外。但有质量问题的照常处理。",
        "请保留凭证。",
    ]
