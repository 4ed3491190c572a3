"""Folding and tokens for lexical search: single characters, bigrams, whole Latin words and numbers.

Chosen by measurement over jieba words (README, design notes). Folding serves search only; stored text keeps
its script.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from functools import lru_cache
from importlib import resources

# Variants that the character table leaves alone because they have several readings; for search they may
# merge.
_MERGED = {
    "着": "着",
    "著": "着",
    "乾": "干",
    "瞭": "了",
    "麼": "么",
    "裡": "里",
    "裏": "里",
    "嚐": "尝",
    "妳": "你",
    "週": "周",
    "佔": "占",
    "徵": "征",
    "藉": "借",
    "餘": "余",
    "衹": "只",
    "祇": "只",
    "隻": "只",
    "髮": "发",
    "牠": "它",
    "祂": "他",
    "喫": "吃",
    "勐": "猛",
    "臺": "台",
    "檯": "台",
    "颱": "台",
    "闆": "板",
    "迴": "回",
}
_RUNS = re.compile(r"[0-9]+(?:\.[0-9]+)?|[a-z]+(?:[0-9]+)?|[㐀-䶿一-鿿豈-﫿\U00020000-\U0002ffff]+")
_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_COUNTED = re.compile(
    r"([零〇一二两三四五六七八九十百千万]+)(?=个?(?:天|日|周|月|年|小时|分钟|秒|工作日|自然日|元|块|倍|次|级|件|折|星))"
)


@lru_cache(maxsize=1)
def simplified_table() -> dict[int, str]:
    """Traditional → simplified, one character for one character, from OpenCC's dictionary."""
    table: dict[int, str] = {}
    folder = resources.files("opencc") / "dictionary"
    for line in (folder / "TSCharacters.txt").read_text(encoding="utf-8").splitlines():
        left, _, right = line.strip().partition("\t")
        target = right.split(" ")[0] if right else ""
        if len(left) == 1 and len(target) == 1 and left != target:
            table[ord(left)] = target
    table.update({ord(left): right for left, right in _MERGED.items() if left != right})
    return table


def simplify(text: str) -> str:
    """The text in simplified characters; the length does not change."""
    return text.translate(simplified_table())


def fold(text: str) -> str:
    """NFKC, lower case, simplified: two spellings of one thing become the same string."""
    return unicodedata.normalize("NFKC", text).lower().translate(simplified_table())


def chinese_number(word: str) -> int | None:
    """The value of a Chinese numeral up to 99,999,999 (`四十八` → 48), None when it is not well formed."""
    total = section = digit = 0
    seen = False
    for character in word:
        if character in _DIGITS:
            digit = digit * 10 + _DIGITS[character] if seen and digit else _DIGITS[character]
            seen = True
        elif character == "万":
            total = (section + digit) * 10000
            section = digit = 0
        elif character in _SCALES:
            section += (digit or 1) * _SCALES[character]
            digit = 0
            seen = True
        else:
            return None
    return total + section + digit


def tokens(text: str) -> list[str]:
    """Search tokens of `text`, in order, with repeats."""
    folded = fold(text)
    found: list[str] = []
    for match in _RUNS.finditer(folded):
        run = match.group()
        if run[0] < "㐀":
            found.append(run)
            continue
        found.extend(run)
        found.extend(map("".join, itertools.pairwise(run)))
    for match in _COUNTED.finditer(folded):
        value = chinese_number(match.group(1))
        if value is not None:
            found.append(str(value))
    return found
