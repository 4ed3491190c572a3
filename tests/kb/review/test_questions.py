"""The question log: counted, bounded, and never in the way of a search."""

import sqlite3
import threading
import time

import pytest
from sqlalchemy import create_engine

from kb.models import SearchRequest
from kb.review.asked import QuestionLog
from kb.service import KnowledgeBase
from kb.service.insight import Insight
from kb.store import questions
from kb.store.engine import writing
from kb.store.questions import QuestionRow
from tests.kb.conftest import Clock


def asked(text: str, platform: str | None = None, *, missed: int = 0, at: int = 1000, times: int = 1) -> QuestionRow:
    return QuestionRow(text, platform, "search", times, missed, at, at, "cl_1", 0.7)


def test_counted_by_folded_text_and_platform(lexical: KnowledgeBase) -> None:
    engine = lexical._engine
    with writing(engine) as connection:
        questions.record(connection, [asked("退款 多久"), asked("退款多久", at=2000), asked("退款多久", "jd")])
    with writing(engine) as connection:
        questions.record(connection, [asked("退款多久", at=3000, missed=1)])
    with engine.connect() as connection:
        found = questions.frequent(connection, 10)
        assert [(row.text, row.platform, row.asked, row.missed) for row in found] == [
            ("退款 多久", None, 3, 1),
            ("退款多久", "jd", 1, 0),
        ]
        assert (found[0].first_at, found[0].last_at) == (1000, 3000)
        assert [row.asked for row in questions.missed(connection, 10)] == [3]
        assert questions.missed(connection, 10, since=3001) == []


def test_the_least_valuable_go_first(lexical: KnowledgeBase) -> None:
    rows = [asked(f"问题{number}", at=number) for number in range(30)]
    rows += [asked("常问", times=9, at=0), asked("答不上来", missed=1, at=0)]
    with writing(lexical._engine) as connection:
        questions.record(connection, rows, most=20)
        assert questions.count(connection) == 18
        kept = {row.text for row in questions.frequent(connection, 100)}
    assert {"常问", "答不上来", "问题29"} <= kept
    assert "问题0" not in kept


def test_written_in_the_background(lexical: KnowledgeBase) -> None:
    log = QuestionLog(lexical._engine, seconds=0.02)
    log.add(asked("退款多久"))
    deadline = time.monotonic() + 10
    written = 0
    while written == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
        with lexical._engine.connect() as connection:
            written = questions.count(connection)
    assert written == 1
    log.close()


def test_close_writes_what_waits_and_then_takes_nothing(lexical: KnowledgeBase) -> None:
    log = QuestionLog(lexical._engine, seconds=3600)
    log.add(asked("退款多久"))
    log.close()
    log.close()
    log.add(asked("太晚了"))
    with lexical._engine.connect() as connection:
        assert questions.count(connection) == 1
    assert log.lost == 1


def test_a_broken_database_is_nobody_s_problem(caplog: pytest.LogCaptureFixture) -> None:
    log = QuestionLog(create_engine("sqlite://"), seconds=3600, most_waiting=3)
    for number in range(5):
        log.add(asked(f"问题{number}"))
    assert (log.waiting, log.lost) == (3, 2)
    assert not log.flush()
    assert log.waiting == 3
    assert "question log" in caplog.text
    log.close()


def test_asking_does_not_wait_for_a_writer(lexical: KnowledgeBase, insight: Insight) -> None:
    """Another process holds the database's write lock: questions are noted all the same, and written later."""
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        connection = sqlite3.connect(str(lexical._engine.url.database))
        connection.execute("BEGIN IMMEDIATE")
        held.set()
        release.wait(10)
        connection.rollback()
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    started = time.monotonic()
    for number in range(50):
        insight.asked(f"问题{number}", platform=None, source="search", top=None, score=0.0, confident=False)
    took = time.monotonic() - started
    lexical.search(SearchRequest(query="退款"))
    release.set()
    holder.join()
    assert took < 1.0
    assert len(insight.questions()) == 50


def test_what_is_shown(insight: Insight, clock: Clock) -> None:
    for confident in (True, False):
        insight.asked(" 退款多久 ", platform="jd", source="ask", top="cl_9", score=0.4, confident=confident)
        clock.forward(hours=1)
    insight.asked("   ", platform=None, source="ask", top=None, score=0.0, confident=False)
    (one,) = insight.questions()
    assert (one.text, one.platform, one.source, one.asked, one.missed) == ("退款多久", "jd", "ask", 2, 1)
    assert (one.last_at - one.first_at).total_seconds() == 3600
