"""From draft to published: who may do what, in which state, and what is written about it."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from kb.errors import DocumentNotFound, InvalidMetadata, InvalidState, KbError, SelfReview, VersionNotFound
from kb.life_models import ReviewStep
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from kb.store.tables import review, version
from tests.kb.conftest import Clock, Texts

QUERY = "退款几天到账"


def _text(days: int) -> bytes:
    return f"### 到账 {{#refund.timing}}\n退款{days}天内到账。\n".encode()


def _draft(base: KnowledgeBase, days: int = 3, actor: str = "editor") -> str:
    return base.add_text("refund.md", _text(days), kind="policy", actor=actor).document_id


def _published(base: KnowledgeBase, days: int = 3) -> str:
    document = _draft(base, days)
    base.submit(document, actor="editor")
    base.approve(document, actor="reviewer")
    base.publish(document, actor="reviewer")
    return document


def _states(base: KnowledgeBase, document: str) -> list[str]:
    return [entry.state for entry in base.versions(document)]


def test_the_whole_way(lexical: KnowledgeBase, texts_of: Texts, clock: Clock) -> None:
    document = _draft(lexical)
    steps: list[tuple[str, Callable[[], object]]] = [
        ("in_review", lambda: lexical.submit(document, actor="editor", note="请审")),
        ("draft", lambda: lexical.reject(document, actor="reviewer", note="天数不对")),
        ("in_review", lambda: lexical.submit(document, actor="editor")),
        ("approved", lambda: lexical.approve(document, actor="reviewer")),
    ]
    for state, step in steps:
        step()
        clock.forward(minutes=1)
        assert _states(lexical, document) == [state]
        assert texts_of(lexical, QUERY) == []
        assert lexical.resolve("refund.timing", platform=None) is None
    lexical.publish(document, actor="reviewer")
    assert texts_of(lexical, QUERY) == ["退款3天内到账。"]
    history = lexical.history(document)
    assert [(step.action, step.actor, step.note, step.waived) for step in history] == [
        ("add", "editor", "", None), ("submit", "editor", "请审", None), ("reject", "reviewer", "天数不对", None),
        ("submit", "editor", "", None), ("approve", "reviewer", "", None), ("publish", "reviewer", "", None),
    ]  # fmt: skip
    assert [step.at for step in history] == sorted(step.at for step in history)


@pytest.mark.parametrize("reached", ["draft", "in_review", "approved", "published", "retired"])
def test_every_state_allows_its_own_steps_only(lexical: KnowledgeBase, reached: str) -> None:
    allowed = {
        "draft": {"submit"}, "in_review": {"approve", "reject"}, "approved": {"publish"},
        "published": {"publish", "retire"}, "retired": set(),
    }  # fmt: skip
    document = _draft(lexical)
    way: list[Callable[[], object]] = [
        lambda: lexical.submit(document, actor="editor"),
        lambda: lexical.approve(document, actor="reviewer"),
        lambda: lexical.publish(document, actor="reviewer"),
        lambda: lexical.retire(document, actor="reviewer"),
    ]
    for step in way[: list(allowed).index(reached)]:
        step()
    assert _states(lexical, document) == [reached]
    before = lexical.history(document)
    attempts: dict[str, Callable[[], object]] = {
        "submit": lambda: lexical.submit(document, actor="editor"),
        "approve": lambda: lexical.approve(document, actor="reviewer"),
        "reject": lambda: lexical.reject(document, actor="reviewer", note="x"),
        "publish": lambda: lexical.publish(document, actor="reviewer"),
        "retire": lambda: lexical.retire(document, actor="reviewer"),
    }
    for name in attempts.keys() - allowed[reached]:
        with pytest.raises(InvalidState, match=document):
            attempts[name]()
    assert _states(lexical, document) == [reached]
    assert lexical.history(document) == before


def test_neither_author_nor_submitter_approves(lexical: KnowledgeBase) -> None:
    document = _draft(lexical, actor="li")
    lexical.submit(document, actor="zhang")
    for actor in ("li", "zhang", " li "):
        with pytest.raises(SelfReview, match=actor.strip()):
            lexical.approve(document, actor=actor)
    assert _states(lexical, document) == ["in_review"]
    lexical.approve(document, actor="wang")
    assert lexical.history(document)[-1].waived is None


def test_who_submitted_last_counts(lexical: KnowledgeBase) -> None:
    document = _draft(lexical, actor="li")
    lexical.submit(document, actor="zhang")
    lexical.reject(document, actor="wang", note="再看看")
    lexical.submit(document, actor="wang")
    with pytest.raises(SelfReview):
        lexical.approve(document, actor="wang")
    assert lexical.approve(document, actor="zhang").state == "approved"


def test_solo_is_written_down(home: Path, clock: Clock) -> None:
    with KnowledgeBase.open(KbSettings(home=home, solo=True), embedder=None, clock=clock) as base:
        document = _draft(base, actor="li")
        base.submit(document, actor="li")
        base.approve(document, actor="li")
        base.publish(document, actor="li")
        assert [step.waived for step in base.history(document)] == [None, None, "solo", None]
        _draft(base, 5, actor="li")
        base.submit(document, actor="li")
        base.approve(document, actor="wang")
        assert base.history(document)[-1].waived is None


def test_the_administrator_publishes_anything_and_it_is_written_down(lexical: KnowledgeBase, texts_of: Texts) -> None:
    document = _draft(lexical)
    lexical.publish(document, actor="local", administrator=True)
    assert lexical.history(document)[-1].waived == "admin"
    _draft(lexical, 5)
    lexical.submit(document, actor="editor")
    lexical.approve(document, actor="reviewer")
    lexical.publish(document, actor="local", administrator=True)
    assert lexical.history(document)[-1].waived is None
    assert texts_of(lexical, QUERY) == ["退款5天内到账。"]
    report = lexical.add_text("refund.md", _text(9), kind="policy", actor="local", publish=True)
    assert (report.state, report.waived) == ("published", "admin")
    again = lexical.add_text("refund.md", _text(9), kind="policy", actor="local", publish=True)
    assert (again.unchanged, again.waived) == (True, None)
    assert len([step for step in lexical.history(document) if step.action == "publish"]) == 3


def test_a_refusal_says_what_to_do_next(lexical: KnowledgeBase) -> None:
    document = _published(lexical)
    _draft(lexical, 5)
    lexical.submit(document, 2, actor="editor")
    _draft(lexical, 7)
    with pytest.raises(InvalidState, match=r"version 3 is a draft.*submit.*version 2 is in review"):
        lexical.approve(document, actor="reviewer")
    with pytest.raises(InvalidState, match=r"published.*new version"):
        lexical.submit(document, 1, actor="editor")


def test_an_earlier_approved_version_may_be_published_beside_later_ones(
    lexical: KnowledgeBase, clock: Clock, texts_of: Texts
) -> None:
    document = _published(lexical)
    for days in (5, 7):
        _draft(lexical, days)
        lexical.submit(document, actor="editor")
        lexical.approve(document, actor="reviewer")
    clock.forward(days=1)
    lexical.publish(document, 2, actor="reviewer")
    assert _states(lexical, document) == ["published", "published", "approved"]
    assert texts_of(lexical, QUERY) == ["退款5天内到账。"]
    clock.forward(days=1)
    lexical.publish(document, actor="reviewer")
    assert texts_of(lexical, QUERY) == ["退款7天内到账。"]
    assert texts_of(lexical, QUERY, as_of=clock.now - timedelta(hours=1)) == ["退款5天内到账。"]


def test_days_are_set_without_editing_the_file(lexical: KnowledgeBase, texts_of: Texts, clock: Clock) -> None:
    document = _published(lexical)
    _draft(lexical, 5)
    lexical.submit(document, actor="editor", valid_from=date(2026, 7, 1))
    lexical.approve(document, actor="reviewer")
    lexical.publish(document, actor="reviewer", valid_to=date(2026, 7, 31))
    found = lexical.get_version(document, 2)
    assert (found.valid_from, found.valid_to) == (date(2026, 7, 1), date(2026, 7, 31))
    assert lexical.get_document(document).planned_version == 2
    served = [
        texts_of(lexical, QUERY, as_of=date(2026, month, day)) for month, day in ((6, 30), (7, 1), (7, 31), (8, 1))
    ]
    assert served == [["退款3天内到账。"], ["退款5天内到账。"], ["退款5天内到账。"], []]
    notes = [step.note for step in lexical.history(document) if step.action == "dates"]
    assert notes == ["valid_from 2026-07-01, valid_to -", "valid_from 2026-07-01, valid_to 2026-07-31"]
    with pytest.raises(InvalidState, match="never change"):
        lexical.publish(document, actor="reviewer", valid_to=date(2026, 8, 31))
    assert lexical.publish(document, actor="reviewer", valid_to=date(2026, 7, 31)).version == 2
    assert lexical.add_text("refund.md", _text(5), kind="policy", actor="editor").unchanged


def test_days_that_cannot_be_change_nothing(lexical: KnowledgeBase) -> None:
    document = _draft(lexical)
    with pytest.raises(InvalidMetadata, match="valid_to: 2026-06-30 is before valid_from 2026-07-01"):
        lexical.submit(document, actor="editor", valid_from=date(2026, 7, 1), valid_to=date(2026, 6, 30))
    assert lexical.get_version(document, 1).valid_from is None
    assert [step.action for step in lexical.history(document)] == ["add"]
    lexical.submit(document, actor="editor", valid_from=date(1, 1, 1), valid_to=date(9999, 12, 31))
    lexical.publish(document, actor="local", administrator=True)
    assert lexical.get_document(document).published_version == 1


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda base, document: base.reject(document, actor="r", note=" \n"), "note"),
        (lambda base, document: base.reject(document, actor="r", note="x" * 3000), "note"),
        (lambda base, document: base.approve(document, actor="r", note="a\x00b"), "note"),
        (lambda base, document: base.approve(document, actor="  "), "actor"),
        (lambda base, document: base.approve(document, 9, actor="r"), "version 9"),
        (lambda base, document: base.submit("doc_x", actor="r"), "doc_x"),
        (lambda base, document: base.history("doc_x"), "doc_x"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(
    lexical: KnowledgeBase, call: Callable[[KnowledgeBase, str], object], named: str
) -> None:
    document = _draft(lexical)
    lexical.submit(document, actor="editor")
    before = lexical.history(document)
    with pytest.raises((InvalidMetadata, DocumentNotFound, VersionNotFound), match=named):
        call(lexical, document)
    assert lexical.history(document) == before
    assert _states(lexical, document) == ["in_review"]


def test_a_withdrawn_text_comes_back_as_a_new_version_only(
    lexical: KnowledgeBase, clock: Clock, texts_of: Texts
) -> None:
    document = _published(lexical)
    before = clock.now
    clock.forward(days=1)
    lexical.retire(document, actor="reviewer", note="写错了")
    report = lexical.add_text("refund.md", _text(3), kind="policy", actor="editor")
    assert (report.unchanged, report.version, report.state) == (False, 2, "draft")
    lexical.submit(document, actor="editor")
    lexical.approve(document, actor="reviewer")
    lexical.publish(document, actor="reviewer")
    assert texts_of(lexical, QUERY) == ["退款3天内到账。"]
    assert texts_of(lexical, QUERY, as_of=before) == []


def test_a_recorder_sees_every_step_inside_its_transaction(home: Path, clock: Clock) -> None:
    seen: list[tuple[str, str, int]] = []
    failing: list[str] = []

    def recorder(connection: Connection, step: ReviewStep) -> None:
        stored = connection.execute(select(review.c.action).order_by(review.c.id.desc())).scalars().first()
        state = connection.execute(select(version.c.state).where(version.c.version == step.version)).scalar_one()
        assert stored == step.action
        seen.append((step.action, state, step.version))
        if step.action in failing:
            raise KbError("the audit cannot be written")

    with KnowledgeBase.open(KbSettings(home=home), embedder=None, clock=clock, recorder=recorder) as base:
        document = _published(base)
        assert seen == [
            ("add", "draft", 1), ("submit", "in_review", 1), ("approve", "approved", 1), ("publish", "published", 1),
        ]  # fmt: skip
        history = base.history(document)
        for action, call in {
            "retire": lambda: base.retire(document, actor="r"),
            "archive": lambda: base.archive(document, actor="r"),
            "add": lambda: _draft(base, 8),
            "wordings": lambda: base.set_wordings(base.clauses(document)[0].clause_id, ["钱几时回来"], actor="r"),
        }.items():
            failing[:] = [action]
            snapshot = base.snapshot()
            with pytest.raises(KbError, match="audit"):
                call()
            assert base.snapshot() == snapshot
        assert base.history(document) == history
        assert _states(base, document) == ["published"]
        assert base.wordings(base.clauses(document)[0].clause_id).added == ()
