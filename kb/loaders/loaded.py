"""What a loader hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kb.models import DroppedText, UnrepairedText


@dataclass(frozen=True, slots=True)
class LoadedText:
    """Decoded text without its front matter. `first_line` is the file's line number of the text's first
    line."""

    text: str
    markdown: bool
    encoding: str
    first_line: int = 1
    front_matter: dict[str, Any] = field(default_factory=dict)
    unrepaired: tuple[UnrepairedText, ...] = ()
    dropped: tuple[DroppedText, ...] = ()
