"""Embedders for tests: deterministic, counting, failing."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from kb.embed import Vectors, unit_rows
from kb.errors import EmbeddingError
from kb.tokenize import tokens

_DIMS = 128


class FakeEmbedder:
    """A bag of tokens hashed into 128 dimensions: texts that share words are near each other."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.dims = _DIMS
        self.embedded: list[str] = []
        self.failing = False

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self._check()
        self.embedded.extend(texts)
        return unit_rows([_bag(text) for text in texts]) if texts else np.empty((0, _DIMS), dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        self._check()
        return unit_rows(_bag(text))[0]

    def _check(self) -> None:
        if self.failing:
            raise EmbeddingError("the fake model is switched off")


def _bag(text: str) -> Vectors:
    row = np.full(_DIMS, 0.01, dtype=np.float32)
    for token in tokens(text):
        row[int.from_bytes(blake2b(token.encode(), digest_size=4).digest()) % _DIMS] += 1.0
    return row
