"""Writes every step of a version's life, and hands it to whoever keeps an audit, in the same transaction."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import Connection

from kb.errors import InvalidMetadata
from kb.life_models import ReviewAction, ReviewStep
from kb.models import Waiver
from kb.store import reviews
from kb.store.moments import moment

Recorder = Callable[[Connection, ReviewStep], None]

NOTE_LENGTH = 2000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Ledger:
    """The one writer of steps."""

    def __init__(self, recorder: Recorder | None) -> None:
        self._recorder = recorder

    def write(
        self,
        connection: Connection,
        place: tuple[str, int],
        action: ReviewAction,
        actor: str,
        now: int,
        note: str = "",
        waived: Waiver | None = None,
    ) -> None:
        """Adds a step for a (document, version); a recorder that fails takes the whole change with it."""
        step = ReviewStep(
            document_id=place[0],
            version=place[1],
            action=action,
            actor=actor,
            at=moment(now),
            note=note,
            waived=waived,
        )
        reviews.record(connection, step)
        if self._recorder is not None:
            self._recorder(connection, step)


def checked_actor(actor: str) -> str:
    """Who acts, as it is stored. Raises InvalidMetadata for nobody."""
    name = actor.strip()[: reviews.ACTOR_LENGTH]
    if not name or _CONTROL.search(name):
        raise InvalidMetadata("actor: name who does this, in plain characters")
    return name


def checked_note(note: str) -> str:
    """A note as it is stored. Raises InvalidMetadata."""
    text = note.strip()
    if len(text) > NOTE_LENGTH:
        raise InvalidMetadata(f"note: {len(text)} characters are more than {NOTE_LENGTH}; shorten it")
    if _CONTROL.search(text):
        raise InvalidMetadata("note: holds a control character; write plain text")
    return text
