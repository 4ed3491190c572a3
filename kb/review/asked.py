"""Keeps the question log without ever holding up or failing a search.

A question is put into a bounded buffer and written by a background thread, a few seconds later or when the
knowledge base is closed. When too many wait, the newest is dropped and counted; when writing fails, the batch
waits for the next try. Callers take personal data out of a question before they hand it in.
"""

from __future__ import annotations

import logging
import threading

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from kb.store import questions
from kb.store.engine import writing
from kb.store.questions import QuestionRow

_LOG = logging.getLogger(__name__)
_SECONDS = 5.0
_MOST_WAITING = 2000
_BATCH = 200


class QuestionLog:
    """Thread-safe."""

    def __init__(
        self,
        engine: Engine,
        *,
        most: int = questions.MOST,
        seconds: float = _SECONDS,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self._engine = engine
        self._most = most
        self._seconds = seconds
        self._most_waiting = most_waiting
        self._waiting: list[QuestionRow] = []
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self.lost = 0

    @property
    def waiting(self) -> int:
        """Questions that are not written yet."""
        return len(self._waiting)

    def add(self, row: QuestionRow) -> None:
        """Notes a question; returns at once and never raises."""
        with self._lock:
            if self._closed or len(self._waiting) >= self._most_waiting:
                self.lost += 1
                return
            self._waiting.append(row)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="question-log", daemon=True)
                self._thread.start()
            if len(self._waiting) >= _BATCH:
                self._wake.set()

    def flush(self) -> bool:
        """Writes what waits, now. False: it could not be written and goes on waiting."""
        with self._flushing:
            with self._lock:
                batch, self._waiting = self._waiting, []
            if not batch:
                return True
            try:
                with writing(self._engine) as connection:
                    questions.record(connection, batch, self._most)
            except SQLAlchemyError as error:
                # A locked or unreachable database must not reach whoever asked; the batch is tried again.
                _LOG.warning("the question log could not be written: %s", error)
                with self._lock:
                    kept = batch[: self._most_waiting - len(self._waiting)]
                    self.lost += len(batch) - len(kept)
                    self._waiting = [*kept, *self._waiting]
                return False
        return True

    def close(self) -> None:
        """Writes what waits and stops. What cannot be written then is lost."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10.0)
        self.flush()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(self._seconds)
            self._wake.clear()
            self.flush()
