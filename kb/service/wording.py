"""Wordings that editors give a clause, so that it is found by the words that people use."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from kb.errors import ClauseNotFound, InvalidMetadata
from kb.index.sync import Projections
from kb.life_models import ClauseWordings
from kb.service.ledger import Ledger, checked_actor
from kb.store import repository, wordings
from kb.store.engine import writing
from kb.store.moments import seconds
from kb.tokenize import fold

LENGTH = 300
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class WordingDesk:
    """Reads and replaces the wordings of one clause."""

    def __init__(self, engine: Engine, projections: Projections, clock: Callable[[], datetime], ledger: Ledger) -> None:
        self._engine = engine
        self._projections = projections
        self._clock = clock
        self._ledger = ledger

    def of_clause(self, clause_id: str, version: int) -> ClauseWordings:
        """The wordings of the file (of this version) and those that were added. Raises ClauseNotFound."""
        with self._engine.connect() as connection:
            document_id, _ = _place(connection, clause_id)
            return ClauseWordings(
                clause_id=clause_id,
                document_id=document_id,
                file=wordings.of_file(connection, clause_id, version),
                added=tuple(wordings.added(connection, clause_id)),
            )

    def replace(self, clause_id: str, texts: Sequence[str], actor: str) -> None:
        """Makes `texts` the editors' wordings of a clause, in every version of it."""
        actor, now = checked_actor(actor), seconds(self._clock())
        wanted = _checked(texts)
        with self._projections.write_lock(), writing(self._engine) as connection:
            place = _place(connection, clause_id)
            held = [entry.text for entry in wordings.added(connection, clause_id) if entry.origin == "editor"]
            if held == wanted:
                return
            wordings.replace(connection, place[0], clause_id, wanted, "editor", actor, now)
            repository.log(connection, *place, "wordings", actor, now)
            self._ledger.write(connection, place, "wordings", actor, now, f"{clause_id}: {len(wanted)}")
        self._projections.catch_up()


def _place(connection: Connection, clause_id: str) -> tuple[str, int]:
    places = repository.clause_versions(connection, clause_id)
    if not places:
        raise ClauseNotFound(f"no clause {clause_id}")
    return places[-1]


def _checked(texts: Sequence[str]) -> list[str]:
    """Without repeats (spelling aside). Raises InvalidMetadata naming the text."""
    kept: dict[str, str] = {}
    for number, text in enumerate(texts):
        plain = text.strip()
        if not plain or len(plain) > LENGTH or _UNUSABLE.search(plain):
            raise InvalidMetadata(f"texts.{number}: write one line of 1 to {LENGTH} plain characters")
        kept.setdefault(fold(plain), plain)
    if len(kept) > wordings.MOST:
        raise InvalidMetadata(
            f"texts: {len(kept)} wordings are more than {wordings.MOST} for one clause; keep the best"
        )
    return list(kept.values())
