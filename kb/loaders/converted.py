"""What loaders of office and web formats hand on: markdown, and every passage that they left out or could not read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from kb.errors import EmptyDocument
from kb.loaders import markup
from kb.loaders.loaded import Entry, LoadedText
from kb.models import DroppedText, UnrepairedText

_EXCERPT = 200
# How far down the title that a file's properties name has to be seen before it is believed.
_TITLE_WITHIN = 12
_BLANKS = re.compile(r"\s+")


class Writer:
    """Collects the markdown blocks of a document in order, and its reports with the line they belong to."""

    def __init__(self, name: str, encoding: str) -> None:
        self._name = name
        self._encoding = encoding
        self._parts: list[str] = []
        self._entries: list[Entry | str] = []
        self._line = 1
        self._filled = False
        self._dropped: list[DroppedText] = []
        self._unrepaired: list[UnrepairedText] = []

    def add(self, block: str, *, tight: bool = False) -> None:
        """Appends a block; `tight` puts it on the line below the last one, without a blank line (lists)."""
        block = block.strip("\n")
        if not block.strip():
            return
        gap = self._append(block, tight)
        if self._entries and isinstance(self._entries[-1], str):
            self._entries[-1] += gap + block
        else:
            self._entries.append(block)

    def add_entry(self, entry: Entry) -> None:
        """Appends a question with its answer as a clause of its own."""
        self._append(f"{markup.heading(3, entry.question)}\n\n{markup.plain(entry.answer)}", tight=False)
        self._entries.append(replace(entry, line=self._line - entry.answer.strip("\n").count("\n")))

    def _append(self, block: str, tight: bool) -> str:
        gap = "" if not self._parts else "\n" if tight else "\n\n"
        self._parts.append(gap + block)
        self._line += (gap + block).count("\n")
        self._filled = True
        return gap

    def drop(self, reason: str, text: str) -> None:
        """Notes a passage that was left out here. The same passage is noted once."""
        shown = excerpt(text)
        if shown and not any(item.reason == reason and item.text == shown for item in self._dropped):
            self._dropped.append(DroppedText(reason=reason, text=shown, line=self._line))

    def flag(self, reason: str, text: str) -> None:
        """Notes something here that could not be read."""
        self._unrepaired.append(UnrepairedText(reason=reason, text=excerpt(text), line=self._line))

    def finish(self, title: str = "", valid_from: date | None = None, valid_to: date | None = None) -> LoadedText:
        """The whole. `title` is what the file's properties claim; it counts only if the text says so too.

        Raises EmptyDocument where nothing was added.
        """
        if not self._filled:
            seen = "; ".join(item.text for item in self._unrepaired[:3])
            raise EmptyDocument(f"{self._name}: there is no text in it" + (f" ({seen})" if seen else ""))
        text = "".join(self._parts) + "\n"
        matter: dict[str, Any] = {"title": _BLANKS.sub(" ", title).strip()[:300]} if _confirmed(title, text) else {}
        matter |= {name: day for name, day in (("valid_from", valid_from), ("valid_to", valid_to)) if day is not None}
        return LoadedText(
            text=text,
            markdown=True,
            encoding=self._encoding,
            front_matter=matter,
            unrepaired=tuple(self._unrepaired),
            dropped=tuple(self._dropped),
            entries=tuple(self._entries) if any(isinstance(item, Entry) for item in self._entries) else (),
        )


def excerpt(text: str) -> str:
    """What a report shows of a passage."""
    bare = _BLANKS.sub(" ", text).strip()
    return bare if len(bare) <= _EXCERPT else bare[:_EXCERPT] + "…"


def _confirmed(title: str, text: str) -> bool:
    """Whether the claimed title stands as a line of its own near the top: properties survive from templates."""
    wanted = _BLANKS.sub("", title)
    if not wanted:
        return False
    head = [line for line in text.split("\n") if line.strip()][:_TITLE_WITHIN]
    return any(_BLANKS.sub("", line.lstrip("# ")) == wanted for line in head)
