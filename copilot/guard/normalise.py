"""Views of a text for the rules: folded, without inserted marks, disguised words restored, offsets kept exactly."""

import re
from collections.abc import Callable

from copilot.guard.emoji import WORDS
from copilot.guard.glyphs import FOLDING, NOISE
from copilot.guard.lines import joins
from copilot.guard.shapes import ShapeIndex
from copilot.guard.sounds import SoundIndex
from copilot.guard.view import Edit, View

HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_MARK = r" ·•*_~^|/\\\-—–=#@`°¨´′″‖…→←↑↓※§¤⊙&"
_ENDS = r",。、.;:!?\n"

_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}])[{_MARK}.]+(?=[{HAN}])")
_CODE_MARK = r" ·•*_|^~\-/#`°…→"
_HAN_TO_CODE = re.compile(rf"(?<=[{HAN}])[{_CODE_MARK}]+(?=[0-9a-z¥%$+])|(?<=[0-9a-z%+])[{_CODE_MARK}]+(?=[{HAN}])")
_DOTTED = re.compile(rf"(?<=[{HAN}])\.(?:\d\.){{1,8}}(?=[{HAN}])")
_DIGIT_CHAIN = re.compile(r"(?<![0-9a-z.])[0-9](?:[ ·•*_|]+[0-9])+(?![0-9])")
_LETTER_CHAIN = re.compile(rf"(?<![0-9a-z])[a-z](?:[{_MARK}.+]{{1,3}}[a-z])+(?![0-9a-z])")
_SINGLE_CHAIN = re.compile(rf"(?<=[{HAN}])([{_ENDS}])(?:[{HAN}]\1){{2,20}}")
_BRACKETED = re.compile(
    rf"[(\[{{【「『“‘\"'《<〈〔]([{HAN}])[)\]}}】」』”’\"'》>〉〕]|[({{【「『〈〔](\d{{1,5}})[)}}】」』〉〕](?=[{HAN}]|[【(]|$|,)"
)
_DASH_ONE = re.compile("[—–―](?=[定律概个下次切直会起旦样])")
_MONEY_FIRST = re.compile(r"钱(?=\d)")
_MONEY_LAST = re.compile(r"(?<=\d)钱")
_LETTER_FOR_DIGIT = re.compile(
    r"(?<![a-z])[oil]+(?=[0-9]{1,8}(?:%|元|块|天|年|月|小时|个|倍|折))|(?<=[0-9])[oil]{1,4}(?=%|元|块|天|年|月|小时|个|倍|折)"
)
_LETTERS_FOR = str.maketrans("oil", "011")
_INSERTED = r" ·•*_|^"
_BESIDE_STOP = re.compile(rf"(?<=[{HAN}0-9])[{_INSERTED}]+(?=[,;:。!?%])|(?<=[,;:。!?])[{_INSERTED}]+(?=[{HAN}])")
_LETTER_AND_DIGIT = re.compile(r"(?<=[a-z])[·•*|]+(?=[0-9])|(?<=[0-9])[·•*|]+(?=[a-z])")
_PARTICLE = re.compile("(?<![显原名巨专论遗编译所])著(?![名作称书述者])")
"""著 is 着 unless it stands in one of its own words."""
_SPACED_WORD = re.compile(rf"[{HAN}] [0-9{HAN}]|[0-9] [{HAN}]")
_STARS = re.compile("星(?: ?星){2,6}")
_STOP = re.compile(rf"(?<=[{HAN}”」』)])\.(?![0-9a-z])")
_LONG_STOP = re.compile(r"\.{2,}|…+")
_ELLIPSIS = "…"


_SCATTERED = re.compile(
    rf"([{''.join(symbol for symbol, word in WORDS.items() if word != '不')}])\ufe0f?[{HAN}](?:\1\ufe0f?[{HAN}]){{2,}}"
)
"""The same symbol between every two characters parts them; it says nothing."""


def fold(text: str) -> View:
    """Full width to half, upper case to lower, traditional to simplified, zero-width left out, emoji to marks."""
    text = _SCATTERED.sub(lambda m: m.group().replace(m.group(1), "·"), text)
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
    view = _with_symbols(view)
    if "\n" in view.text:
        edits = joins(view.text)
        view = view.edited(edits, [edit.end for edit in edits]) if edits else view
    view = _applied(view, _SINGLE_CHAIN, _strip_ends)
    view = _applied(view, _LONG_STOP, lambda m: _ELLIPSIS)
    if NOISE in view.text or _has_marks(view.text):
        view = _applied(view, _DASH_ONE, lambda m: "一")
        view = _applied(view, _BETWEEN_HAN, lambda m: "", breaks=True)
        view = _applied(view, _DOTTED, lambda m: "".join(c for c in m.group() if c.isdigit()))
        view = _applied(view, _HAN_TO_CODE, lambda m: "", breaks=True)
        view = _applied(view, _BESIDE_STOP, lambda m: "")
        view = _applied(view, _LETTER_AND_DIGIT, lambda m: "")
        view = _applied(view, _DIGIT_CHAIN, lambda m: "".join(c for c in m.group() if c.isdigit()))
        view = _applied(view, _LETTER_CHAIN, lambda m: "".join(c for c in m.group() if c.isalpha()))
    if "著" in view.text:
        view = _applied(view, _PARTICLE, lambda m: "着")
    view = _applied(view, _BRACKETED, lambda m: m.group(1) or m.group(2))
    return _applied(view, _STOP, lambda m: "。")


def normalise(text: str, shapes: ShapeIndex, sounds: SoundIndex) -> View:
    """The view that every check reads."""
    view = without_marks(fold(text))
    for find in (shapes.edits, sounds.letters, sounds.edits):
        edits = find(view.text)
        view = view.edited(edits) if edits else view
    if not text.isascii() and _SPACED_WORD.search(view.text):
        view = _applied(view, _HAN_TO_CODE, lambda m: "", breaks=True)
        view = _applied(view, _BETWEEN_HAN, lambda m: "", breaks=True)
    return view


def _with_symbols(view: View) -> View:
    """Money, stars and digits that were drawn, as they are written (💰50, 50💵, 🌟🌟🌟🌟🌟, I00%)."""
    if "钱" in view.text:
        view = _applied(view, _MONEY_FIRST, lambda m: "¥")
        view = _applied(view, _MONEY_LAST, lambda m: "元")
    if "星" in view.text:
        view = _applied(view, _STARS, lambda m: "五星")
    return _applied(view, _LETTER_FOR_DIGIT, lambda m: m.group().translate(_LETTERS_FOR))


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
