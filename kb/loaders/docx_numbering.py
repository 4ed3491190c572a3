"""The numbers that Word shows before paragraphs but stores nowhere in the text: 第一条, （二）, 3.1, ①, a).

Rules after ECMA-376 part 1, 17.9 (numbering): a paragraph names a `num`, that an `abstractNum` with nine levels; each
level has a format, a pattern (`%1.%2`) and a start; a number of an outer level restarts the inner ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_DIGITS = "零一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
BULLET = "-"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list. `restart_after` is the level (from 1) whose numbers restart this one, 0 for none."""

    format: str = "decimal"
    pattern: str = ""
    start: int = 1
    all_decimal: bool = False
    style: str = ""
    restart_after: int | None = None


@dataclass(slots=True)
class _List:
    levels: dict[int, Level]
    counts: list[int | None] = field(default_factory=lambda: [None] * _LEVELS)


class Numbering:
    """The lists of one document, counting as its paragraphs are read in order."""

    def __init__(self, root: Any | None) -> None:
        self._lists: dict[str, _List] = {}
        self._of_num: dict[str, str] = {}
        self._overrides: dict[str, dict[int, int]] = {}
        self._replaced: dict[str, dict[int, Level]] = {}
        if root is not None:
            self._read(root)

    def _read(self, root: Any) -> None:
        by_style: dict[str, str] = {}
        links: dict[str, str] = {}
        for abstract in root.findall(f"{_W}abstractNum"):
            key = _val(abstract, None, "abstractNumId")
            self._lists[key] = _List(dict(map(_level, abstract.findall(f"{_W}lvl"))))
            if style := _val(abstract, "styleLink"):
                by_style[style] = key
            if style := _val(abstract, "numStyleLink"):
                links[key] = style
        for key, style in links.items():
            if style in by_style:
                self._lists[key] = self._lists[by_style[style]]
        for num in root.findall(f"{_W}num"):
            key = _val(num, None, "numId")
            self._of_num[key] = _val(num, "abstractNumId")
            for override in num.findall(f"{_W}lvlOverride"):
                number = _int(_val(override, None, "ilvl"), 0)
                start = _val(override, "startOverride")
                if start:
                    self._overrides.setdefault(key, {})[number] = _int(start, 1)
                level = override.find(f"{_W}lvl")
                if level is not None:
                    self._replaced.setdefault(key, {})[number] = _level(level)[1]

    def level_of_style(self, num: str, style: str) -> int:
        """The level that a style is tied to in a list, 0 where the list does not say."""
        found = self._lists.get(self._of_num.get(num, ""))
        if found is None:
            return 0
        return next((number for number, level in found.levels.items() if level.style == style), 0)

    def label(self, num: str, number: int) -> str:
        """Counts one paragraph of list `num` at level `number` (from 0) and gives what Word shows before it."""
        listed = self._lists.get(self._of_num.get(num, ""))
        if listed is None or not 0 <= number < _LEVELS:
            return ""
        levels = {**listed.levels, **self._replaced.get(num, {})}
        level = levels.get(number, Level())
        if level.format == "bullet":
            return BULLET
        self._count(listed, num, number, levels)
        if level.format == "none" and "%" not in level.pattern:
            return level.pattern.strip()

        def shown(match: re.Match[str]) -> str:
            other = int(match.group(1)) - 1
            form = levels.get(other, Level())
            value = listed.counts[other]
            return render("decimal" if level.all_decimal else form.format, form.start if value is None else value)

        return _PLACE.sub(shown, level.pattern).strip()

    def _count(self, listed: _List, num: str, number: int, levels: dict[int, Level]) -> None:
        starts = self._overrides.get(num, {})
        before = listed.counts[number]
        if number in starts:  # `startOverride` restarts once, at the list's first paragraph on that level
            listed.counts[number] = starts.pop(number)
        elif before is None:
            listed.counts[number] = levels.get(number, Level()).start
        else:
            listed.counts[number] = before + 1
        for outer in range(number):
            if listed.counts[outer] is None:
                listed.counts[outer] = levels.get(outer, Level()).start
        for inner in range(number + 1, _LEVELS):
            after = levels.get(inner, Level()).restart_after
            if after is None or number < after:
                listed.counts[inner] = None


