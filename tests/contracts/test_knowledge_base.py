"""What a knowledge base does, whatever it is deployed on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from kb.errors import InvalidState, SelfReview
from kb.models import SearchRequest
from kb.service import KnowledgeBase
from tests.contracts.conftest import Site

RULE = """### 运费 {{#freight.quality}}
质量问题的退货运费由{party}承担。
### 取件 {{#pickup.rule}}
上门取件由仓库安排，当天联系客户。
"""
TODAY = date(2026, 6, 18)


def _add(base: KnowledgeBase, party: str = "商家", name: str = "rule.md", **fields: object) -> str:
    report = base.add_text(
        name, RULE.format(party=party).encode(), kind="policy", actor="writer", publish=True, **fields
    )  # type: ignore[arg-type]
    assert report.warnings == ()
    return report.document_id


def _parties(base: KnowledgeBase, **fields: object) -> set[str]:
    """Who bears the freight by the clauses that are served."""
    response = base.search(SearchRequest(query="质量问题的退货运费由谁承担", k=20, **fields))  # type: ignore[arg-type]
    assert response.warnings == ()
    texts = [hit.text for hit in response.hits if hit.anchor == "freight.quality"]
    return {text.removeprefix("质量问题的退货运费由").removesuffix("承担。") for text in texts}


def test_a_draft_is_kept_and_not_served_until_it_is_reviewed_and_published(base: KnowledgeBase) -> None:
    report = base.add_text("rule.md", RULE.format(party="商家").encode(), kind="policy", actor="writer")
    assert _parties(base) == set()
    assert base.resolve("freight.quality", platform=None) is None
    with pytest.raises(InvalidState):
        base.publish(report.document_id, actor="writer")
    base.submit(report.document_id, actor="writer")
    with pytest.raises(SelfReview):
        base.approve(report.document_id, actor="writer")
    base.approve(report.document_id, actor="second")
    base.publish(report.document_id, actor="second")
    assert _parties(base) == {"商家"}
    assert [clause.anchor for clause in base.clauses(report.document_id)] == ["freight.quality", "pickup.rule"]
    assert [step.action for step in base.history(report.document_id)] == ["add", "submit", "approve", "publish"]
    assert base.drift().clean


def test_every_day_has_its_own_answer(base: KnowledgeBase) -> None:
    _add(base, "商家", valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 31))
    _add(base, "客户", "later.md", valid_from=date(2027, 1, 1))
    assert _parties(base) == set()
    assert _parties(base, as_of=date(2025, 12, 31)) == set()
    assert _parties(base, as_of=date(2026, 3, 31)) == {"商家"}
    assert _parties(base, as_of=date(2026, 4, 1)) == set()
    assert _parties(base, as_of=date(2027, 1, 1)) == {"客户"}


def test_a_new_version_takes_over_and_a_rollback_brings_the_old_one_back(base: KnowledgeBase, site: Site) -> None:
    document = _add(base, "商家")
    before = base.resolve("freight.quality", platform=None)
    site.clock.forward(days=1)
    assert _add(base, "平台") == document
    assert _parties(base) == {"平台"}
    assert _parties(base, as_of=TODAY) == {"商家"}
    after = base.resolve("freight.quality", platform=None)
    assert before is not None
    assert after is not None
    assert (after.clause_id, after.version) == (before.clause_id, 2)
    site.clock.forward(days=1)
    assert base.rollback(document, actor="second").version == 1
    assert _parties(base) == {"商家"}
    assert _parties(base, as_of=TODAY) == {"商家"}
    assert _parties(base, as_of=date(2026, 6, 19)) == {"平台"}
    assert base.drift().clean


def test_what_is_withdrawn_is_served_for_no_day(base: KnowledgeBase, site: Site) -> None:
    document = _add(base, "商家")
    site.clock.forward(days=1)
    base.retire(document, actor="second")
    for day in (date(2020, 1, 1), TODAY, date(2026, 6, 19), date(2030, 1, 1)):
        assert _parties(base, as_of=day) == set()
        assert base.resolve("freight.quality", platform=None, as_of=day) is None
    assert base.drift().clean
    assert base.drift().published == 0


def test_what_is_archived_answers_for_the_days_before(base: KnowledgeBase, site: Site) -> None:
    document = _add(base, "商家")
    site.clock.forward(days=2)
    base.archive(document, actor="second")
    assert _parties(base) == set()
    assert _parties(base, as_of=date(2026, 6, 19)) == {"商家"}
    assert base.list_documents() == []


def test_platforms_are_kept_apart_and_outrank_the_common_rule(base: KnowledgeBase) -> None:
    _add(base, "商家")
    _add(base, "京东", platform="jd")
    _add(base, "天猫", platform="tmall")
    assert _parties(base, platform="jd") == {"商家", "京东"}
    assert _parties(base, platform="own") == {"商家"}
    found = base.resolve("freight.quality", platform="jd")
    assert found is not None
    assert "京东" in found.text


def test_wordings_are_searched_at_once(base: KnowledgeBase) -> None:
    _add(base)
    clause = base.resolve("pickup.rule", platform=None)
    assert clause is not None
    base.set_wordings(clause.clause_id, ["叫人来拿东西"], actor="editor")
    hits = base.search(SearchRequest(query="叫人来拿东西", k=1)).hits
    assert hits[0].anchor == "pickup.rule"
    assert base.wordings(clause.clause_id).added[0].text == "叫人来拿东西"
    assert base.drift().clean


def test_operators_decide_alone(base: KnowledgeBase) -> None:
    _add(base)
    _add(base, "平台", "fresh.md")
    hits = base.search(SearchRequest(query="运费 AND 承担 NOT 平台", k=20)).hits
    assert [hit.text for hit in hits] == ["质量问题的退货运费由商家承担。"]


def test_reopening_changes_nothing(site: Site) -> None:
    with site.open() as base:
        _add(base, "商家")
        _add(base, "京东", platform="jd")
        request = SearchRequest(query="退货运费由谁承担", k=20, as_of=TODAY)
        before = base.search(request)
    with site.open() as base:
        assert base.search(request) == before
        assert base.drift().clean


def test_a_rebuild_gives_the_same_answers(base: KnowledgeBase) -> None:
    _add(base, "商家")
    _add(base, "京东", platform="jd")
    request = SearchRequest(query="退货运费由谁承担", k=20, as_of=TODAY)
    before = base.search(request)
    assert base.rebuild().clean
    assert base.search(request) == before


def test_drift_names_what_differs_and_a_rebuild_mends_it(base: KnowledgeBase) -> None:
    _add(base)
    dense = base._projections.dense
    assert dense is not None
    lost = sorted(dense.keys())[:1]
    dense.remove(lost)
    drift = base.drift()
    assert drift.missing_dense == tuple(lost)
    assert base.rebuild().clean


def test_two_instances_follow_each_other_at_once(base: KnowledgeBase, other: KnowledgeBase, site: Site) -> None:
    document = _add(base, "商家")
    assert _parties(other) == {"商家"}
    site.clock.forward(hours=1)
    assert _add(other, "平台") == document
    assert _parties(base) == {"平台"}
    site.clock.forward(hours=1)
    base.rollback(document, actor="second")
    assert _parties(other) == {"商家"}
    other.retire(document, actor="second")
    assert _parties(base) == set()
    assert base.resolve("freight.quality", platform=None) is None
    assert base.snapshot() == other.snapshot()
    assert base.drift().clean
    assert other.drift().clean


def test_two_instances_write_at_the_same_time(base: KnowledgeBase, other: KnowledgeBase) -> None:
    def write(number: int) -> str:
        return _add((base, other)[number % 2], "商家", f"rule{number}.md")

    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(write, range(8)))
    assert len(set(documents)) == 8
    for instance in (base, other):
        assert {document.document_id for document in instance.list_documents()} == set(documents)
        hits = instance.search(SearchRequest(query="退货运费由谁承担", k=20)).hits
        assert {hit.document_id for hit in hits} == set(documents)
        assert instance.drift().clean
    assert base.snapshot() == "kb-8"


def test_an_instance_rebuilds_under_the_other(base: KnowledgeBase, other: KnowledgeBase) -> None:
    _add(base)
    assert _parties(other) == {"商家"}
    assert base.rebuild().clean
    assert _parties(other) == {"商家"}
    assert other.drift().clean


def test_a_machine_that_was_away_catches_up_by_itself(site: Site) -> None:
    with site.open() as base:
        document = _add(base, "商家")
    with site.open(1) as base:
        assert _parties(base) == {"商家"}
    with site.open() as base:
        site.clock.forward(hours=1)
        _add(base, "平台")
        _add(base, "京东", "jd.md", platform="jd")
        base.retire(document, 1, actor="second")
    with site.open(1) as base:
        assert _parties(base) == {"平台", "京东"}
        assert base.drift().clean
