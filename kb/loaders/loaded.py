"""What a loader hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kb.models import Audience, DroppedText, UnrepairedText


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer of an FAQ sheet: a clause by itself, whose text is the answer's own words.

    `path` names the sheet and the section above it. `wordings` are cells as they were written, each with one wording
    or several. Empty `platforms` and `categories`, and an audience of None, mean those of the document.
    `line` is where the entry begins in `LoadedText.text`.
    """

    question: str
    answer: str
    line: int = 1
    path: tuple[str, ...] = ()
    wordings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    audience: Audience | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class LoadedText:
    """Decoded text without its front matter. `first_line` is the file's line number of the text's first
    line.

    A file of questions and answers has `entries` too, with the markdown that stands between them as plain strings, in
    the file's order: clauses are made of these, and `text` only shows the whole.
    """

    text: str
    markdown: bool
    encoding: str
    first_line: int = 1
    front_matter: dict[str, Any] = field(default_factory=dict)
    unrepaired: tuple[UnrepairedText, ...] = ()
    dropped: tuple[DroppedText, ...] = ()
    entries: tuple[Entry | str, ...] = ()
