"""How far a projection has come: a small file beside it, replaced in one step after the projection's own
commit."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class ProjectionState(BaseModel):
    """`snapshot` is the last one that the projection holds in full; `layout` names what it was built with."""

    model_config = ConfigDict(frozen=True)

    snapshot: int
    layout: str


class Mark:
    """One projection's state file. What was built with another layout counts as absent: it is built anew.

    `layout` is what this process builds with; `accepted` is how layouts begin that it may read besides.
    """

    def __init__(self, path: Path, layout: str, accepted: str | None = None) -> None:
        self.path = path
        self._layout = layout
        self._accepted = accepted

    def read(self) -> ProjectionState | None:
        """The stored state; None when there is none, it cannot be read or its layout does not fit."""
        try:
            state = ProjectionState.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return None
        own = state.layout == self._layout
        return state if own or (self._accepted is not None and state.layout.startswith(self._accepted)) else None

    @property
    def snapshot(self) -> int:
        """The snapshot that the projection holds, -1 when it has to be built anew."""
        state = self.read()
        return -1 if state is None else state.snapshot

    def write(self, snapshot: int, before: ProjectionState | None) -> None:
        """Replaces the state so that a crash leaves the old or the new one.

        `before` is the state that was brought up to date. Where it had another layout, the projection is a
        mixture, which no process that builds with a layout of its own accepts.
        """
        mixed = before is not None and before.layout != self._layout
        state = ProjectionState(snapshot=snapshot, layout=f"{self._accepted}mixed" if mixed else self._layout)
        draft = self.path.with_suffix(".tmp")
        draft.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(state.model_dump(), stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self.path)

    def forget(self) -> None:
        """Makes the projection count as absent."""
        self.path.unlink(missing_ok=True)
