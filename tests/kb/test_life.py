"""Rollback, archive, plans for later: which version is in force on which day."""

from datetime import date, timedelta

import pytest

from kb.errors import InvalidState
from kb.models import SearchRequest
from kb.service import KnowledgeBase
from tests.kb.conftest import Clock, Texts

QUERY = "退款几天到账"


def _add(base: KnowledgeBase, days: int, **dates: date) -> str:
    text = f"### 到账 {{#refund.timing}}\n退款{days}天内到账。\n".encode()
    return base.add_text("refund.md", text, kind="policy", publish=True, actor="local", **dates).document_id  # type: ignore[arg-type]


def _three(base: KnowledgeBase, clock: Clock) -> str:
    for days in (1, 2, 3):
        document = _add(base, days)
        clock.forward(days=1)
    return document


def _served(base: KnowledgeBase, texts_of: Texts, **fields: date) -> int | None:
    found = texts_of(base, QUERY, **fields)
    return int(found[0][2]) if found else None


def test_rollback_goes_one_back_at_a_time(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _three(lexical, clock)
    moments = [(clock.now, 2), (clock.now + timedelta(days=1), 1)]
    for moment, number in moments:
        clock.now = moment
        assert lexical.rollback(document, actor="boss", note="投诉增多").version == number
        assert _served(lexical, texts_of) == number
    clock.forward(days=1)
    with pytest.raises(InvalidState, match="before version 1"):
        lexical.rollback(document, actor="boss")
    history = [_served(lexical, texts_of, as_of=clock.now - timedelta(days=back, seconds=1)) for back in range(5)]
    assert history == [1, 2, 3, 2, 1]
    assert [step.action for step in lexical.history(document)][-2:] == ["rollback", "rollback"]
    assert lexical.drift().clean


def test_rollback_to_a_named_version(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _three(lexical, clock)
    lexical.rollback(document, 1, actor="boss")
    assert _served(lexical, texts_of) == 1
    clock.forward(days=1)
    lexical.rollback(document, 3, actor="boss")
    assert _served(lexical, texts_of) == 3
    assert _served(lexical, texts_of, as_of=clock.now - timedelta(hours=1)) == 1
    with pytest.raises(InvalidState, match="in force already"):
        lexical.rollback(document, 3, actor="boss")
    lexical.retire(document, 2, actor="boss")
    with pytest.raises(InvalidState, match="withdrawn"):
        lexical.rollback(document, 2, actor="boss")
    assert lexical.rollback(document, actor="boss").version == 1
    lexical.add_text("refund.md", "### 到账\n还在写。".encode(), kind="policy", actor="editor")
    with pytest.raises(InvalidState, match="draft"):
        lexical.rollback(document, 4, actor="boss")


def test_rollback_puts_nothing_expired_or_future_in_force(lexical: KnowledgeBase, clock: Clock) -> None:
    document = _add(lexical, 1, valid_to=date(2026, 6, 18))
    clock.forward(days=1)
    _add(lexical, 2)
    with pytest.raises(InvalidState, match="2026-06-18"):
        lexical.rollback(document, 1, actor="boss")
    _add(lexical, 3, valid_from=date(2026, 7, 1))
    with pytest.raises(InvalidState, match="2026-07-01"):
        lexical.rollback(document, 3, actor="boss")
    assert lexical.get_document(document).published_version == 2


def test_rollback_after_an_action_that_is_over(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 1)
    clock.forward(days=1)
    _add(lexical, 2, valid_to=date(2026, 6, 20))
    clock.forward(days=5)
    assert _served(lexical, texts_of) is None
    assert lexical.rollback(document, actor="boss").version == 1
    assert _served(lexical, texts_of) == 1
    assert _served(lexical, texts_of, as_of=date(2026, 6, 20)) == 2
    assert _served(lexical, texts_of, as_of=date(2026, 6, 21)) is None


def test_rollback_gives_up_what_was_planned(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 1)
    clock.forward(days=1)
    _add(lexical, 2, valid_from=date(2026, 7, 1))
    found = lexical.get_document(document)
    assert (found.published_version, found.planned_version) == (1, 2)
    lexical.rollback(document, 1, actor="boss")
    found = lexical.get_document(document)
    assert (found.published_version, found.planned_version) == (1, None)
    assert _served(lexical, texts_of, as_of=date(2026, 7, 2)) == 1
    lexical.publish(document, 2, actor="boss")
    assert _served(lexical, texts_of, as_of=date(2026, 7, 2)) == 2
    assert _served(lexical, texts_of) == 1


def test_an_urgent_version_replaces_a_plan(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 1)
    _add(lexical, 2, valid_from=date(2026, 7, 1))
    clock.forward(days=1)
    _add(lexical, 3)
    assert _served(lexical, texts_of) == 3
    assert _served(lexical, texts_of, as_of=date(2026, 7, 2)) == 3
    assert lexical.get_document(document).planned_version is None


def test_a_plan_that_was_given_up_comes_back_from_now(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 1)
    clock.forward(days=1)
    _add(lexical, 2, valid_from=date(2026, 6, 22))
    _add(lexical, 3)
    clock.forward(days=9)
    lexical.rollback(document, actor="boss")
    assert _served(lexical, texts_of) == 2
    assert _served(lexical, texts_of, as_of=date(2026, 6, 25)) == 3


def test_an_interim_version_leaves_what_begins_after_it(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    _add(lexical, 1)
    clock.forward(days=1)
    _add(lexical, 2, valid_from=date(2026, 7, 1))
    _add(lexical, 3, valid_to=date(2026, 6, 30))
    days = {day: _served(lexical, texts_of, as_of=day) for day in (date(2026, 6, 30), date(2026, 7, 1))}
    assert days == {date(2026, 6, 30): 3, date(2026, 7, 1): 2}


def test_history_may_be_loaded_in_any_order(lexical: KnowledgeBase, texts_of: Texts) -> None:
    _add(lexical, 2, valid_from=date(2024, 7, 1))
    _add(lexical, 1, valid_from=date(2013, 1, 1), valid_to=date(2024, 6, 30))
    assert _served(lexical, texts_of) == 2
    assert _served(lexical, texts_of, as_of=date(2024, 6, 30)) == 1
    assert _served(lexical, texts_of, as_of=date(2012, 12, 31)) is None


def test_archived_is_over_but_earlier_days_are_answered(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _three(lexical, clock)
    before = clock.now - timedelta(seconds=1)
    archived = lexical.archive(document, actor="boss", note="活动结束")
    assert (archived.archived, archived.published_version, archived.state) == (True, None, "published")
    assert _served(lexical, texts_of) is None
    assert _served(lexical, texts_of, as_of=before) == 3
    assert lexical.resolve("refund.timing", platform=None) is None
    assert lexical.list_documents() == []
    assert [found.document_id for found in lexical.list_documents(archived=True)] == [document]
    assert lexical.history(document)[-1].note == "活动结束"
    assert lexical.drift().clean
    with pytest.raises(InvalidState, match="archived already"):
        lexical.archive(document, actor="boss")


@pytest.mark.parametrize("way", ["publish", "rollback", "add"])
def test_an_archived_document_comes_back(lexical: KnowledgeBase, clock: Clock, texts_of: Texts, way: str) -> None:
    document = _three(lexical, clock)
    lexical.archive(document, actor="boss")
    gap = clock.now
    clock.forward(days=1)
    if way == "publish":
        lexical.publish(document, actor="boss")
    elif way == "rollback":
        lexical.rollback(document, actor="boss")
    else:
        _add(lexical, 3)
    assert _served(lexical, texts_of) == 3
    assert _served(lexical, texts_of, as_of=gap) is None
    assert not lexical.get_document(document).archived
    assert len(lexical.list_documents()) == 1


def test_archiving_gives_up_plans_and_a_new_draft_does_not_bring_it_back(
    lexical: KnowledgeBase, clock: Clock, texts_of: Texts
) -> None:
    document = _add(lexical, 1)
    _add(lexical, 2, valid_from=date(2026, 7, 1))
    clock.forward(days=1)
    lexical.archive(document, actor="boss")
    assert _served(lexical, texts_of, as_of=date(2026, 7, 2)) is None
    lexical.add_text("refund.md", "### 到账 {#refund.timing}\n退款9天内到账。".encode(), kind="policy", actor="editor")
    assert lexical.get_document(document).archived
    assert _served(lexical, texts_of) is None


def test_withdrawing_gives_up_plans(lexical: KnowledgeBase, clock: Clock, texts_of: Texts) -> None:
    document = _add(lexical, 1)
    _add(lexical, 2, valid_from=date(2026, 7, 1))
    clock.forward(days=1)
    lexical.retire(document, 2, actor="boss")
    assert lexical.get_document(document).planned_version is None
    assert _served(lexical, texts_of) == 1


def test_what_became_of_cited_clauses(lexical: KnowledgeBase, clock: Clock) -> None:
    document = _add(lexical, 1)
    [first] = lexical.clauses(document)
    cited = (first.clause_id, 1, first.sha256)

    def standing() -> tuple[str, int | None]:
        found = lexical.standings([cited, cited])[cited]
        return found.standing, found.current_version

    assert standing() == ("in_force", 1)
    clock.forward(days=1)
    _add(lexical, 2)
    assert standing() == ("changed", 2)
    clock.forward(days=1)
    _add(lexical, 1)
    assert standing() == ("in_force", 3)
    lexical.retire(document, 3, actor="boss")
    assert standing() == ("not_in_force", None)
    lexical.rollback(document, 2, actor="boss")
    lexical.retire(document, 1, actor="boss")
    assert standing() == ("withdrawn", 2)
    other = lexical.add_text(
        "b.md", "### 甲\n甲的内容。\n### 乙\n乙的内容。".encode(), kind="faq", publish=True, actor="l"
    )
    kept, gone = lexical.clauses(other.document_id)
    lexical.add_text("b.md", "### 甲\n甲的内容。".encode(), kind="faq", publish=True, actor="l")
    keys = [(clause.clause_id, 1, clause.sha256) for clause in (kept, gone)]
    assert [lexical.standings(keys)[key].standing for key in keys] == ["in_force", "removed"]
    lexical.archive(other.document_id, actor="boss")
    assert [lexical.standings(keys)[key].standing for key in keys] == ["archived", "archived"]
    assert lexical.standings([("cl_none", 1, "")])["cl_none", 1, ""].standing == "unknown"


def test_wordings_of_editors_are_found_by_and_outlive_versions(
    base: KnowledgeBase, clock: Clock, texts_of: Texts
) -> None:
    document = _add(base, 1)
    base.add_text("other.md", "### 发票\n发票随货寄出。".encode(), kind="policy", publish=True, actor="local")
    [clause] = base.clauses(document)
    snapshot = base.snapshot()
    found = base.set_wordings(clause.clause_id, ["钱啥时候回卡里", " 钱啥时候回卡里 ", "咋还没返给我"], actor="editor")
    assert [entry.text for entry in found.added] == ["钱啥时候回卡里", "咋还没返给我"]
    assert found.added[0].created_by == "editor"
    assert base.snapshot() != snapshot
    assert texts_of(base, "钱啥时候回卡里", k=1) == ["退款1天内到账。"]
    assert base.drift().clean
    unchanged = base.snapshot()
    base.set_wordings(clause.clause_id, ["钱啥时候回卡里", "咋还没返给我"], actor="editor")
    assert base.snapshot() == unchanged
    clock.forward(days=1)
    _add(base, 2)
    assert len(base.wordings(clause.clause_id).added) == 2
    assert texts_of(base, "钱啥时候回卡里", k=1) == ["退款2天内到账。"]
    base.set_wordings(clause.clause_id, [], actor="editor")
    assert base.wordings(clause.clause_id).added == ()
    assert base.drift().clean
    hits = base.search(SearchRequest(query="钱啥时候回卡里", k=1)).hits
    assert "钱啥时候" not in hits[0].text
    assert [step.action for step in base.history(document)].count("wordings") == 2
