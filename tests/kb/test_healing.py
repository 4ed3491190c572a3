"""Crashes, other processes, damaged projections: SQL stays the truth and the rest is brought back to it."""

import json
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from filelock import FileLock

from kb.errors import IndexUnavailable
from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from tests.kb.conftest import Texts
from tests.kb.fakes import FakeEmbedder

ROOT = Path(__file__).parents[2]
RULE = "### 运费 {{#freight.quality}}\n质量问题的退货运费由{party}承担。\n"


def _run(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Runs code in another process with `base` open on the same home."""
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from kb.index.sync import Projections
        from kb.models import SearchRequest
        from kb.service import KnowledgeBase
        from kb.settings import KbSettings
        from tests.kb.fakes import FakeEmbedder
        base = KnowledgeBase.open(KbSettings(home=Path(sys.argv[1])), embedder=FakeEmbedder())
        """
    ) + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", program, str(home)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def _add(base: KnowledgeBase, name: str, party: str) -> str:
    return base.add_text(name, RULE.format(party=party).encode(), kind="policy", publish=True, actor="t").document_id


_KILL_BEFORE_SYNC = """
Projections.sync = lambda self, progress=None: os.kill(os.getpid(), signal.SIGKILL)
"""
_KILL_AFTER_LEXICAL = """
Projections._sync_dense = lambda self, dense, progress: os.kill(os.getpid(), signal.SIGKILL)
"""
_ADD = """
base.add_text("b.md", "### 取件\\n上门取件由仓库安排，取件费由门店承担。".encode(), kind="policy", publish=True, actor="t")
"""


@pytest.mark.parametrize("kill", [_KILL_BEFORE_SYNC, _KILL_AFTER_LEXICAL])
def test_a_publish_that_dies_before_the_projections_is_caught_up(home: Path, kill: str, texts_of: Texts) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        _add(base, "a.md", "商家")
    result = _run(home, kill + _ADD)
    assert result.returncode == -signal.SIGKILL, result.stderr
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        assert base.drift().clean
        assert "取件费由门店承担" in texts_of(base, "上门取件费用", k=1)[0]


def test_a_retirement_that_dies_before_the_projections_is_served_no_more(home: Path, texts_of: Texts) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        document = _add(base, "a.md", "商家")
        result = _run(home, _KILL_BEFORE_SYNC + f"base.retire({document!r}, actor='t')")
        assert result.returncode == -signal.SIGKILL, result.stderr
        assert texts_of(base, "退货运费") == []  # the base that was open all the while
        assert base.drift().clean


def test_an_archive_that_dies_before_the_projections_holds(home: Path, texts_of: Texts) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        document = _add(base, "a.md", "商家")
        result = _run(home, _KILL_BEFORE_SYNC + f"base.archive({document!r}, actor='t')")
        assert result.returncode == -signal.SIGKILL, result.stderr
        assert texts_of(base, "退货运费") == []
        assert base.get_document(document).archived
        assert base.drift().clean


@pytest.mark.parametrize("step", ["archive", "retire", "rollback"])
def test_a_kill_inside_a_step_leaves_all_as_it_was(home: Path, texts_of: Texts, step: str) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        document = _add(base, "a.md", "商家")
        _add(base, "a.md", "顾客")
        before = base.history(document)
        kill = """
        from kb.store import reviews
        reviews.record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        """
        result = _run(home, textwrap.dedent(kill) + f"base.{step}({document!r}, actor='t')")
        assert result.returncode == -signal.SIGKILL, result.stderr
        assert base.history(document) == before
        assert texts_of(base, "退货运费") == ["质量问题的退货运费由顾客承担。"]
        assert base.drift().clean


def test_a_kill_inside_the_transaction_leaves_nothing(home: Path) -> None:
    result = _run(
        home,
        """
        from kb.store import repository
        repository.publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        """
        + textwrap.indent(_ADD, "        "),
    )
    assert result.returncode == -signal.SIGKILL, result.stderr
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        assert base.list_documents() == []
        assert base.drift().clean


