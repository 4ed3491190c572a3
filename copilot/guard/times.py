"""Finds durations and dates in a text and reads them (3-5个工作日, 明天下午三点前, 6月18日)."""

import re
from datetime import date, datetime, timedelta

from copilot.domain.base import BEIJING
from copilot.guard.money import NUMERAL
from copilot.guard.numerals import number

_UNIT = (
    r"(?:个?工作日|个?自然日|个?小时|个?钟头|分钟|秒钟?|天|周(?![年一二三四五六日末])|个?星期(?![一二三四五六日天])|个?礼拜"
    r"(?![一二三四五六日天])|个月|个季度|年(?!前|底|末|初)|h(?![a-z])|hrs?(?![a-z])|min(?![a-z])|日(?=之?内|以内))"
)
_RANGE = r"(?:[-~至到]|、)"
DURATION_PATTERN = (
    rf"(?:{NUMERAL}(?:{_RANGE}{NUMERAL})?(?:多|几|来)?{_UNIT}半?|半(?:个)?(?:小时|钟头|天|月|年)|[几两三]天)"
    rf"(?:之内|以内|内)?"
)
_DAY = (
    r"(?:大后天|后天|大前天|前天|今[天日晚早儿]|明[天日晚早儿]|昨[天日晚]|当[天日晚]|次日|隔[天日]|[本这下上]个?(?:周|星期|礼拜)"
    r"[一二三四五六日末天]?|(?:周|星期|礼拜)[一二三四五六日末天]|[本这下上]个?月(?:底|初|中|末)?|月[底初末]|年[前底]|节前|春节前"
    r"|元旦前|国庆前|天黑|天亮|下班|睡醒|一觉醒来|(?:今年|本月|本周|月|年|周)内|(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号]?)?|[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[日号]"
    r"|\d{4}-\d{1,2}-\d{1,2}|(?<![\d.])\d{1,2}[号日](?!之?内|以内)(?![线楼店机院码仓库门口])|[一二三四五六七八九十]{1,3}号(?![线楼店机院码仓库门口]))"
)
_HOUR = (
    r"(?:上午|下午|中午|晚上|凌晨|早上|傍晚|晚间|夜里)?(?:(?<![\d.])\d{1,2}(?:[:点时]\d{0,2}分?半?(?![\d个])(?:钟|整)?)"
    r"|[一二两三四五六七八九十]{1,3}点(?:半|钟|整|前|之前|以前))|上午|下午|晚上|凌晨|早上|傍晚"
)
MOMENT_PATTERN = rf"(?:{_DAY}(?:的)?(?:{_HOUR})?|(?:{_HOUR}))(?:之?前|以前|之?内)?"

_HOURS = {"小时": 1.0, "钟头": 1.0, "h": 1.0, "hr": 1.0, "hrs": 1.0, "分钟": 1 / 60, "min": 1 / 60, "秒": 1 / 3600,
          "秒钟": 1 / 3600, "天": 24.0, "日": 24.0, "工作日": 24.0, "自然日": 24.0, "周": 168.0, "星期": 168.0,
          "礼拜": 168.0, "月": 720.0, "季度": 2160.0, "年": 8640.0}  # fmt: skip
_PARTS = re.compile(
    r"(?P<number>.*?)个?(?P<unit>工作日|自然日|小时|钟头|分钟|秒钟?|天|周|星期|礼拜|月|季度|年|hrs?|h|min|日)半?(?:之内|以内|内)?$"
)


def hours(text: str) -> float | None:
    """Length of a duration in hours, months counted as 30 days, 年 as twelve of them; of a range the upper end."""
    match = _PARTS.match(text)
    if not match:
        return None
    count = match["number"].rstrip("个多几来")
    if count.startswith("半"):
        return _HOURS[match["unit"]] / 2
    value = number(re.split(r"[-~至到、]", count)[-1] or count)
    if value is None:
        return 3 * _HOURS[match["unit"]] if count in ("", "几") else None
    return float(value) * _HOURS[match["unit"]]


_OFFSETS = {"今": 0, "明": 1, "昨": -1}


def day_of(text: str, now: datetime) -> date | None:
    """The calendar day in Beijing that a date names, or None when it names no single day."""
    today = now.astimezone(BEIJING).date()
    for word, days in (("大后天", 3), ("后天", 2), ("大前天", -3), ("前天", -2), ("次日", 1), ("当天", 0), ("当日", 0)):
        if text.startswith(word):
            return None if word in ("次日", "当天", "当日") else today + timedelta(days=days)
    if text[0] in _OFFSETS and text[1:2] in "天日晚早儿":
        return today + timedelta(days=_OFFSETS[text[0]])
    iso = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    full = iso or re.match(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})", text)
    if full:
        return _valid(int(full[1] or today.year), int(full[2]), int(full[3]))
    named = re.match(r"([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]", text)
    if named:
        month, day = number(named[1]), number(named[2])
        return _valid(today.year, int(month or 0), int(day or 0))
    only_day = re.match(r"(\d{1,2})[号日]", text)
    return _valid(today.year, today.month, int(only_day[1])) if only_day else None


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
