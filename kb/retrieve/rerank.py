"""An optional second look at the best candidates: a cross-encoder reads question and clause together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from kb.embed import ST_PREFIX, sentence_transformers_model
from kb.errors import EmbeddingError

BREADTH = 30  # how many fused candidates are read again


class Reranker(Protocol):
    """Judges texts by a question. `name` tells which model it is; scores compare within one call only."""

    @property
    def name(self) -> str: ...

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text, higher is better. Raises EmbeddingError."""


def load_reranker(spec: str) -> Reranker | None:
    """The reranker that `spec` names: `sentence-transformers:<name or folder>`; None for `none`.

    Raises EmbeddingError for anything else.
    """
    spec = spec.strip()
    if spec == "none":
        return None
    if spec.startswith(ST_PREFIX) and spec != ST_PREFIX:
        return CrossEncoderReranker(spec.removeprefix(ST_PREFIX))
    raise EmbeddingError(f"unknown reranker {spec!r}: use none or sentence-transformers:<name or folder>")


class CrossEncoderReranker:
    """Any sentence-transformers cross-encoder with one output; loaded at its first use, shared by threads."""

    def __init__(self, model: str) -> None:
        self.name = ST_PREFIX + model
        self._source = model
        self._model: Any = None
        self._lock = threading.Lock()

    def _loaded(self) -> Any:
        if self._model is None:
            self._model = sentence_transformers_model("CrossEncoder", self._source)
        return self._model

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text. Raises EmbeddingError, also for a model that is no ranker."""
        if not texts:
            return []
        with self._lock:
            model = self._loaded()
            try:
                rows = np.asarray(model.predict([(query, text) for text in texts], show_progress_bar=False))
            except (RuntimeError, ValueError, IndexError) as error:
                raise EmbeddingError(f"{self.name} failed: {error}") from error
        if rows.shape != (len(texts),):
            raise EmbeddingError(f"{self.name} gives {rows.shape} for {len(texts)} texts: a ranker has one output")
        if not bool(np.isfinite(rows).all()):
            raise EmbeddingError(f"{self.name} gave values that are no numbers")
        return [float(score) for score in rows]


def reranked(reranker: Reranker, query: str, texts: Sequence[str]) -> list[int]:
    """The positions of `texts`, best first; equal ones keep their order. Raises EmbeddingError."""
    scores = reranker.scores(query, texts)
    if len(scores) != len(texts):
        raise EmbeddingError(f"{reranker.name} gave {len(scores)} scores for {len(texts)} texts")
    return sorted(range(len(texts)), key=lambda place: (-scores[place], place))
