"""The dense projection: a Chroma collection with one unit vector for every published clause.

chromadb is imported at the first use (its import costs most of a second). One collection belongs to one
embedding model, so vectors of two models never meet.
"""

from __future__ import annotations

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
_SERVER_SECONDS = 60.0


class DenseIndex:
    """Cosine neighbours. An embedded Chroma has to be reopened to see what another process wrote."""

    def __init__(self, folder: Path, url: str | None, collection: str) -> None:
        self._folder = folder
        self._url = url
        self._name = collection
        self._lock = threading.RLock()
        self._client: Any = None
        self._collection: Any = None

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
            if self._client is None:
                self._client = self._remote() if self._url else self._embedded()
            self._collection = self._client.get_or_create_collection(
                self._name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": _SEARCH_BREADTH}},
            )
        return self._collection

    def _remote(self) -> Any:
        import chromadb
        import httpx
        from chromadb.config import Settings

        parts = urlsplit(self._url or "")
        secure = parts.scheme == "https"
        client = chromadb.HttpClient(
            host=parts.hostname or "localhost",
            port=parts.port or (443 if secure else 8000),
            ssl=secure,
            settings=Settings(anonymized_telemetry=False),
        )
        for session in _sessions(client):
            # Chroma waits without end: a server that hangs would take every search with it.
            session.timeout = httpx.Timeout(_SERVER_SECONDS, connect=5.0)
        return client

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
                for session in _sessions(client):
                    session.close()  # Chroma's own close leaves its connections open

    def reopen(self) -> None:
        """Shows what any process has written. A server is always current."""
        if not self._url:
            self.close()

    def clear(self) -> None:
        """Removes every vector of this model; in the home's own folder those of all models."""
        with self._lock, self._errors("be cleared"):
            self._opened()
            # A server may hold what belongs to others; in the home everything else is another model's.
            for name in [self._name] if self._url else [found.name for found in self._client.list_collections()]:
                self._client.delete_collection(name)
            self._collection = None
            self._opened()

    def stored(self, documents: Sequence[str]) -> dict[str, str]:
        """Key → content hash of what is held for these documents."""
        if not documents:
            return {}
        with self._lock, self._errors("be read"):
            found = self._opened().get(where={"document_id": {"$in": list(documents)}}, include=["metadatas"])
        return {key: str(held.get("digest", "")) for key, held in zip(found["ids"], found["metadatas"], strict=True)}

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

    def add(self, vectors: Mapping[str, NDArray[np.float32]], origins: Mapping[str, tuple[str, str]]) -> None:
        """Adds vectors by key, or replaces them; `origins` names document and content hash of every key."""
        keys = list(vectors)
        with self._lock, self._errors("be written"):
            for start in range(0, len(keys), _BATCH):
                chunk = keys[start : start + _BATCH]
                self._opened().upsert(
                    ids=chunk,
                    embeddings=np.stack([vectors[key] for key in chunk]),
                    metadatas=[{"document_id": origins[key][0], "digest": origins[key][1]} for key in chunk],
                )

    def _query(self, asked: Vectors, limit: int) -> Any:
        with self._errors("be searched"):
            return self._opened().query(query_embeddings=asked, n_results=limit, include=["distances"])

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """The nearest `limit` clauses as (key, cosine), nearest first."""
        asked = np.asarray(vector, dtype=np.float32).reshape(1, -1)
        with self._lock:
            try:
                answer = self._query(asked, limit)
            except IndexUnavailable:
                self.close()  # another process has built it anew since it was opened here
                answer = self._query(asked, limit)
        pairs = zip(answer["ids"][0], answer["distances"][0], strict=True)
        return [(str(key), 1.0 - float(distance)) for key, distance in pairs]


def _sessions(client: Any) -> list[Any]:
    """The HTTP connections of a client for a server, and of its helper for tenants; an embedded one has none."""
    servers = [getattr(part, "_server", None) for part in (client, getattr(client, "_admin_client", None))]
    return [session for server in servers if (session := getattr(server, "_session", None)) is not None]
