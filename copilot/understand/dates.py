"""Dates that customers name, absolute or relative, resolved against the ticket's now in Beijing time."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from copilot.domain.base import BEIJING
from copilot.understand.numerals import integer

_N = r"[0-9零〇一二两三四五六七八九十]{1,3}"
_NEAR = {"大前天": -3, "前天": -2, "昨天": -1, "昨晚": -1, "昨日": -1, "昨儿": -1, "今天": 0, "今日": 0, "今晚": 0,
         "今早": 0, "今儿": 0, "明天": 1, "明晚": 1, "明早": 1, "明日": 1, "大后天": 3, "后天": 2}  # fmt: skip
_WEEKDAY = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_DATE = re.compile(
    r"(?P<y>20\d\d)[年\-/.](?P<m>\d{1,2})[月\-/.](?P<d>\d{1,2})[日号]?"
    rf"|(?P<cm>{_N})月(?P<cd>{_N})[日号]?"
    rf"|(?P<lastmonth>上个?月|这个?月|本月|下个?月)(?P<ld>{_N})[日号]"
    rf"|(?<![0-9a-z第])(?P<day>[0-9]{{1,2}}|十[一二三四五六七八九]?|二十[一二三四五六七八九]?|三十一?)[日号](?=[早晚上下中]|[到就的前后以之，。！？；]|[发买下签收送还没才]|$)"
    rf"|(?P<near>{'|'.join(sorted(_NEAR, key=len, reverse=True))})"
    r"|(?P<week>上上|上个?|这个?|本|下个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"
    rf"|(?P<ago>{_N}|半)(?P<unit>个?(?:天|周|星期|礼拜|月|年))(?:之?前|以前)"
)


def find_dates(text: str, now: datetime) -> Iterator[tuple[int, int, datetime]]:
    """Folded spans and the Beijing midnight that each means; impossible dates are left out."""
    today = now.astimezone(BEIJING).date()
    for match in _DATE.finditer(text):
        try:
            day = _resolve(match, today)
        except (ValueError, OverflowError):
            continue
        if day is not None:
            yield match.start(), match.end(), datetime.combine(day, time(), BEIJING)


def _resolve(match: re.Match[str], today: date) -> date | None:
    if match["y"]:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    if match["cm"]:
        month, day = integer(match["cm"]), integer(match["cd"])
        return _closest_year(month or 0, day or 0, today)
    if match["lastmonth"]:
        shift = {"上": -1, "下": 1}.get(match["lastmonth"][0], 0)
        months = today.year * 12 + today.month - 1 + shift
        return date(months // 12, months % 12 + 1, integer(match["ld"]) or 0)
    if match["day"]:
        return _recent_day(integer(match["day"]) or 0, today)
    if match["near"]:
        return today + timedelta(days=_NEAR[match["near"]])
    if match["weekday"]:
        return _weekday(match["week"] or "", _WEEKDAY[match["weekday"]], today)
    return _ago(match["ago"], match["unit"], today)


def _closest_year(month: int, day: int, today: date) -> date:
    """The year that puts the date nearest to today: in January, 12月30日 is last year's."""
    years = (today.year - 1, today.year, today.year + 1)
    # 2月29日 exists in one year of four.
    candidates = [date(year, month, day) for year in years if not (month == 2 and day == 29 and year % 4)]
    return min(candidates, key=lambda found: abs((found - today).days))


def _recent_day(day: int, today: date) -> date:
    """A bare 18号: this month's, or last month's where that lies more than ten days ahead."""
    found = today.replace(day=day)
    if (found - today).days <= 10:
        return found
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=day)


def _weekday(week: str, weekday: int, today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    shift = -2 if week == "上上" else {"上": -1, "下": 1}.get(week[:1], 0)
    return monday + timedelta(weeks=shift, days=weekday)


def _ago(amount: str, unit: str, today: date) -> date | None:
    length = {"天": 1.0, "周": 7.0, "星期": 7.0, "礼拜": 7.0, "月": 30.0, "年": 365.0}[unit.removeprefix("个")]
    count = 0.5 if amount == "半" else integer(amount)
    return None if count is None else today - timedelta(days=round(count * length))
