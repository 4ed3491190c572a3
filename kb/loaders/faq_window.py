"""When the rows of a FAQ sheet hold, and the one period that the document made of them has.

A document has one period of validity. It is the one that most rows have; a row that does not hold all through it is
left out and reported, because it would be served on days on which it is not in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from kb.loaders import faq_values
from kb.loaders.faq_columns import FaqColumns

Window = tuple[date | None, date | None]
ALWAYS: Window = (None, None)


def of_row(columns: FaqColumns, row: Sequence[str]) -> Window:
    """The first and the last day on which a row holds. Raises ValueError for cells that name no days."""
    first, last = ALWAYS
    for _, text in columns.cells("period", row):
        first, last = faq_values.period(text)
    for _, text in columns.cells("valid_from", row):
        first = next(iter(faq_values.days(text)), first)
    for _, text in columns.cells("valid_to", row):
        last = next(iter(reversed(faq_values.days(text))), last)
    if first and last and last < first:
        raise ValueError(f"失效日期 {last} 早于生效日期 {first}")
    return first, last


def common(windows: Sequence[Window]) -> Window:
    """The period of the document: the commonest first and last day; where several are as common, the narrowest."""
    if not windows:
        return ALWAYS
    first = _commonest([window[0] for window in windows], date.min, latest=True)
    last = _commonest([window[1] for window in windows], date.max, latest=False)
    return (first, last) if first is None or last is None or first <= last else windows[0]


def _commonest(days: Sequence[date | None], none: date, *, latest: bool) -> date | None:
    counted = Counter(days)
    most = max(counted.values())
    tied = [day for day, count in counted.items() if count == most]
    return (max if latest else min)(tied, key=lambda day: day or none)


def holds_in(row: Window, document: Window) -> bool:
    """Whether a row is in force on every day of the document's period."""
    first, last = row
    return (first is None or (document[0] is not None and first <= document[0])) and (
        last is None or (document[1] is not None and last >= document[1])
    )


def said(window: Window) -> str:
    """A period in words."""
    first, last = window
    if first is None and last is None:
        return "不限期"
    return f"{first or '不限'} 至 {last or '不限'}"
