"""What Word's paragraph styles mean: which are headings, which carry a list number, which make a contents list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kb.loaders.docx_numbering import Numbering

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Built-in styles by the names that Word (English and Chinese), WPS and LibreOffice write.
_HEADING = re.compile(r"^(?:heading|标题|標題)\s*([1-9])$", re.IGNORECASE)
_TITLE = re.compile(r"^(?:title|标题|標題|文档标题)$", re.IGNORECASE)
_CONTENTS = re.compile(
    r"^(?:toc\s*(?:\d|heading|标题)|contents\s*(?:\d|heading)|目[录錄]\s*(?:\d|标题)|table of figures)", re.IGNORECASE
)
_BODY_LEVEL = 9
# Style chains are short; a file whose styles inherit in a circle must still end.
_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    parent: str
    outline: str
    num: str
    list_level: str
    centred: bool


class Styles:
    """The paragraph styles of one document."""

    def __init__(self, root: Any | None) -> None:
        self._styles: dict[str, _Style] = {}
        self.default = ""
        for style in () if root is None else root.findall(f"{_W}style"):
            if val(style, None, "type") not in ("", "paragraph"):
                continue
            key = val(style, None, "styleId")
            properties = style.find(f"{_W}pPr")
            list_properties = None if properties is None else properties.find(f"{_W}numPr")
            self._styles[key] = _Style(
                val(style, "name"),
                val(style, "basedOn"),
                val(properties, "outlineLvl"),
                val(list_properties, "numId"),
                val(list_properties, "ilvl"),
                val(properties, "jc") == "center",
            )
            if val(style, None, "default") in ("1", "true"):
                self.default = key

    def _chain(self, key: str) -> list[tuple[str, _Style]]:
        found: list[tuple[str, _Style]] = []
        key = key or self.default
        while key in self._styles and len(found) < _LONGEST_CHAIN:
            found.append((key, self._styles[key]))
            key = self._styles[key].parent
        return found

    def is_contents(self, key: str) -> bool:
        """Whether paragraphs of this style are entries of a table of contents."""
        return any(_CONTENTS.match(style.name) for _, style in self._chain(key))

    def heading_level(self, key: str) -> int:
        """1 to 9 for a heading style, 1 for the title's, else 0."""
        for _, style in self._chain(key):
            if match := _HEADING.match(style.name):
                return int(match.group(1))
            if _TITLE.match(style.name):
                return 1
            if style.outline.isdigit():
                return 0 if int(style.outline) >= _BODY_LEVEL else int(style.outline) + 1
        return 0

    def centred(self, key: str) -> bool:
        """Whether a paragraph of this style is centred unless it says otherwise."""
        return any(style.centred for _, style in self._chain(key))

    def list_of(self, properties: Any | None, key: str, numbering: Numbering) -> tuple[str, int]:
        """The list and level (from 0) that a paragraph counts in; an empty list for none."""
        own = None if properties is None else properties.find(f"{_W}numPr")
        num, level = val(own, "numId"), val(own, "ilvl")
        tied = ""
        if not num:
            for style_key, style in self._chain(key):
                if style.num:
                    num, tied = style.num, style_key
                    level = level or style.list_level
                    break
        if num in ("", "0"):
            return "", 0
        return num, int(level) if level.isdigit() else numbering.level_of_style(num, tied)


def outline_level(properties: Any | None, key: str, styles: Styles) -> int:
    """A paragraph's heading level: its own, else its style's; 0 for body text."""
    own = val(properties, "outlineLvl")
    if own.isdigit():
        return 0 if int(own) >= _BODY_LEVEL else int(own) + 1
    return styles.heading_level(key)


def val(element: Any | None, child: str | None, attribute: str = "val") -> str:
    """An attribute of an element or of its child, empty where either is missing."""
    found = element if child is None or element is None else element.find(f"{_W}{child}")
    return "" if found is None else str(found.get(f"{_W}{attribute}") or "")