def render(form: str, value: int) -> str:
    """A number in one of Word's formats (ST_NumberFormat); formats that Chinese documents never use are decimal."""
    if form.endswith("Letter") and value > 0:
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter.upper() if form.startswith("upper") else letter
    if form.endswith("Roman"):
        return _roman(value).upper() if form.startswith("upper") else _roman(value)
    if form in _CHINESE:
        return _chinese(value)
    if form in _ENCLOSED and not 1 <= value <= 20:
        return str(value)
    shape = _SHAPES.get(form)
    return str(value) if shape is None else shape(value)


def _legal(value: int) -> str:
    """The numerals of contracts and cheques: 壹拾贰."""
    return _chinese(value).translate(_LEGAL)


def _wide(value: int) -> str:
    return "".join(chr(ord("０") + int(digit)) for digit in str(value))


def _digits(value: int) -> str:
    return "".join("〇" if digit == "0" else _DIGITS[int(digit)] for digit in str(value))


_LEGAL = str.maketrans(_DIGITS + "十百千", _LEGAL_DIGITS + "拾佰仟")
_ENCLOSED = ("decimalEnclosedCircle", "decimalEnclosedCircleChinese")
_SHAPES: dict[str, Callable[[int], str]] = {
    "none": lambda value: "",
    "decimalZero": lambda value: f"{value:02d}",
    "decimalEnclosedCircle": lambda value: chr(ord("①") + value - 1),
    "decimalEnclosedCircleChinese": lambda value: chr(ord("①") + value - 1),
    "decimalEnclosedParen": lambda value: f"（{value}）",
    "decimalEnclosedFullstop": lambda value: f"{value}.",
    "decimalFullWidth": _wide,
    "decimalFullWidth2": _wide,
    "chineseLegalSimplified": _legal,
    "ideographLegalTraditional": _legal,
    "ideographDigital": _digits,
    "taiwaneseDigital": _digits,
    "ideographTraditional": lambda value: _STEMS[(value - 1) % 10],
    "ideographZodiac": lambda value: _BRANCHES[(value - 1) % 12],
}
_CHINESE = {
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "japaneseDigitalTenThousand",
    "taiwaneseCounting", "taiwaneseCountingThousand", "ideographEnclosedCircle",
}  # fmt: skip


def _chinese(value: int) -> str:
    """Counting numerals up to 9999: 十, 十二, 二十, 一百零五."""
    if not 0 < value < 10_000:
        return str(value)
    found, gap = "", False
    for unit, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            found += ("零" if gap and found else "") + _DIGITS[digit] + mark
            gap = False
        else:
            gap = True
    return found[1:] if found.startswith("一十") else found


def _roman(value: int) -> str:
    found = ""
    for worth, mark in _ROMAN:
        times, value = divmod(value, worth)
        found += mark * times
    return found


def _level(element: Any) -> tuple[int, Level]:
    restart = _val(element, "lvlRestart")
    legal = element.find(f"{_W}isLgl")
    return _int(_val(element, None, "ilvl"), 0), Level(
        format=_val(element, "numFmt") or "decimal",
        pattern=_val(element, "lvlText"),
        start=_int(_val(element, "start"), 0 if element.find(f"{_W}start") is None else 1),
        all_decimal=legal is not None and legal.get(f"{_W}val") not in ("0", "false"),
        style=_val(element, "pStyle"),
        restart_after=_int(restart, 0) if restart else None,
    )


def _val(element: Any, child: str | None, attribute: str = "val") -> str:
    """An attribute of an element or of its child, empty when there is none."""
    found = element if child is None else element.find(f"{_W}{child}")
    return "" if found is None else str(found.get(f"{_W}{attribute}") or "")


def _int(text: str, otherwise: int) -> int:
    return int(text) if text.lstrip("-").isdigit() else otherwise
