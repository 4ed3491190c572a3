"""Vectors that were computed before, by model and content hash, so that an edit embeds only what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from kb.store.tables import embedding

_CHUNK = 400


def model_key(name: str) -> str:
    """A model's name as a fixed-length key."""
    return hashlib.sha256(name.encode()).hexdigest()


def known(connection: Connection, model: str, digests: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """The stored vectors among `digests`."""
    found: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(digests), _CHUNK):
        query = select(embedding.c.sha256, embedding.c.vector).where(
            embedding.c.model == model, embedding.c.sha256.in_(digests[start : start + _CHUNK])
        )
        for digest, blob in connection.execute(query):
            found[digest] = np.frombuffer(blob, dtype="<f4").astype(np.float32)
    return found


def remember(connection: Connection, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    """Stores vectors; those that are there already stay."""
    if not vectors:
        return
    # Writes without reading first: a transaction that has read cannot begin to write after another one wrote.
    into = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        into(embedding).on_conflict_do_nothing(),
        [
            {"model": model, "sha256": digest, "vector": vector.astype("<f4").tobytes()}
            for digest, vector in vectors.items()
        ],
    )


def forget(connection: Connection, model: str) -> None:
    """Removes all stored vectors of a model."""
    connection.execute(delete(embedding).where(embedding.c.model == model))