def test_an_open_base_sees_what_another_process_publishes_and_retires(home: Path, texts_of: Texts) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        document = _add(base, "a.md", "商家")
        assert len(texts_of(base, "运费由谁承担")) == 1
        added = _run(home, _ADD + "base.close()")
        assert added.returncode == 0, added.stderr
        response = base.search(SearchRequest(query="上门取件费用", k=1))
        assert "取件费由门店承担" in response.hits[0].text
        assert response.warnings == ()
        retired = _run(home, f"base.retire({document!r}, actor='t'); base.close()")
        assert retired.returncode == 0, retired.stderr
        assert len(texts_of(base, "运费由谁承担", k=5)) == 1
        assert base.drift().clean


def test_a_writer_waits_for_the_lock_and_then_says_who_has_it(home: Path) -> None:
    with KnowledgeBase.open(KbSettings(home=home, lock_timeout_seconds=0.2), embedder=None) as base:
        _add(base, "a.md", "商家")
        with FileLock(home / "kb.lock"):
            assert base.search(SearchRequest(query="退货运费")).hits  # readers never wait
            with pytest.raises(IndexUnavailable, match="writing"):
                _add(base, "b.md", "客户")
        _add(base, "b.md", "客户")


def test_drift_names_what_differs_and_rebuild_mends_it(base: KnowledgeBase) -> None:
    _add(base, "a.md", "商家")
    _add(base, "b.md", "客户")
    projections = base._projections
    assert projections.dense is not None
    keys = sorted(projections.dense.keys())
    projections.dense.remove(keys[:1])
    projections.lexical.clear()
    drift = base.drift()
    assert not drift.clean
    assert drift.missing_dense == (keys[0],)
    assert drift.missing_lexical == tuple(keys)
    steps: list[str] = []
    assert base.rebuild(lambda step, *_: steps.append(step)).clean
    assert "index" in steps


@pytest.mark.parametrize("folder", ["index", "chroma"])
def test_lost_projections_come_back(home: Path, folder: str, texts_of: Texts) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        _add(base, "a.md", "商家")
    shutil.rmtree(home / folder)
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        if folder == "chroma":
            assert base.rebuild().clean
        assert base.drift().clean
        assert texts_of(base, "退货运费") == ["质量问题的退货运费由商家承担。"]


def test_a_damaged_lexical_index_is_rebuilt_at_open(home: Path, texts_of: Texts) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=None) as base:
        _add(base, "a.md", "商家")
    (meta,) = home.glob("index/*/meta.json")
    meta.write_text("not json")
    with KnowledgeBase.open(KbSettings(home=home), embedder=None) as base:
        assert texts_of(base, "退货运费") == ["质量问题的退货运费由商家承担。"]


def test_a_broken_state_file_means_build_anew(home: Path, texts_of: Texts) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        _add(base, "a.md", "商家")
    for state in home.glob("index/*.json"):
        state.write_text("{")
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        assert base.drift().clean
        assert json.loads(next(home.glob("index/tantivy*.json")).read_text())["snapshot"] == 1
        assert texts_of(base, "退货运费")


def test_a_damaged_chroma_leaves_lexical_search_until_the_rebuild(home: Path) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        _add(base, "a.md", "商家")
    (home / "chroma" / "chroma.sqlite3").write_bytes(b"this is no database")
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder()) as base:
        response = base.search(SearchRequest(query="退货运费"))
        assert response.hits
        assert "lexical" in response.warnings[0]
        assert base.rebuild().clean
        assert base.search(SearchRequest(query="退货运费")).warnings == ()


def test_two_models_never_share_vectors(home: Path) -> None:
    with KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder("one")) as base:
        _add(base, "a.md", "商家")
    other = FakeEmbedder("two")
    with KnowledgeBase.open(KbSettings(home=home), embedder=other) as base:
        assert other.embedded == []
        assert base.rebuild().clean
        assert len(other.embedded) == 1
        assert base.drift().clean
