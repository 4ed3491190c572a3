"""Joins a sentence that was broken into lines of a few characters, so that it is read as one."""

import re

from copilot.guard.view import Edit

# A run of spaces is tried from its first place only: from each it would cost the square of its length.
_BREAK = re.compile(r"(?<! ) *\n[ \n]*")
_PIECE_END = re.compile(r"[,;:。!?\n…]")
_REST = 2
_SHORT = 4
"""A line of at most this many characters, spaces not counted, may be a piece of a sentence."""


def joins(text: str) -> list[Edit]:
    """The line breaks between two pieces that are too short, or too spaced out, to be lines of their own."""
    found = []
    for match in _BREAK.finditer(text):
        before = _PIECE_END.split(text[max(0, match.start() - 40) : match.start()])[-1]
        after = _PIECE_END.split(text[match.end() : match.end() + 40])[0]
        if (_is_piece(before) and _is_piece(after)) or _is_rest(before, after):
            found.append(Edit(match.start(), match.end(), ""))
    return found


def _is_rest(before: str, after: str) -> bool:
    """Whether a line ends what the one before it began: a character or two, or nothing but a mark."""
    return bool(before.strip()) and len(after.replace(" ", "")) <= _REST


def _is_piece(line: str) -> bool:
    compact = line.replace(" ", "")
    if not compact:
        return False
    return len(compact) <= _SHORT or line.strip().count(" ") >= len(compact) // 2
