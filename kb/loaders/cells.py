"""Spreadsheet cells as they look on the screen: `7天` stays 7天 where the cell holds 7 and its format says 天."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

_CORE = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?")
_ESCAPED = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[[^\]]*\]|[_*].')
_CURRENCY = "¥￥$€元%‰"


def shown(value: object, number_format: str | None = None) -> str:
    """The text of a cell. Dates are ISO days; numbers keep the unit, percent sign and decimals of their format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60}:{minutes % 60:02d}"
    if isinstance(value, (int, float)):
        return _number(value, number_format or "General")
    return str(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").strip()


def _number(value: int | float, number_format: str) -> str:
    section = number_format.split(";")[0]
    literal = _ESCAPED.sub("", section)
    core = _CORE.search(literal)
    if core is None:
        return _plain(value)
    percent = "%" in literal
    scaled = value * 100 if percent else value
    places = len(core.group().partition(".")[2])
    text = f"{scaled:,.{places}f}" if "," in core.group() else f"{scaled:.{places}f}"
    before, after = _literals(section)
    return f"{before}{text}{after}"


def _literals(section: str) -> tuple[str, str]:
    """What the format writes before and after the digits."""
    readable = _ESCAPED.sub(lambda match: next((part for part in match.groups() if part), ""), section)
    core = _CORE.search(readable)
    if core is None:
        return "", ""
    keep_before = "".join(mark for mark in readable[: core.start()] if mark.strip())
    keep_after = "".join(mark for mark in readable[core.end() :] if mark.strip())
    return _only_words(keep_before), _only_words(keep_after)


def _only_words(text: str) -> str:
    """Units and currency signs; format codes (E+00, fractions) say nothing to a reader."""
    return "".join(mark for mark in text if mark in _CURRENCY or ord(mark) > 127 or mark in "/()")


def _plain(value: int | float) -> str:
    """Without the noise of binary fractions, as a sheet shows it (eleven digits)."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return f"{value:.10g}"
