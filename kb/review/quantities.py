"""Quantities of a clause: number, unit and whether it bounds from above, from below or exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kb.tokenize import chinese_number

Bound = Literal["upper", "lower", "exact"]
Dimension = Literal[
    "time",
    "workdays",
    "money",
    "percent",
    "multiple",
    "discount",
    "length",
    "weight",
    "count",
    "points",
    "clock",
    "date",
]

_HOUR, _DAY, _MONTH = 1.0, 24.0, 720.0
_N = r"(?:\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+|半)"
_UNITS: tuple[tuple[str, Dimension, float], ...] = (
    (r"个?(?:工作日|交易日)", "workdays", 1.0),
    (r"(?:个?自然日|天|个?昼夜|日(?!期|常|历|志|均|程|元|报|用))", "time", _DAY),
    (r"(?:个?小时|个?钟头|h(?![a-z]))", "time", _HOUR),
    (r"(?:分钟|min(?![a-z])|分(?=内|以内|之内))", "time", 1 / 60),
    (r"(?:秒钟?|s(?![a-z]))", "time", 1 / 3600),
    (r"(?:周年|年(?!龄|度|级|代|月|货|会))", "time", 12 * _MONTH),
    (r"(?:个半?月|月(?!\d|份|底|初|末|[一二三四五六七八九十]))", "time", _MONTH),
    (r"(?:个?星期|个?礼拜|周(?!年|末|边|转|期|岁|到|围|[一二三四五六日]))", "time", 7 * _DAY),
    (r"(?:万元)", "money", 10_000.0),
    (r"(?:元|块钱|块(?!状|根|茎))", "money", 1.0),
    (r"%", "percent", 1.0),
    (r"成(?!功|为|交|立|品|本|员|团|长|熟|分|人|对|套)", "percent", 10.0),
    (r"折(?!扣|旧|损|叠|价|合|算|断)", "discount", 1.0),
    (r"倍", "multiple", 1.0),
    (r"(?:公里|千米|km)", "length", 1000.0),
    (r"(?:厘米|cm)", "length", 0.01),
    (r"(?:米(?!色|白|饭|粒)|m(?![a-z0-9]))", "length", 1.0),
    (r"(?:公斤|千克|kg)", "weight", 1.0),
    (r"斤", "weight", 0.5),
    (r"(?:克|g(?![a-z0-9]))", "weight", 0.001),
    (r"个?积分", "points", 1.0),
    (
        r"(?:次(?!日|要|品|序|级|数)|张|份|件(?!数)|人(?!员|工|身|为|民|类|次)|例|星(?!期)|遍|笔|声|级(?!联))",
        "count",
        1.0,
    ),
)
_QUANTITY = re.compile(
    rf"(?P<prefix>¥|百分之)?(?P<low>{_N})(?P<unit1>%s)?(?:(?:-+|~|—+|–|至|到)(?P<high>{_N}))?(?P<half>个半(?=月|小时|钟头|星期))?(?P<unit>%s)(?P<after_half>半)?"
    % ("|".join(pattern for pattern, _, _ in _UNITS), "|".join(f"(?P<u{i}>{u[0]})" for i, u in enumerate(_UNITS)))
)
_PREFIXED = re.compile(rf"(?P<prefix>¥|百分之)(?P<low>{_N})(?:(?:-|~|—|至|到)(?P<high>{_N}))?(?!%)")
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?:(?:-+|~|—+|至|到)(?:次日|晚上?|凌晨)?(\d{1,2}):(\d{2}))?(?![\d:])")
_DATE = re.compile(r"(?:(?P<year>(?:19|20)\d{2})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]")
_SAME_DAY = re.compile(r"当[日天](?=[^起清晚前夜]|$)")
_FOREVER = re.compile(r"终[身生](?=[^学])|永久")

_UPPER_AFTER = re.compile(
    r"\s*(?:\(含[^)]*\))?(?:之内|以内|内|之前|以前|前(?!台|后|置|期)|以下|及以下|封顶|为限|为上限)"
)
_LOWER_AFTER = re.compile(
    r"\s*(?:\(含[^)]*\))?(?:及以上|以上|以后|之后|后(?!续|台|置|期|仓)|起(?!来|诉|点|始|火)|仍|还(?!可|能|款|给)|都没)"
)
_UPPER_BEFORE = re.compile(
    r"(?:不(?:得|应|能|可|会|宜)?(?:超过|超出|高于|多于|大于|晚于|迟于|长于|满|足|到)|至多|最多|最长|最迟|最晚|最高|上限为?|低于|少于|小于|未满|未超过|没超过|"
    r"不逾|仅限|限)(?:赔付|补偿|可|可以|可领|可申请|为)?\s*$"
)
_NOT_LESS = re.compile(r"不(?:得|应|能)?(?:少于|低于|短于|小于|早于)\s*$")
_LOWER_BEFORE = re.compile(
    r"(?:(?:已经?|一旦)?(?:超过|超出|超期|满|达到?|逾|过了?|至少|最低|最少|最短|大于|高于|多于|连续))"
    r"(?:人民币|连续|需|须|要|上传|提供)?\s*$"
)
_APPOINTED = re.compile(r"(?:第|每隔?|(?<![提之以])前|近|过去|未来|\d[x×*])\s*$")
_TITLE = re.compile(r"《[^》]*》|〔\d+〕\d+号|第[零〇一二两三四五六七八九十百千\d]+(?:条|款|项|章|节|届|次)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its meaning. Times are hours, money is yuan; `low` equals `high` without a range."""

    dimension: Dimension
    low: float
    high: float
    bound: Bound
    start: int
    end: int
    words: str

    @property
    def ranged(self) -> bool:
        return self.low != self.high


