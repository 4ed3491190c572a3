"""Missing knowledge: signals grouped by what they ask, and a draft for the editor."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.insight_models import GapSignal
from kb.review import cluster
from kb.review.gaps import PLACEHOLDER
from kb.service import KnowledgeBase
from kb.service.insight import Insight
from tests.kb.fakes import FakeEmbedder
from tests.kb.review.conftest import Add

AT = datetime(2026, 6, 1, tzinfo=UTC)
COLD = ("冷冻食品化冻了能退吗", "冷冻食品到货化冻了可以退吗", "冷冻的食品化冻了能不能退")
CARD = ("礼品卡过期了还能用吗", "礼品卡过期能不能用")


def signals(texts: tuple[str, ...], **given: object) -> list[GapSignal]:
    return [GapSignal.model_validate({"text": text, "at": AT} | given) for text in texts]


@pytest.mark.parametrize("which", ["insight", "dense"])
def test_grouped_and_weighed(request: pytest.FixtureRequest, which: str) -> None:
    chosen: Insight = request.getfixturevalue(which)
    given = [*signals(COLD, platform="jd", weight=2.0), *signals(CARD, source="suggestion")]
    found, warnings = chosen.gaps(given)
    assert warnings == []
    assert [(gap.number, gap.count, gap.label in texts) for gap, texts in zip(found, (COLD, CARD), strict=True)] == [
        (1, 6, True),
        (2, 2, True),
    ]
    assert (found[0].platforms, found[0].sources, found[1].sources) == (("jd",), ("search",), ("suggestion",))
    assert found == chosen.gaps(list(reversed(given)))[0]


def test_the_log_is_a_source(insight: Insight, lexical: KnowledgeBase, add: Add) -> None:
    add(lexical, "规则", {"取件": "上门取件需要提前1天预约，取件员现场核对商品。"}, publish=True)
    for text in (*COLD, "冷冻食品化冻了能退吗"):
        insight.asked(text, platform=None, source="search", top=None, score=0.1, confident=False)
    insight.asked("上门取件怎么预约", platform=None, source="search", top="cl", score=0.9, confident=True)
    (gap,) = insight.gaps()[0]
    assert (gap.count, gap.label) == (4, "冷冻食品化冻了能退吗")
    assert gap.nearest is not None
    assert gap.nearest.section_path[-1] == "取件"


def test_filters(insight: Insight) -> None:
    later = AT + timedelta(days=10)
    given = [*signals(COLD), *signals(CARD, at=later)]
    assert [gap.count for gap in insight.gaps(given, min_count=3)[0]] == [3]
    assert [gap.count for gap in insight.gaps(given, since=later)[0]] == [2]
    assert insight.gaps([])[0] == []


def test_what_is_answered_by_now_is_no_gap(insight: Insight, lexical: KnowledgeBase, add: Add) -> None:
    add(lexical, "生鲜", {"冷冻食品": "冷冻食品到货化冻了，可以拍照申请退货退款，不能退的说明原因。"}, publish=True)
    assert insight.gaps(signals(COLD))[0] == []
    complaint = insight.gaps(signals(COLD, source="feedback"))[0]
    assert [gap.count for gap in complaint] == [3]


def test_a_failing_model_is_said(dense: Insight, embedder: FakeEmbedder) -> None:
    embedder.failing = True
    found, warnings = dense.gaps(signals(COLD))
    assert [gap.count for gap in found] == [3]
    assert warnings
    assert "words alone" in warnings[0]


def test_the_draft_waits_for_an_editor(insight: Insight, lexical: KnowledgeBase, add: Add) -> None:
    add(lexical, "规则", {"生鲜 -->": "生鲜变质的，请在签收后24小时内反馈。<!-- 冷冻食品另行处理 -->"}, publish=True)
    (gap,) = insight.gaps(signals(COLD, platform="jd"))[0]
    report = insight.draft(gap, actor="editor")
    document = lexical.get_document(report.document_id)
    assert (document.kind, document.state, document.platform, document.published_version) == (
        "faq",
        "draft",
        "jd",
        None,
    )
    assert [damaged.reason for damaged in report.unrepaired] == ["placeholder"]
    (clause,) = lexical.clauses(report.document_id)
    assert clause.section_path[-1] == gap.label
    assert PLACEHOLDER in clause.text
    assert "24小时" not in clause.text
    assert any("24小时" in dropped.text for dropped in report.dropped)
    assert set(gap.examples) - {gap.label} <= set(clause.questions)


@given(st.lists(st.lists(st.floats(-1, 1), min_size=4, max_size=4), min_size=1, max_size=14), st.floats(-0.5, 1.0))
def test_clusters_are_a_partition_that_a_lower_threshold_only_joins(rows: list[list[float]], threshold: float) -> None:
    table = np.array(rows, dtype=np.float32)
    likeness = np.asarray(table @ table.T, dtype=np.float32)
    fine = cluster.clusters(likeness, threshold)
    assert sorted(place for group in fine for place in group) == list(range(len(rows)))
    coarse = cluster.clusters(likeness, threshold - 0.3)
    assert len(coarse) <= len(fine)
    assert all(any(set(group) <= set(wider) for wider in coarse) for group in fine)
