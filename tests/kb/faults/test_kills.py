"""A process that dies between any two steps: nothing acknowledged is lost, nothing unpublished is ever served."""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.store.moments import BEIJING
from tests.kb.faults.script import Work, clause_texts

ROOT = Path(__file__).parents[3]
POINTS = 42
ROUNDS = 10
DAYS = [date(2025, 6, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 6, 17), date(2026, 6, 18), date(2027, 1, 1)]
NAMES = "甲乙丙丁戊己庚"

Ack = dict[str, Any]


@dataclass
class Killed:
    """What is left of one run: its home and what it had acknowledged."""

    home: Path
    status: int
    seconds: float
    acks: list[Ack]


class Nursery:
    """Talks to the process that forks the children; it runs ahead while the homes before are examined."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._killed: dict[str, Killed] = {}
        command = [sys.executable, "-m", "tests.kb.faults.nursery", str(folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def order(self, name: str, **order: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"name": name} | order) + "\n")
        self._process.stdin.flush()

    def wait(self, name: str) -> Killed:
        assert self._process.stdout is not None
        while name not in self._killed:
            answer = json.loads(self._process.stdout.readline())
            home = self.folder / answer["name"]
            self._killed[answer["name"]] = Killed(home, answer["status"], answer["seconds"], answer["acks"])
        return self._killed[name]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.terminate()
        self._process.wait(timeout=60)
        self._process.stdin.close()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    made = Nursery(tmp_path_factory.mktemp("kills"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def whole(nursery: Nursery) -> Killed:
    """The script run to its end, which tells how many steps there are and how long they take; the rest is ordered."""
    nursery.order("whole")
    run = nursery.wait("whole")
    assert run.status == 0
    steps = run.acks[-1]["steps"]
    for number in range(POINTS):
        nursery.order(f"point{number}", point=1 + round(number * (steps - 1) / (POINTS - 1)))
    for number in range(ROUNDS):
        nursery.order(f"moment{number}", after=random.Random(20260618 + number).random() * run.seconds)
    return run


def test_the_whole_script_ends_and_holds(whole: Killed) -> None:
    assert whole.acks[-1]["steps"] >= POINTS
    _examine(whole)


@pytest.mark.parametrize("number", range(POINTS))
def test_a_kill_between_two_steps(nursery: Nursery, whole: Killed, number: int) -> None:
    killed = nursery.wait(f"point{number}")
    assert killed.status == -signal.SIGKILL
    _examine(killed)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_kill_at_any_moment(nursery: Nursery, whole: Killed, number: int) -> None:
    killed = nursery.wait(f"moment{number}")
    assert killed.status in (-signal.SIGKILL, 0)
    _examine(killed)


def _examine(killed: Killed) -> None:
    work = Work(killed.home, lambda *_: None)
    acks = [ack for ack in killed.acks if ack["operation"] != "end"]
    for _ in acks:
        work.clock.forward(hours=1)  # later than any moment that the killed process wrote
    with work.open() as base:
        assert base.drift().clean
        engine = create_engine(f"sqlite:///{killed.home / 'home' / 'copilot.db'}")
        try:
            _nothing_half_written(engine)
            _nothing_acknowledged_lost(base, acks)
            for at in [*DAYS, work.clock()]:
                _served_is_what_sql_says(base, engine, at, acks)
        finally:
            engine.dispose()
        # The killed work can be done again and go on.
        report = base.add_text(
            "辛.md", "## 运费\n辛类商品的退货运费由商家承担。".encode(), kind="policy", publish=True, actor="t"
        )
        assert report.document_id in _served(base, work.clock(), "document_id")
        assert base.drift().clean


def _rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)))


def _nothing_half_written(engine: Engine) -> None:
    documents = {row.document_id for row in _rows(engine, "SELECT document_id FROM kb_document")}
    versions = _rows(engine, "SELECT document_id, version, clauses, state FROM kb_version")
    assert {row.document_id for row in versions} == documents
    held: dict[tuple[str, int], list[int]] = {}
    for row in _rows(engine, "SELECT document_id, version, ordinal FROM kb_clause ORDER BY ordinal"):
        held.setdefault((row.document_id, row.version), []).append(row.ordinal)
    assert held == {(row.document_id, row.version): list(range(row.clauses)) for row in versions}
    state = {(row.document_id, row.version): row.state for row in versions}
    windows = [(row.document_id, row.version) for row in _rows(engine, "SELECT document_id, version FROM kb_validity")]
    assert all(state[window] in ("published", "retired") for window in windows)
    snapshots = [row.snapshot for row in _rows(engine, "SELECT snapshot FROM kb_change ORDER BY snapshot")]
    assert snapshots == list(range(1, len(snapshots) + 1))
    logged = {(row.document_id, row.version) for row in _rows(engine, "SELECT document_id, version FROM kb_change")}
    assert logged >= {key for key, value in state.items() if value in ("published", "retired")}
    steps = {(row.document_id, row.version) for row in _rows(engine, "SELECT document_id, version FROM kb_review")}
    assert steps == set(state)


def _nothing_acknowledged_lost(base: KnowledgeBase, acks: list[Ack]) -> None:
    for ack in acks:
        if ack["operation"] == "add":
            found = [clause.text for clause in base.clauses(ack["document"], ack["version"])]
            assert found == clause_texts(ack["name"], ack["version"])
        if ack["operation"] == "wordings":
            assert [wording.text for wording in base.wordings(ack["clause"]).added] == [ack["text"]]
    for document, version, expected in _acknowledged_states(acks):
        assert base.get_version(document, version).state in expected, (document, version)


def _acknowledged_states(acks: list[Ack]) -> list[tuple[str, int, set[str]]]:
    """What each version's state may be: that of its last acknowledged step, or of the step that was under way."""
    state: dict[tuple[str, int], str] = {}
    for ack in acks:
        key = (ack.get("document", ""), ack.get("version", 0))
        after = {"submit": "in_review", "approve": "approved", "publish": "published", "retire": "retired"}
        if ack["operation"] == "add":
            state[key] = "published" if ack["published"] else "draft"
        elif ack["operation"] in after:
            state[key] = after[ack["operation"]]
    following = {
        "draft": {"in_review"},
        "in_review": {"approved"},
        "approved": {"published"},
        "published": {"retired"},
        "retired": set(),
    }
    return [(*key, {value} | following[value]) for key, value in state.items()]