def quantities(text: str) -> list[Quantity]:
    """Every quantity of a folded text, in order. Ordinals, law numbers and bare dates' years are none."""
    hidden = [match.span() for match in _TITLE.finditer(text)]
    found: list[Quantity] = []
    for quantity in sorted((*_special(text), *_plain(text)), key=lambda item: (item.start, -item.end)):
        taken = found[-1].end if found else -1
        if quantity.start < taken or any(start <= quantity.start < end for start, end in hidden):
            continue
        found.append(quantity)
    return found


def _special(text: str) -> Iterator[Quantity]:
    for match in _CLOCK.finditer(text):
        first = int(match[1]) * 60 + int(match[2])
        last = first if match[3] is None else int(match[3]) * 60 + int(match[4])
        yield Quantity("clock", first, last, "exact", *match.span(), match.group())
    for match in _DATE.finditer(text):
        value = int(match["month"]) * 100 + int(match["day"]) + (int(match["year"] or 0) * 10_000)
        yield Quantity("date", value, value, _bound(text, *match.span()), *match.span(), match.group())
    for match in _SAME_DAY.finditer(text):
        yield Quantity("time", _DAY, _DAY, "upper", *match.span(), match.group())
    for match in _FOREVER.finditer(text):
        yield Quantity("time", float("inf"), float("inf"), "exact", *match.span(), match.group())
    for match in _PREFIXED.finditer(text):
        low = number(match["low"])
        if low is not None:
            high = (number(match["high"]) if match["high"] else None) or low
            dimension: Dimension = "money" if match["prefix"] == "¥" else "percent"
            yield Quantity(dimension, low, high, _bound(text, *match.span()), *match.span(), match.group())


def _plain(text: str) -> Iterator[Quantity]:
    for match in _QUANTITY.finditer(text):
        if match["prefix"] or _APPOINTED.search(text, max(0, match.start() - 6), match.start()):
            continue
        index = next(i for i in range(len(_UNITS)) if match[f"u{i}"] is not None)
        dimension, scale = _UNITS[index][1:]
        low, high = number(match["low"]), number(match["high"] or match["low"])
        if low is None or high is None or not _sensible(match, dimension, low):
            continue
        extra = 0.5 if match["half"] or match["after_half"] else 0.0
        if match["unit"].startswith("个半"):
            extra = 0.5
        first = _scale_of(match["unit1"], dimension, scale) if match["unit1"] and match["high"] else scale
        yield Quantity(
            dimension,
            (low + (extra if low == high else 0.0)) * first,
            (high + extra) * scale,
            _bound(text, *match.span()),
            *match.span(),
            match.group(),
        )


def _scale_of(unit: str, dimension: Dimension, otherwise: float) -> float:
    for pattern, other, scale in _UNITS:
        if other == dimension and re.fullmatch(pattern, unit):
            return scale
    return otherwise


def _sensible(match: re.Match[str], dimension: Dimension, low: float) -> bool:
    text, unit = match.string, match["unit"]
    if dimension == "time" and unit.startswith("年") and low >= 1900:
        return False
    if dimension == "time" and unit.startswith("月") and text[match.end() : match.end() + 1].isdigit():
        return False
    if dimension == "count":
        if low == 0:
            return False
        # 一次性, 一份, 一件: an article, not a number.
        idle = match["low"] in ("一", "两") and not unit.startswith("次")
        idle |= match["low"] == "二" and unit.startswith("次")  # 二次销售, 二次配送: the second time
        return not idle and not text.startswith("性", match.end())
    return not (match["low"] == "半" and dimension not in ("time", "count"))


def number(word: str) -> float | None:
    """The value of an Arabic or a Chinese numeral, None when it is not well formed."""
    if word == "半":
        return 0.5
    if word[0].isdigit():
        return float(word.replace(",", ""))
    value = chinese_number(word)
    return None if value is None or (value == 0 and word not in ("零", "〇")) else float(value)


def _bound(text: str, start: int, end: int) -> Bound:
    before = text[max(0, start - 14) : start]
    if _NOT_LESS.search(before):
        return "lower"
    if _UPPER_BEFORE.search(before):
        return "upper"
    if _UPPER_AFTER.match(text, end):
        return "upper"
    if _LOWER_BEFORE.search(before) or _LOWER_AFTER.match(text, end):
        return "lower"
    return "exact"
