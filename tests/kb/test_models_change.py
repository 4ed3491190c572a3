"""Another embedding model than the one that made the home's vectors: detected, never mixed, mended by a rebuild."""

import time
from pathlib import Path

import numpy as np
import pytest

from kb.embed import Vectors, unit_rows
from kb.models import SearchRequest, SearchResponse
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from tests.kb.fakes import FakeEmbedder

RULE = "### 运费 {{#freight.{party}}}\n质量问题的退货运费由{party}承担。\n"


class OtherWeights(FakeEmbedder):
    """The same name and dimensions, other vectors."""

    def embed_documents(self, texts: "list[str]") -> Vectors:  # type: ignore[override]
        return unit_rows(super().embed_documents(texts)[:, ::-1])

    def embed_query(self, text: str) -> Vectors:
        return unit_rows(super().embed_query(text)[::-1])[0]


class Shorter(FakeEmbedder):
    """Half as many dimensions."""

    def __init__(self, name: str = "fake") -> None:
        super().__init__(name)
        self.dims = 64

    def embed_documents(self, texts: "list[str]") -> Vectors:  # type: ignore[override]
        rows = super().embed_documents(texts)
        return unit_rows(rows[:, :64] + rows[:, 64:]) if len(rows) else np.empty((0, 64), dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        row = super().embed_query(text)
        return unit_rows(row[:64] + row[64:])[0]


def _opened(home: Path, embedder: FakeEmbedder | None) -> KnowledgeBase:
    return KnowledgeBase.open(KbSettings(home=home), embedder=embedder)


def _add(base: KnowledgeBase, party: str) -> None:
    base.add_text(f"{party}.md", RULE.format(party=party).encode(), kind="policy", publish=True, actor="t")


def _ask(base: KnowledgeBase) -> SearchResponse:
    return base.search(SearchRequest(query="质量问题的退货运费由谁承担"))


CHANGED = pytest.mark.parametrize(
    "other",
    [FakeEmbedder("other"), Shorter("shorter"), OtherWeights(), Shorter()],
    ids=["another name", "another name and other dims", "same name, other weights", "same name, other dims"],
)


@CHANGED
def test_a_changed_model_leaves_lexical_search_until_the_rebuild(home: Path, other: FakeEmbedder) -> None:
    with _opened(home, FakeEmbedder()) as base:
        _add(base, "seller")
        assert _ask(base).warnings == ()
    other.embedded.clear()
    with _opened(home, other) as base:
        response = _ask(base)
        assert len(response.hits) == 1
        assert any("lexical search only" in warning for warning in response.warnings)
        assert any("copilot kb rebuild" in warning for warning in response.warnings)
        assert other.embedded == []  # a large base is not embedded anew behind anybody's back
        _add(base, "buyer")
        response = _ask(base)
        assert len(response.hits) == 2
        assert any("copilot kb rebuild" in warning for warning in response.warnings)
        assert base.rebuild().clean
        time.sleep(1.1)  # after a failed catching up the next look is a second later
        assert _ask(base).warnings == ()
        assert _held(base) == {other.dims}
    with _opened(home, other) as base:
        assert _ask(base).warnings == ()
        assert base.drift().clean


@CHANGED
def test_going_back_without_a_rebuild_finds_the_old_vectors_untouched(home: Path, other: FakeEmbedder) -> None:
    with _opened(home, FakeEmbedder()) as base:
        _add(base, "seller")
    with _opened(home, other) as base:
        _add(base, "buyer")
        _ask(base)
    with _opened(home, FakeEmbedder()) as base:
        response = _ask(base)
        assert response.warnings == ()
        assert len(response.hits) == 2
        assert base.drift().clean
        assert _held(base) == {FakeEmbedder().dims}


def test_after_a_rebuild_the_other_models_vectors_are_gone(home: Path) -> None:
    with _opened(home, FakeEmbedder()) as base:
        _add(base, "seller")
    with _opened(home, FakeEmbedder("other")) as base:
        assert base.rebuild().clean
        dense = base._projections.dense
        assert dense is not None
        assert len(dense._client.list_collections()) == 1
    with _opened(home, FakeEmbedder()) as base:
        assert any("copilot kb rebuild" in warning for warning in _ask(base).warnings)


def test_an_open_base_goes_on_when_another_process_rebuilds(home: Path) -> None:
    with _opened(home, FakeEmbedder("other")) as early:
        _add(early, "seller")
        with _opened(home, FakeEmbedder()) as late:
            assert any("copilot kb rebuild" in warning for warning in _ask(late).warnings)
            with _opened(home, FakeEmbedder()) as rebuilder:
                assert rebuilder.rebuild().clean
            assert _ask(late).warnings == ()
        assert any("copilot kb rebuild" in warning for warning in _ask(early).warnings)


def test_a_home_without_vectors_takes_its_first_model_by_itself(home: Path) -> None:
    with _opened(home, None) as base:
        _add(base, "seller")
    with _opened(home, FakeEmbedder()) as base:
        assert _ask(base).warnings == ()
        assert base.drift().clean


def test_a_model_that_fails_at_the_rebuild_leaves_lexical_search(home: Path) -> None:
    with _opened(home, FakeEmbedder()) as base:
        _add(base, "seller")
    broken = FakeEmbedder("broken")
    broken.failing = True
    with _opened(home, broken) as base:
        assert not base.rebuild().clean
        response = _ask(base)
        assert len(response.hits) == 1
        assert any("switched off" in warning for warning in response.warnings)


def _held(base: KnowledgeBase) -> set[int]:
    """Dimensions of all vectors that the dense index holds."""
    dense = base._projections.dense
    assert dense is not None
    return {len(row) for row in dense._opened().get(include=["embeddings"])["embeddings"]}
