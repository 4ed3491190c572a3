"""Publishing, superseding, rollback, retirement, and what was in force on which day."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kb.errors import ClauseNotFound, DocumentNotFound, InvalidState, VersionNotFound
from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.store.moments import BEIJING
from tests.kb.conftest import Clock, Texts

QUERY = "退款几天到账"


def _policy(days: int, **fields: Any) -> bytes:
    matter = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return (
        f"---\ntitle: 退款政策\nkind: policy\n{matter}---\n### 到账 {{#refund.timing}}\n退款{days}天内到账。\n".encode()
    )


def _add(base: KnowledgeBase, days: int, *, publish: bool = True, **fields: Any) -> str:
    return base.add_text("refund.md", _policy(days, **fields), publish=publish, actor="t").document_id


def test_a_draft_is_not_served(lexical: KnowledgeBase, texts_of: Texts) -> None:
    document = _add(lexical, 3, publish=False)
    assert texts_of(lexical, QUERY) == []
    with pytest.raises(InvalidState, match="is a draft, so it cannot be published; submit it"):
        lexical.publish(document, actor="t")
    assert texts_of(lexical, QUERY) == []
    version = lexical.publish(document, actor="t", administrator=True)
    assert version.state == "published"
    assert texts_of(lexical, QUERY) == ["退款3天内到账。"]


def test_a_new_version_takes_over_now_and_the_old_one_answers_for_earlier(
    lexical: KnowledgeBase, clock: Clock, texts_of: Texts
) -> None:
    document = _add(lexical, 3)
    before = clock.now
    clock.forward(days=10)
    _add(lexical, 5)
    assert texts_of(lexical, QUERY) == ["退款5天内到账。"]
    assert texts_of(lexical, QUERY, as_of=before) == ["退款3天内到账。"]
    assert texts_of(lexical, QUERY, as_of=clock.now - timedelta(seconds=1)) == ["退款3天内到账。"]
    assert texts_of(lexical, QUERY, as_of=date(2001, 1, 1)) == ["退款3天内到账。"]
    (hit,) = lexical.search(SearchRequest(query=QUERY, as_of=before)).hits
    assert (hit.version, hit.valid_from, hit.valid_to) == (1, None, date(2026, 6, 28))
    assert lexical.get_document(document).published_version == 2


def test_a_version_with_a_day_takes_over_on_that_day(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 3)
    _add(lexical, 5, valid_from="2026-07-01")
    assert texts_of(lexical, QUERY) == ["退款3天内到账。"]
    assert lexical.get_document(document).published_version == 1
    assert texts_of(lexical, QUERY, as_of=date(2026, 6, 30)) == ["退款3天内到账。"]
    assert texts_of(lexical, QUERY, as_of=date(2026, 7, 1)) == ["退款5天内到账。"]
    assert texts_of(lexical, QUERY, as_of=datetime(2026, 6, 30, 23, 59, 59, tzinfo=BEIJING)) == ["退款3天内到账。"]
    clock.forward(days=30)
    assert texts_of(lexical, QUERY) == ["退款5天内到账。"]


def test_both_declared_days_are_inclusive(lexical: KnowledgeBase, texts_of: Texts) -> None:
    _add(lexical, 3, valid_from="2026-06-10", valid_to="2026-06-20")
    days = {day: bool(texts_of(lexical, QUERY, as_of=date(2026, 6, day))) for day in (9, 10, 20, 21)}
    assert days == {9: False, 10: True, 20: True, 21: False}
    (hit,) = lexical.search(SearchRequest(query=QUERY)).hits
    assert (hit.valid_from, hit.valid_to) == (date(2026, 6, 10), date(2026, 6, 20))


def test_rollback_brings_an_old_version_back_from_now(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 3)
    clock.forward(days=1)
    _add(lexical, 5)
    between = clock.now
    clock.forward(days=1)
    lexical.publish(document, 1, actor="t")
    assert texts_of(lexical, QUERY) == ["退款3天内到账。"]
    assert texts_of(lexical, QUERY, as_of=between) == ["退款5天内到账。"]


def test_retired_is_served_for_no_day(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 3)
    before = clock.now
    clock.forward(days=1)
    lexical.retire(document, actor="t")
    assert texts_of(lexical, QUERY) == []
    assert texts_of(lexical, QUERY, as_of=before) == []
    assert lexical.resolve("refund.timing", platform=None) is None
    assert lexical.drift().clean
    with pytest.raises(InvalidState):
        lexical.retire(document, actor="t")
    with pytest.raises(InvalidState, match="withdrawn"):
        lexical.publish(document, actor="t")
    lexical.publish(document, actor="t", administrator=True)
    assert texts_of(lexical, QUERY) == ["退款3天内到账。"]


def test_one_version_can_be_retired(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 3)
    before = clock.now
    clock.forward(days=1)
    _add(lexical, 5)
    lexical.retire(document, 1, actor="t")
    assert texts_of(lexical, QUERY) == ["退款5天内到账。"]
    assert texts_of(lexical, QUERY, as_of=before) == []
    assert [version.state for version in lexical.versions(document)] == ["retired", "published"]


def test_publishing_again_changes_nothing(lexical: KnowledgeBase) -> None:
    document = _add(lexical, 3)
    snapshot = lexical.snapshot()
    lexical.publish(document, actor="t")
    assert lexical.snapshot() == snapshot


def test_the_snapshot_changes_with_every_publish_and_retire(lexical: KnowledgeBase) -> None:
    seen = [lexical.snapshot()]
    document = _add(lexical, 3, publish=False)
    assert lexical.snapshot() == seen[0]
    lexical.publish(document, actor="t", administrator=True)
    seen.append(lexical.snapshot())
    _add(lexical, 5)
    seen.append(lexical.snapshot())
    lexical.retire(document, actor="t")
    seen.append(lexical.snapshot())
    assert len(set(seen)) == 4
    assert lexical.search(SearchRequest(query="x")).snapshot == seen[-1]


def test_a_clause_is_found_in_the_version_in_force(lexical: KnowledgeBase, clock: Clock) -> None:
    document = _add(lexical, 3)
    (clause,) = lexical.clauses(document)
    clock.forward(days=1)
    _add(lexical, 5, publish=False)
    assert lexical.get_clause(clause.clause_id).version == 1
    assert lexical.get_clause(clause.clause_id, 2).text == "退款5天内到账。"


def test_what_is_not_there_is_named(lexical: KnowledgeBase) -> None:
    document = _add(lexical, 3)
    with pytest.raises(DocumentNotFound, match="doc_x"):
        lexical.get_document("doc_x")
    with pytest.raises(VersionNotFound, match="9"):
        lexical.publish(document, 9, actor="t")
    with pytest.raises(VersionNotFound):
        lexical.clauses(document, 9)
    with pytest.raises(ClauseNotFound, match="cl_x"):
        lexical.get_clause("cl_x")
    with pytest.raises(DocumentNotFound):
        lexical.retire("doc_x", actor="t")
