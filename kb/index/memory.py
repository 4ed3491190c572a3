"""Every vector that was ever computed, by model and content; and whether a model still is the one it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from kb.chunk.drafts import ClauseDraft
from kb.embed import Embedder, unit_rows
from kb.errors import EmbeddingError
from kb.index.tuning import tuning_for
from kb.store import vectors
from kb.store.records import ClauseRow, PublishedDocument

Vector = NDArray[np.float32]
Progress = Callable[[str, int, int], None]

_EMBED_BATCH = 128
_WORDINGS_SHARE = 0.75  # measured: evals/retrieval.py, README
_PROBE = "质量问题退货，运费由谁承担？7 days"
_SAME = 0.99  # cosine; another processor or batch size changes the last digits only


@dataclass(frozen=True, slots=True)
class Passage:
    """What a clause's one vector is made of: its text as it is embedded, and the wordings in which it is asked for."""

    text: str
    questions: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Content hash under which the vector is remembered."""
        return digest("\x1e".join((self.text, *self.questions)))

    def mixed(self, text: Vector, questions: Sequence[Vector]) -> Vector:
        """The text's direction turned towards that of its wordings, the more the more of them there are.

        One vector a clause keeps the index small; it found as much as a vector for each wording (README).
        """
        if not questions:
            return text
        share = _WORDINGS_SHARE * len(questions) / (len(questions) + 1)
        middle = np.mean(np.stack(questions), axis=0)
        length = float(np.linalg.norm(middle)) or 1.0
        return cast(Vector, unit_rows((1.0 - share) * text + share * middle / length)[0])


def digest(text: str) -> str:
    """Content hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class VectorMemory:
    """Embeds what is not remembered yet. Thread-safe.

    A name can come to stand for another model (a folder's files are replaced, a server loads another one).
    So the vector of one fixed text is kept too, and compared once by every process before it embeds.
    """

    def __init__(self, engine: Engine, embedder: Embedder, tuning: Path | None = None) -> None:
        self._engine = engine
        self._embedder = embedder
        self._model = vectors.model_key(embedder.name)
        self._probe_model = vectors.model_key(f"probe of {embedder.name}")
        self._checked = False
        self.tuning = tuning_for(embedder.name, tuning)

    @property
    def learned(self) -> str:
        """Names what was learned for the model, `plain` for nothing."""
        return "plain" if self.tuning is None else self.tuning.name

    def embed(self, passages: Sequence[Passage], progress: Progress | None = None) -> dict[str, Vector]:
        """Vectors by content hash; those never seen before are computed and remembered. Raises
        EmbeddingError."""
        by_digest = {passage.digest: passage for passage in passages}
        with self._engine.connect() as connection:
            found = vectors.known(connection, self._model, list(by_digest))
        missing = [key for key in by_digest if key not in found]
        if missing:
            self.check()
        for start in range(0, len(missing), _EMBED_BATCH):
            chunk = missing[start : start + _EMBED_BATCH]
            fresh = self._computed([by_digest[key] for key in chunk])
            with self._engine.begin() as connection:
                vectors.remember(connection, self._model, fresh)
            found.update(fresh)
            if progress:
                progress("embed", min(start + _EMBED_BATCH, len(missing)), len(missing))
        return found

    def placed(self, passages: Sequence[Passage], progress: Progress | None = None) -> dict[str, Vector]:
        """As `embed`, as the dense index wants them: mapped, and turned towards what a clause borrows."""
        rich = {passage.digest for passage in passages if passage.questions}
        return self.place(self.embed(passages, progress), rich)

    def place(self, rows: Mapping[str, Vector], rich: Collection[str]) -> dict[str, Vector]:
        """Clauses' vectors as the dense index wants them; those named in `rich` have wordings and borrow none."""
        tuning = self.tuning
        if tuning is None or not rows:
            return dict(rows)
        own = np.stack(list(rows.values()))
        placed = zip(rows, tuning.passages(own), tuning.neighbours(own), strict=True)
        return {key: row if key in rich else tuning.lent(row, near) for key, row, near in placed}

    def lend(self, document: PublishedDocument) -> PublishedDocument:
        """The document with the questions that its clauses borrow; none for a clause whose vector is not there yet."""
        poor = {key: passage(row, scope.title).digest for key, row, scope in document.clauses if not row.questions}
        if self.tuning is None or not poor:
            return document
        with self._engine.connect() as connection:
            known = vectors.known(connection, self._model, list(set(poor.values())))
        held = {key: known[code] for key, code in poor.items() if code in known}
        if held:
            near = self.tuning.neighbours(np.stack(list(held.values())))
            borrowed = {key: self.tuning.borrowed(places) for key, places in zip(held, near, strict=True) if places}
            document.borrowed.update(borrowed)
        return document

    def _computed(self, passages: Sequence[Passage]) -> dict[str, Vector]:
        texts = list(dict.fromkeys(text for passage in passages for text in (passage.text, *passage.questions)))
        rows = dict(zip(texts, self._embedder.embed_documents(texts), strict=True))
        return {
            passage.digest: passage.mixed(rows[passage.text], [rows[question] for question in passage.questions])
            for passage in passages
        }

    def check(self) -> None:
        """Raises EmbeddingError where the model answers otherwise than when the vectors were made."""
        if self._checked:
            return
        if not self._is_same(self._embedder.embed_query(_PROBE)):
            raise EmbeddingError(
                f"the model {self._embedder.name} is not the one that made the vectors; run `copilot kb rebuild`"
            )
        self._checked = True

    def _is_same(self, now: Vector) -> bool:
        key = digest(_PROBE)
        with self._engine.connect() as connection:
            before = vectors.known(connection, self._probe_model, [key]).get(key)
        if before is None:
            with self._engine.begin() as connection:
                vectors.remember(connection, self._probe_model, {key: now})
            return True
        return before.shape == now.shape and float(before @ now) >= _SAME

    def forget_another_model(self) -> None:
        """Drops what another model left under this name. Raises EmbeddingError where the model does not work."""
        now = self._embedder.embed_query(_PROBE)
        if not self._is_same(now):
            with self._engine.begin() as connection:
                vectors.forget(connection, self._model)
                vectors.forget(connection, self._probe_model)
                vectors.remember(connection, self._probe_model, {digest(_PROBE): now})
        self._checked = True


def embedding_text(row: ClauseRow | ClauseDraft, title: str) -> str:
    """What is embedded for a clause of a document with this title: where it stands, what comes before it, and its text."""
    head = " · ".join((title, *row.section_path))
    return "\n".join(part for part in (head, row.context, row.text) if part)


def passage(row: ClauseRow | ClauseDraft, title: str) -> Passage:
    """What a clause's vector is made of."""
    return Passage(embedding_text(row, title), row.questions)
