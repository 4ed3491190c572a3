"""The dense projection: a Chroma collection with unit vectors of every published clause: its text, and each wording.

chromadb is imported at the first use (its import costs most of a second). One collection belongs to one
embedding model, so vectors of two models never meet.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from kb.errors import IndexUnavailable

Vectors = NDArray[np.float32]

_BATCH = 2000
_SEARCH_BREADTH = 200


def vector_key(key: str, question: str) -> str:
    """The key of a clause's wording; the clause's own vector has the clause's key."""
    return f"{key}#{hashlib.sha256(question.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def clause_of(vector: str) -> str:
    """The clause that a vector belongs to."""
    return vector.partition("#")[0]


class DenseIndex:
    """Cosine neighbours. An embedded Chroma has to be reopened to see what another process wrote."""

    def __init__(self, folder: Path, url: str | None, collection: str) -> None:
        self._folder = folder
        self._url = url
        self._name = collection
        self._lock = threading.RLock()
        self._client: Any = None
        self._collection: Any = None
        self._spread = 1  # how many vectors have to be asked for to get one more clause

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        import httpx
        from chromadb.errors import ChromaError

        try:
            yield
        except (ChromaError, httpx.HTTPError, ValueError, OSError, RuntimeError, AttributeError) as error:
            # AttributeError: a Chroma that could not start has no bindings.
            raise IndexUnavailable(f"the dense index ({self._url or self._folder}) cannot {what}: {error}") from error

    def _opened(self) -> Any:
        if self._collection is None:
            self._client = self._remote() if self._url else self._embedded()
            self._collection = self._client.get_or_create_collection(
                self._name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": _SEARCH_BREADTH}},
            )
        return self._collection

    def _remote(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        parts = urlsplit(self._url or "")
        secure = parts.scheme == "https"
        return chromadb.HttpClient(
            host=parts.hostname or "localhost",
            port=parts.port or (443 if secure else 8000),
            ssl=secure,
            settings=Settings(anonymized_telemetry=False),
        )

    def _embedded(self) -> Any:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        self._folder.mkdir(parents=True, exist_ok=True)
        client = None
        try:
            client = chromadb.PersistentClient(str(self._folder), Settings(anonymized_telemetry=False))
        finally:
            if client is None:
                # Chroma keeps a system that failed to start and would hand out the wreck at the next try.
                SharedSystemClient._identifier_to_system.pop(str(self._folder), None)
                SharedSystemClient._identifier_to_refcount.pop(str(self._folder), None)
        return client

    def close(self) -> None:
        """Lets go of the files; the next call opens them again."""
        with self._lock:
            client, self._client, self._collection = self._client, None, None
            if client is not None:
                client.close()

    def reopen(self) -> None:
        """Shows what any process has written. A server is always current."""
        if not self._url:
            self.close()

    def clear(self) -> None:
        """Removes every vector of this model."""
        with self._lock, self._errors("be cleared"):
            self._opened()
            self._client.delete_collection(self._name)
            self._collection = None
            self._opened()

    def stored(self, documents: Sequence[str]) -> set[str]:
        """The keys that are held for these documents."""
        if not documents:
            return set()
        with self._lock, self._errors("be read"):
            found = self._opened().get(where={"document_id": {"$in": list(documents)}}, include=[])
        return set(found["ids"])

    def keys(self) -> set[str]:
        """The keys of all clauses that are held."""
        with self._lock, self._errors("be read"):
            return set(self._opened().get(include=[])["ids"])

    def count(self) -> int:
        """How many vectors are held."""
        with self._lock, self._errors("be counted"):
            return int(self._opened().count())

    def remove(self, keys: Sequence[str]) -> None:
        with self._lock, self._errors("be written"):
            for start in range(0, len(keys), _BATCH):
                self._opened().delete(ids=list(keys[start : start + _BATCH]))

    def add(self, vectors: Mapping[str, NDArray[np.float32]], documents: Mapping[str, str]) -> None:
        """Adds vectors by their key; `documents` names the document of every key."""
        keys = list(vectors)
        with self._lock, self._errors("be written"):
            for start in range(0, len(keys), _BATCH):
                chunk = keys[start : start + _BATCH]
                self._opened().upsert(
                    ids=chunk,
                    embeddings=np.stack([vectors[key] for key in chunk]),
                    metadatas=[{"document_id": documents[key]} for key in chunk],
                )

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """The nearest `limit` clauses as (key, cosine), nearest first; a clause counts by its nearest vector."""
        asked = np.asarray(vector, dtype=np.float32).reshape(1, -1)
        with self._lock, self._errors("be searched"):
            collection = self._opened()
            while True:
                count = limit * self._spread
                answer = collection.query(query_embeddings=asked, n_results=count, include=["distances"])
                nearest: dict[str, float] = {}
                for key, distance in zip(answer["ids"][0], answer["distances"][0], strict=True):
                    nearest.setdefault(clause_of(str(key)), 1.0 - float(distance))
                if len(nearest) >= limit or len(answer["ids"][0]) < count:
                    return list(nearest.items())[:limit]
                self._spread *= 2
