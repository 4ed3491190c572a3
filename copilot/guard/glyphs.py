"""Folds one character to the character it stands for: width, case, script, look-alikes, emoji with a meaning."""

import unicodedata
from functools import cache
from importlib import resources

from copilot.guard.emoji import WORDS

NOISE = " "
"""Stands for spaces, emoji and marks that carry no meaning between two characters."""

_LOOKALIKES = {
    "ѵ": "v", "ν": "v", "υ": "v", "х": "x", "χ": "x", "ԝ": "w", "ѡ": "w", "ω": "w", "ԛ": "q", "о": "o", "а": "a",
    "е": "e", "і": "i", "с": "c", "р": "p", "ο": "o", "α": "a", "ι": "i", "絶": "绝", "対": "对", "証": "证",
    "価": "价", "売": "卖", "圓": "元", "圆": "元", "円": "元", "块": "块", "塊": "块", "〇": "零", "○": "零",
    "貳": "二", "贰": "二", "叁": "三", "參": "参", "叄": "三", "壹": "一", "肆": "四", "伍": "五", "陆": "六",
    "陸": "六", "柒": "七", "捌": "八", "玖": "九", "拾": "十", "佰": "百", "仟": "千", "萬": "万", "兩": "两",
    "亖": "四", "廿": "二十", "卅": "三十", "🉐": NOISE, "㊗": NOISE, "㊙": NOISE, "囍": "喜", "ⅴ": "v", "√": "v", "∨": "v", "×": "x", "╳": "x", "㐅": "x", "丫": "y",
}  # fmt: skip
_FULL_STOPS = {"｡": "。", "．": ".", "﹒": ".", "︒": "。", "﹐": ",", "︐": ",", "﹑": "、"}
_KEPT_MARKS = frozenset("%¥$.,!?;:()[]<>{}\"'+-~/=#@&*_|\\^`")


@cache
def _simplified() -> dict[str, str]:
    table: dict[str, str] = {}
    text = (resources.files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        traditional, _, simplified = line.partition("\t")
        # Where several are possible the first is the common one.
        table[traditional] = simplified.split(" ")[0]
    return table


class _Folding(dict[int, str]):
    """Code point → what it means, worked out when first seen; a translate table that fills itself."""

    def __init__(self) -> None:
        super().__init__()
        self.irregular: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = fold_character(chr(code))
        if len(folded) != 1:
            self.irregular.add(chr(code))
        if len(self) < 200_000:  # every assigned code point fits; hostile text cannot grow it further
            self[code] = folded
        return folded


FOLDING = _Folding()


def fold_character(character: str) -> str:
    """What a character means for the rules: zero, one or more characters, `NOISE` for a meaningless symbol."""
    if character in WORDS:
        return WORDS[character]
    if character in _FULL_STOPS:
        return _FULL_STOPS[character]
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    squared = _squared_letter(ord(character))
    if squared:
        return squared
    category = unicodedata.category(character)
    if character == "\n" or character == "\r":
        return "\n"
    if category in ("Cf", "Mn", "Me", "Cs", "Co"):
        return ""  # zero-width, variation selectors, strokes laid over characters
    if category[0] in "CZ":
        return NOISE
    if category == "No":
        value = unicodedata.numeric(character, -1)
        if value >= 0 and value == int(value) and unicodedata.normalize("NFKC", character) == character:
            return str(int(value))
    folded = unicodedata.normalize("NFKC", character).lower()
    return "".join(_fold_plain(part) for part in folded)


def _fold_plain(part: str) -> str:
    part = _LOOKALIKES.get(part) or _simplified().get(part, part)
    category = unicodedata.category(part[0])
    if category in ("Mn", "Me"):
        return ""
    if category[0] == "S" and part not in _KEPT_MARKS:
        return NOISE
    return NOISE if category == "Zs" else part


def _squared_letter(code: int) -> str:
    for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6):
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    return ""
