"""Killed at any moment: what was acknowledged is there, and only what is in force is served."""

import json
import random
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from tests.kb.fakes import FakeEmbedder

ROOT = Path(__file__).parents[2]

_WORK = textwrap.dedent(
    """
    import json, random, sys
    from datetime import date, timedelta
    from pathlib import Path
    from kb.errors import KbError
    from kb.service import KnowledgeBase
    from kb.settings import KbSettings
    from tests.kb.fakes import FakeEmbedder

    base = KnowledgeBase.open(KbSettings(home=Path(sys.argv[1])), embedder=FakeEmbedder())
    dice = random.Random(int(sys.argv[2]))
    made = [document.document_id for document in base.list_documents(archived=True)]
    print("ready", flush=True)
    while True:
        number = dice.randrange(10**9)
        name = f"r{dice.randrange(12)}.md"
        text = f"### 规则 {{#rule.{name[:-3]}}}\\n第{number}号：退货运费由商家承担。"
        expired = {"valid_to": date.today() - timedelta(days=2)} if dice.random() < 0.2 else {}
        report = base.add_text(name, text.encode(), kind="policy", actor="li", **expired)
        print(json.dumps(["add", report.document_id, report.version]), flush=True)
        made.append(report.document_id)
        document = dice.choice(made)
        for step in ("submit", "approve", "publish", dice.choice(("retire", "archive", "rollback", "publish"))):
            try:
                fields = {"actor": "wang" if step == "approve" else "li"}
                done = getattr(base, step)(document, **fields)
                version = getattr(done, "version", None)
                print(json.dumps([step, document, version]), flush=True)
            except KbError:
                pass
    """
)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment(tmp_path: Path, seed: int) -> None:
    home = tmp_path / "home"
    acknowledged: list[tuple[str, str, int | None]] = []
    dice = random.Random(seed)
    for run in range(2):
        command = [sys.executable, "-c", _WORK, str(home), str(seed * 100 + run)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            told = [process.stdout.readline() for _ in range(dice.randrange(10, 30))]
            time.sleep(dice.uniform(0.0, 0.1))
            process.send_signal(signal.SIGKILL)
            told.extend(process.stdout.read().splitlines(keepends=True))
        acknowledged.extend(tuple(json.loads(line)) for line in told if line.endswith(b"\n"))
        with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
            _judge(base, acknowledged)
    assert {step for step, _, _ in acknowledged} >= {"add", "submit", "approve", "publish"}


def _judge(base: KnowledgeBase, acknowledged: list[tuple[str, str, int | None]]) -> None:
    assert base.drift().clean
    histories = {document: base.history(document) for _, document, _ in acknowledged}
    for step, document, version in acknowledged:
        written = [(entry.action, entry.version) for entry in histories[document]]
        if step == "publish":
            assert ("publish", version) in written or ("rollback", version) in written
        elif version is not None:
            assert (step, version) in written
        else:
            assert step in [action for action, _ in written]
    for document, history in histories.items():
        states = {entry.version: entry.state for entry in base.versions(document)}
        added = [entry.version for entry in history if entry.action == "add"]
        assert added == sorted(states)
        assert all(base.clauses(document, version) for version in states)
        for version, state in states.items():
            last = [entry.action for entry in history if entry.version == version and entry.action != "archive"][-1]
            assert state == {
                "add": "draft", "submit": "in_review", "approve": "approved", "publish": "published",
                "rollback": "published", "retire": "retired",
            }[last]  # fmt: skip
    today = datetime.now(UTC).date()
    for hit in base.search(SearchRequest(query="退货运费由商家承担", k=50)).hits:
        found = base.get_version(hit.document_id, hit.version)
        document = base.get_document(hit.document_id)
        assert found.state == "published"
        assert found.valid_to is None or found.valid_to >= today
        assert (document.published_version, document.archived) == (hit.version, False)
