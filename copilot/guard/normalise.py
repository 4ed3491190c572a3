"""Views of a text for the rules: folded, without inserted marks, disguised words restored, offsets kept exactly."""

import re
from collections.abc import Callable

from copilot.guard.glyphs import FOLDING, NOISE
from copilot.guard.sounds import SoundIndex
from copilot.guard.view import Edit, View

HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_MARK = r" ·•*_~^|/\\\-—–=#@`°¨´′″‖…→←↑↓※§¤⊙&"
_ENDS = r",。、.;:!?\n"

_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}])[{_MARK}.]+(?=[{HAN}])")
_HAN_TO_CODE = re.compile(rf"(?<=[{HAN}])[ ·•*_|^~\-/]+(?=[0-9a-z¥%$+])|(?<=[0-9a-z%+])[ ·•*_|^~\-/]+(?=[{HAN}])")
_DIGIT_CHAIN = re.compile(r"(?<![0-9a-z.])[0-9](?:[ ·•*_|]+[0-9])+(?![0-9])")
_LETTER_CHAIN = re.compile(rf"(?<![0-9a-z])[a-z](?:[{_MARK}.]{{1,3}}[a-z])+(?![0-9a-z])")
_SINGLE_CHAIN = re.compile(rf"(?<=[{HAN}])([{_ENDS}])(?:[{HAN}]\1){{2,20}}")
_BRACKETED = re.compile(rf"[(\[{{【「『“‘\"'《<〈〔]([{HAN}])[)\]}}】」』”’\"'》>〉〕]")
_STOP = re.compile(rf"(?<=[{HAN}”」』)])\.(?![0-9a-z])")
_LONG_STOP = re.compile(r"\.{2,}|…+")
_ELLIPSIS = "…"


def fold(text: str) -> View:
    """Full width to half, upper case to lower, traditional to simplified, zero-width left out, emoji to marks."""
    if text.isascii():
        return View(text.lower(), range(len(text)), range(1, len(text) + 1))
    folded = text.translate(FOLDING)
    if FOLDING.irregular.isdisjoint(text):
        return View(folded, range(len(text)), range(1, len(text) + 1))
    pieces = [FOLDING[ord(character)] for character in text]
    starts = [index for index, piece in enumerate(pieces) for _ in piece]
    return View(folded, starts, [start + 1 for start in starts])


def without_marks(view: View) -> View:
    """Leaves out what was put between the characters of a word (绝·对, 终 身, 假😀一, v-x, 5 0)."""
    view = _applied(view, _SINGLE_CHAIN, _strip_ends)
    view = _applied(view, _LONG_STOP, lambda m: _ELLIPSIS)
    if NOISE in view.text or _has_marks(view.text):
        view = _applied(view, _BETWEEN_HAN, lambda m: "", breaks=True)
        view = _applied(view, _HAN_TO_CODE, lambda m: "", breaks=True)
        view = _applied(view, _DIGIT_CHAIN, lambda m: "".join(c for c in m.group() if c.isdigit()))
        view = _applied(view, _LETTER_CHAIN, lambda m: "".join(c for c in m.group() if c.isalpha()))
    view = _applied(view, _BRACKETED, lambda m: m.group(1))
    return _applied(view, _STOP, lambda m: "。")


def normalise(text: str, sounds: SoundIndex) -> View:
    """The view that every check reads."""
    view = without_marks(fold(text))
    edits = sounds.edits(view.text)
    return view.edited(edits) if edits else view


def _has_marks(text: str) -> bool:
    return any(mark in text for mark in ".·•*_~^|/\\-—–=#@`°→…&")


def _strip_ends(match: "re.Match[str]") -> str:
    return "".join(character for character in match.group() if character not in ",。、.;:!?\n")


def _applied(
    view: View, pattern: "re.Pattern[str]", replace: Callable[["re.Match[str]"], str], breaks: bool = False
) -> View:
    edits: list[Edit] = []
    marks: list[int] = []
    for match in pattern.finditer(view.text):
        new = replace(match)
        edits.append(Edit(match.start(), match.end(), new))
        if breaks:
            marks.append(match.end())
    return view.edited(edits, marks) if edits else view
