"""Rewrites a text as evaders do, keeping where each character went: what a disguise must not change is the verdict."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

from opencc import OpenCC

SEED = 20260618
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
MARKS = "·* |"
_DIGITS = "零一二三四五六七八九"
_SCALES = ("", "十", "百", "千")
_SECTIONS = ("", "万", "亿")
_LONGEST_QUANTITY = 5
"""Digits; longer runs are numbers of orders and phones, which are read out digit by digit."""
_NUMBER = re.compile(
    r"(?<![a-zA-Z0-9_-])(?P<whole>\d+)(?:\.(?P<part>\d+))?(?P<percent>[%％])?(?![a-zA-Z0-9_-]*[a-zA-Z_])", re.ASCII
)
"""A number; digits inside an order number or an id are none."""
_WORD = re.compile(r"[^\W_]|%")


@dataclass(frozen=True, slots=True)
class Disguised:
    """`pieces[i]` is what character i of the plain text became; it may be empty."""

    pieces: Sequence[str]

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where plain[start:end] stands in the disguised text."""
        places = [0, *accumulate(map(len, self.pieces))]
        return places[start], places[end]


Rewrite = Callable[[str, Random], list[str]]
"""A text and a source of chance → one piece for each character of the text."""


def full_width(text: str, chance: Random) -> list[str]:
    return ["\u3000" if c == " " else chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text]


def traditional(text: str, chance: Random) -> list[str]:
    converted = _converter().convert(text)
    # Phrases keep their length in s2t; where one does not, characters are converted one by one.
    return list(converted) if len(converted) == len(text) else [_converter().convert(c) for c in text]


def zero_width(text: str, chance: Random) -> list[str]:
    """One or two invisible characters at about every third place."""
    return [c + _invisible(chance) if chance.random() < 0.35 else c for c in text]


def chinese_numerals(text: str, chance: Random) -> list[str]:
    """Digits as they are read out: 50元 is 五十元, 10% is 百分之十, 13800138000 is 一三八零零一三八零零零."""
    pieces = list(text)
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        pieces[start:end] = [_read(match), *[""] * (end - start - 1)]
    return pieces


def marked(mark: str) -> Rewrite:
    """The mark inside words: between every two letters, digits or Chinese characters."""

    def rewrite(text: str, chance: Random) -> list[str]:
        following = [*text[1:], "\n"]
        return [
            c + mark if _WORD.match(c) and _WORD.match(after) else c for c, after in zip(text, following, strict=True)
        ]

    return rewrite


def marked_everywhere(mark: str) -> Rewrite:
    """The mark between every two characters, punctuation too; a line break parts them already."""

    def rewrite(text: str, chance: Random) -> list[str]:
        following = [*text[1:], "\n"]
        return [c if "\n" in (c, after) else c + mark for c, after in zip(text, following, strict=True)]

    return rewrite


def broken_lines(text: str, chance: Random) -> list[str]:
    """A line break after every two to four characters."""
    pieces, left = [], chance.randint(2, 4)
    for place, character in enumerate(text):
        left -= 1
        breaks = left == 0 and place < len(text) - 1
        pieces.append(character + "\n" if breaks else character)
        left = chance.randint(2, 4) if left == 0 else left
    return pieces


DISGUISES: dict[str, Rewrite] = {
    "full width": full_width,
    "traditional": traditional,
    "zero width": zero_width,
    "numerals": chinese_numerals,
    "broken lines": broken_lines,
    **{f"mark {mark}": marked(mark) for mark in MARKS},
    **{f"mark {mark} everywhere": marked_everywhere(mark) for mark in MARKS},
}


def disguise(name: str, text: str, spans: Sequence[tuple[int, int]] | None = None) -> Disguised:
    """The text under a named disguise, all of it or only some spans; the same input always gives the same text."""
    chance = Random(f"{SEED}{name}{text}")
    if spans is None:
        return Disguised(DISGUISES[name](text, chance))
    pieces = list(text)
    for start, end in spans:
        pieces[start:end] = DISGUISES[name](text[start:end], chance)
    return Disguised(pieces)


def closed(text: str) -> str:
    """The text with a full stop, where it ends without a mark."""
    return text if re.search(r"[。！？!?～~…\n]$", text) else text + "。"


@cache
def _converter() -> OpenCC:
    return OpenCC("s2t")


def _invisible(chance: Random) -> str:
    return "".join(chance.choices(ZERO_WIDTH, k=chance.randint(1, 2)))


def _read(match: "re.Match[str]") -> str:
    whole = match["whole"]
    long = len(whole) > _LONGEST_QUANTITY or (len(whole) > 1 and whole[0] == "0")
    said = _digit_by_digit(whole) if long else numeral(int(whole))
    if match["part"] and match["part"].strip("0"):
        said += "点" + _digit_by_digit(match["part"])
    return f"百分之{said}" if match["percent"] else said


def _digit_by_digit(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits)


def numeral(value: int) -> str:
    """A whole number as it is read out: 50 is 五十, 1200 is 一千二百, 10500 is 一万零五百."""
    if value == 0:
        return _DIGITS[0]
    said, zero = "", False
    for place in range(len(str(value)) - 1, -1, -1):
        digit = value // 10**place % 10
        scale, section = place % 4, place // 4
        if digit:
            said += (_DIGITS[0] if zero and said else "") + _DIGITS[digit] + _SCALES[scale]
        zero = not digit
        if scale == 0 and value // 10**place % 10_000:
            said += _SECTIONS[section]
            zero = zero and section > 0 and value % 10**place < 10 ** (place - 1)
    return said[1:] if said.startswith("一十") else said
