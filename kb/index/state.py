"""How far a projection has come: a small file beside it, replaced in one step after the projection's own
commit."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class ProjectionState(BaseModel):
    """`snapshot` is the last one that the projection holds in full; `layout` names what it was built with."""

    model_config = ConfigDict(frozen=True)

    snapshot: int
    layout: str


def read_state(path: Path, fits: Callable[[str], bool]) -> ProjectionState | None:
    """The stored state; None when there is none, it cannot be read or its layout does not fit: build anew."""
    try:
        state = ProjectionState.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return state if fits(state.layout) else None


def write_state(path: Path, state: ProjectionState) -> None:
    """Replaces the state so that a crash leaves the old or the new one."""
    draft = path.with_suffix(".tmp")
    draft.parent.mkdir(parents=True, exist_ok=True)
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(state.model_dump(), stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
