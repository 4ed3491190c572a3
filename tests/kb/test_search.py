"""Search: scope filters, ranking, warnings, scores; resolution of anchors."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from kb.errors import InvalidSearch
from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from tests.kb.conftest import Texts
from tests.kb.fakes import FakeEmbedder

COMMON = """---
title: 通用政策
kind: policy
---
### 质量问题运费 {#freight.quality}
质量问题退货的，往返运费由商家承担。
### 退款到账 {#refund.timing}
退款审核通过后三个工作日内到账，节假日顺延。
### 发票补开 {#invoice.request}
客户可以在订单完成后一年内申请补开发票。
"""
JD = """---
title: 京东政策
kind: policy
platform: jd
---
### 质量问题运费 {#freight.quality}
京东订单质量问题退货的，由京东安排上门取件，客户不付运费。
"""
TMALL = JD.replace("京东", "天猫").replace("platform: jd", "platform: tmall")
SOP = """---
title: 客服流程
kind: sop
platform: jd
operator: merchant
---
### 登记 {#sop.record}
商家客服先登记订单号，再核实质量问题的照片，然后答复运费由谁承担。
"""
SUPERVISOR = """---
title: 主管手册
kind: sop
audience: supervisor
---
### 审批 {#sop.approve}
主管审批运费补偿，单笔上限由店铺设定。
"""


@pytest.fixture
def filled(base: KnowledgeBase) -> KnowledgeBase:
    for name, text in (
        ("common.md", COMMON),
        ("jd.md", JD),
        ("tmall.md", TMALL),
        ("sop.md", SOP),
        ("boss.md", SUPERVISOR),
    ):
        base.add_text(name, text.encode(), publish=True, actor="t")
    return base


def _platforms(base: KnowledgeBase, **fields: object) -> set[str | None]:
    request = SearchRequest(query="质量问题退货运费由谁承担", k=50, **fields)  # type: ignore[arg-type]
    return {hit.platform for hit in base.search(request).hits}


def test_a_platform_sees_its_own_and_the_common_rules(filled: KnowledgeBase) -> None:
    assert _platforms(filled, platform="jd") == {None, "jd"}
    assert _platforms(filled, platform="tmall") == {None, "tmall"}
    assert _platforms(filled, platform="own") == {None}
    assert _platforms(filled) == {None, "jd", "tmall"}


def test_operators_are_kept_apart(filled: KnowledgeBase, texts_of: Texts) -> None:
    query = "登记订单号"
    assert any("商家客服" in text for text in texts_of(filled, query, operator="merchant"))
    assert not any("商家客服" in text for text in texts_of(filled, query, operator="platform"))


def test_kinds_and_audiences_filter(filled: KnowledgeBase) -> None:
    def found(**fields: object) -> set[str]:
        request = SearchRequest(query="运费", k=50, **fields)  # type: ignore[arg-type]
        return {hit.audience + "/" + hit.kind for hit in filled.search(request).hits}

    assert found(kinds=("sop",)) == {"agent/sop", "supervisor/sop"}
    assert found(audiences=("customer",)) == {"customer/policy"}
    assert found(kinds=("faq",)) == set()


def test_a_platforms_rule_stands_above_the_common_one(filled: KnowledgeBase) -> None:
    query = "质量问题退货的，往返运费由商家承担"  # the very words of the common clause
    hits = filled.search(SearchRequest(query=query, platform="jd", k=50)).hits
    order = [hit.platform for hit in hits if hit.anchor == "freight.quality"]
    assert order == ["jd", None]


@pytest.mark.parametrize("query", ["退貨運費誰出", "退货运费谁出", "退货 运费 谁出？"])
def test_script_and_spacing_do_not_matter(filled: KnowledgeBase, query: str) -> None:
    assert filled.search(SearchRequest(query=query, k=1)).hits[0].text.find("运费") >= 0


def test_k_hits_with_falling_scores_between_0_and_1(filled: KnowledgeBase) -> None:
    hits = filled.search(SearchRequest(query="发票怎么补开", k=4)).hits
    assert len(hits) == 4
    assert hits[0].anchor == "invoice.request"
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_confidence(filled: KnowledgeBase) -> None:
    assert filled.search(SearchRequest(query="质量问题退货运费由谁承担")).confident
    nonsense = filled.search(SearchRequest(query="qwerty zxcvb"))
    assert not nonsense.confident
    assert len(nonsense.hits) == 5


def test_a_narrow_filter_still_finds_its_clause(lexical: KnowledgeBase) -> None:
    many = "".join(f"{number}、运费说明第{number}种：退货运费由商家承担，编号{number}。\n" for number in range(1, 99))
    for copy in range(3):
        lexical.add_text(f"many{copy}.txt", many.encode(), kind="policy", platform="jd", publish=True, actor="t")
    lexical.add_text(
        "one.txt",
        "运费到付的包裹仓库一律拒收，另行通知客户。".encode(),
        kind="policy",
        platform="own",
        publish=True,
        actor="t",
    )
    hits = lexical.search(SearchRequest(query="退货运费由商家承担", platform="own", k=3)).hits
    assert [hit.platform for hit in hits] == ["own"]


def test_without_a_model_the_search_is_lexical_and_says_so(lexical: KnowledgeBase) -> None:
    lexical.add_text("common.md", COMMON.encode(), publish=True, actor="t")
    response = lexical.search(SearchRequest(query="发票补开"))
    assert response.hits[0].anchor == "invoice.request"
    assert "lexical" in response.warnings[0]
    assert lexical.embed_query("x") is None


def test_a_model_that_fails_leaves_lexical_search(filled: KnowledgeBase, embedder: FakeEmbedder) -> None:
    embedder.failing = True
    response = filled.search(SearchRequest(query="发票补开"))
    assert response.hits[0].anchor == "invoice.request"
    assert "switched off" in response.warnings[0]


def test_publishing_while_the_model_fails_is_caught_up_later(base: KnowledgeBase, embedder: FakeEmbedder) -> None:
    embedder.failing = True
    report = base.add_text("common.md", COMMON.encode(), publish=True, actor="t")
    assert any("without vectors" in warning for warning in report.warnings)
    assert len(base.drift().missing_dense) == 3
    embedder.failing = False
    assert base.rebuild().clean
    assert base.search(SearchRequest(query="发票补开")).warnings == ()


def test_a_vector_may_be_brought_along_and_is_checked(filled: KnowledgeBase, embedder: FakeEmbedder) -> None:
    request = SearchRequest(query="发票补开")
    vector = filled.embed_query(request.query)
    assert vector is not None
    embedder.failing = True
    response = filled.search(request, vector=vector)
    assert response.warnings == ()
    assert response.hits[0].anchor == "invoice.request"
    for bad in (np.zeros(3, dtype=np.float32), np.full(embedder.dims, np.nan, dtype=np.float32)):
        with pytest.raises(InvalidSearch, match="vector"):
            filled.search(request, vector=bad)


def test_lexical_on_request_needs_no_model(filled: KnowledgeBase, embedder: FakeEmbedder) -> None:
    embedder.failing = True
    response = filled.search(SearchRequest(query="发票补开"), lexical=True)
    assert response.hits[0].anchor == "invoice.request"
    assert response.warnings == ()


def test_everyday_words_find_the_policys_words(home: Path) -> None:
    expansions = {"报销凭证": ("发票",)}
    with KnowledgeBase.open(KbSettings(home=home), embedder=None, expansions=expansions) as base:
        base.add_text("common.md", COMMON.encode(), publish=True, actor="t")
        hits = base.search(SearchRequest(query="能给个报销凭证吗")).hits
    assert hits[0].anchor == "invoice.request"


def test_resolve_prefers_the_platform_and_falls_back(filled: KnowledgeBase) -> None:
    jd = filled.resolve("freight.quality", platform="jd")
    own = filled.resolve("freight.quality", platform="own")
    nobody = filled.resolve("freight.quality", platform=None)
    assert jd is not None
    assert jd.platform == "jd"
    assert own is not None
    assert own.platform is None
    assert nobody == own
    assert filled.resolve("freight.unknown", platform="jd") is None


def test_resolve_respects_operator_audience_and_day(filled: KnowledgeBase) -> None:
    assert filled.resolve("sop.record", platform="jd", operator="platform") is None
    assert filled.resolve("sop.record", platform="jd", operator="merchant") is not None
    assert filled.resolve("sop.approve", platform=None, audiences=("customer",)) is None
    filled.add_text(
        "late.md",
        COMMON.replace("freight.quality", "late.rule").encode(),
        valid_from=date(2027, 1, 1),
        publish=True,
        actor="t",
    )
    assert filled.resolve("late.rule", platform=None) is None
    assert filled.resolve("late.rule", platform=None, as_of=date(2027, 1, 1)) is not None


@pytest.mark.parametrize(
    "fields",
    [{"query": "  "}, {"query": "x" * 2001}, {"query": "x", "k": 0}, {"query": "x", "k": 51}, {"query": "x", "top": 3},
     {"query": "x", "as_of": "tomorrow"}, {"query": "x", "kinds": ["law"]}, {"query": "x", "platform": "京东"}],
)  # fmt: skip
def test_bad_requests_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SearchRequest.model_validate(fields)


def test_the_json_has_the_contracts_names(filled: KnowledgeBase) -> None:
    request = SearchRequest.model_validate_json(
        '{"id":"q1","query":"发票补开","k":1,"platform":null,"as_of":"2026-06-18","kinds":["sop","policy","faq"]}'
    )
    assert request.as_of == date(2026, 6, 18)
    answer = filled.search(request).model_dump(mode="json")
    assert set(answer) == {"id", "hits", "confident", "as_of", "snapshot", "warnings"}
    assert (answer["id"], answer["as_of"]) == ("q1", "2026-06-18")
    (hit,) = answer["hits"]
    assert {"clause_id", "document_id", "document", "kind", "version", "section_path", "text", "score", "valid_from", "valid_to",
            "source_name", "audience", "anchor", "sha256"} <= set(hit)  # fmt: skip
    assert hit["clause_id"].startswith("cl_")
    assert len(hit["clause_id"]) == 19
    assert hit["source_name"] == "common.md"
