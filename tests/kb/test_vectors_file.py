"""Vectors that travel in a file: taken by the same model, ignored by another, fresh for the sample knowledge base."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import kb
from kb.embed import BUNDLED_NAME
from kb.errors import EmbeddingError
from kb.models import IngestReport
from kb.service import KnowledgeBase
from kb.settings import KbSettings

SAMPLE = Path(kb.__file__).parent / "sample"


class Counting:
    """A deterministic model that counts how many texts it embedded."""

    dims = 384

    def __init__(self, name: str) -> None:
        self.name = name
        self.embedded = 0

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += len(texts)
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        row = np.random.default_rng(sum(text.encode())).standard_normal(self.dims).astype(np.float32)
        return (row / np.linalg.norm(row)).astype(np.float32)


def opened(home: Path, model: Counting | None) -> KnowledgeBase:
    return KnowledgeBase.open(KbSettings(home=home), embedder=model)


def add(base: KnowledgeBase) -> IngestReport:
    return base.add_text(
        "退货.md", "# 退货\n\n退回运费由顾客承担。\n".encode(), kind="policy", publish=True, actor="test"
    )


def test_the_same_model_takes_them(tmp_path: Path) -> None:
    file = tmp_path / "vectors.npz"
    with opened(tmp_path / "one", Counting("m")) as base:
        add(base)
        assert base.write_vectors(file) == 1
    second = Counting("m")
    with opened(tmp_path / "two", second) as base:
        assert base.read_vectors(file) == 1
        assert add(base).state == "published"
        assert second.embedded == 0
        assert base.drift().clean


def test_another_model_does_not(tmp_path: Path) -> None:
    file = tmp_path / "vectors.npz"
    with opened(tmp_path / "one", Counting("m")) as base:
        add(base)
        base.write_vectors(file)
    other = Counting("n")
    with opened(tmp_path / "two", other) as base:
        assert base.read_vectors(file) == 0
        add(base)
        assert other.embedded == 1


def test_without_a_model_there_is_nothing_to_write(tmp_path: Path) -> None:
    with opened(tmp_path / "home", None) as base:
        with pytest.raises(EmbeddingError):
            base.write_vectors(tmp_path / "vectors.npz")
        assert base.read_vectors(SAMPLE / "vectors.npz") == 0


def test_the_sample_brings_a_vector_for_every_clause(tmp_path: Path) -> None:
    """After an edit of kb/sample, run `make vectors`."""
    model = Counting(BUNDLED_NAME)
    with opened(tmp_path / "home", model) as base:
        assert base.read_vectors(SAMPLE / "vectors.npz") > 0
        for path in sorted(SAMPLE.glob("*.md")):
            base.add_path(path, publish=True, actor="test")
    assert model.embedded == 0