def _served(base: KnowledgeBase, at: date | datetime, field: str) -> set[Any]:
    response = base.search(SearchRequest(query="商品的退货运费、期限、取件", k=50, as_of=at))
    assert response.warnings == ()
    return {getattr(hit, field) for hit in response.hits}


def _served_is_what_sql_says(base: KnowledgeBase, engine: Engine, at: date | datetime, acks: list[Ack]) -> None:
    """Judged from the tables by hand, not by the code that serves."""
    end_of_day = at if isinstance(at, datetime) else datetime.combine(at + timedelta(days=1), time.min, BEIJING)
    second = int(end_of_day.timestamp()) - (0 if isinstance(at, datetime) else 1)
    day = datetime.fromtimestamp(second, BEIJING).date().isoformat()
    query = f"""
        SELECT c.text FROM kb_clause c
        JOIN kb_version v ON v.document_id = c.document_id AND v.version = c.version
        JOIN kb_validity w ON w.document_id = v.document_id AND w.version = v.version
        WHERE v.state = 'published'
          AND (w.starts_at IS NULL OR w.starts_at <= {second}) AND (w.ends_at IS NULL OR w.ends_at > {second})
          AND (v.valid_from IS NULL OR v.valid_from <= '{day}') AND (v.valid_to IS NULL OR v.valid_to >= '{day}')
    """
    assert _served(base, at, "text") == {row.text for row in _rows(engine, query)}
    served = _served(base, at, "text")
    for ack in acks:
        if ack["operation"] == "retire":
            name = next(
                other["name"] for other in acks if other["operation"] == "add" and other["document"] == ack["document"]
            )
            assert not served & set(clause_texts(name, ack["version"]))
    assert not served & set(clause_texts("甲", 3))  # a draft in every run
    if day > "2026-01-31":
        assert not served & set(clause_texts("丙", 1))
