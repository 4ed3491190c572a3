"""Marks values and times in a text, one private character each, so that a rule can say {money} or {time}."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from copilot.guard import money, times
from copilot.guard.view import Edit, View

Kind = Literal[
    "money", "percent", "multiple", "rate", "points", "duration", "moment", "full", "code", "citation", "forfeit"
]

MARKS: dict[Kind, str] = {
    "money": "\ue000", "percent": "\ue001", "multiple": "\ue002", "rate": "\ue003", "points": "\ue004",
    "duration": "\ue005", "moment": "\ue006", "full": "\ue007", "code": "\ue008", "citation": "\ue009",
    "forfeit": "\ue00a",
}  # fmt: skip
SLOTS: dict[str, str] = {
    **{kind: re.escape(mark) for kind, mark in MARKS.items()},
    "time": "[\ue005\ue006]",
    "share": "[\ue001\ue003]",
    "amount": "[\ue000\ue001\ue002\ue003\ue004\ue00a]",
}
"""Names that patterns may use for marked values."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    """As it stands in the normalised view."""
    at: int
    """Index of its mark in the marked view."""

    @property
    def value(self) -> Decimal | None:
        """CNY, points, percent or times; None for times and codes."""
        if self.kind == "money":
            return money.money_value(self.text)
        if self.kind in ("percent", "rate"):
            return money.share_value(self.text)
        if self.kind in ("multiple", "forfeit"):
            return money.multiple_value(self.text)
        return money.count_value(self.text) if self.kind == "points" else None

    @property
    def hours(self) -> float | None:
        return times.hours(self.text) if self.kind == "duration" else None


_START = r"(?=[0-9a-z¥$\[一二两三四五六七八九十零百千万几数上近约俩仨半对双翻加多假退损少错缺破慢坏晚今明昨后前大当次隔本这下周星礼月年节春元国中凌早傍夜人天睡])"
_TOKEN = re.compile(
    _START
    + r"(?:(?P<citation>\[\d{1,2}\])"
    + r"|(?P<code>(?<![0-9a-z])(?!\d{1,9}(?:rmb|cny|yuan)(?![a-z0-9]))(?=[0-9a-z-]{7})[a-z]{0,6}-?\d[0-9a-z-]{6,40})(?!\d?元)"
    + rf"|{money.VALUE_PATTERN}"
    + rf"|(?P<moment>(?<![\d.第]){times.MOMENT_PATTERN})"
    + rf"|(?P<duration>(?<![\d第]){times.DURATION_PATTERN}))"
)


def mark(view: View) -> tuple[View, tuple[Token, ...]]:
    """The view with each value and time as one character, and what each stands for, in order."""
    found: list[tuple[int, int, Kind]] = []
    for match in _TOKEN.finditer(view.text):
        if match.lastgroup and match.end() > match.start():
            found.append((match.start(), match.end(), match.lastgroup))  # type: ignore[arg-type]
    taken = {place for start, end, _ in found for place in range(start, end)}
    for start, end in money.given_amounts(view.text):
        if start not in taken and end - 1 not in taken:
            found.append((start, end, "money"))
    found.sort()
    edits = [Edit(start, end, MARKS[kind]) for start, end, kind in found]
    tokens = []
    shift = 0
    for (start, end, kind), edit in zip(found, edits, strict=True):
        tokens.append(Token(kind, view.text[start:end], start - shift))
        shift += (edit.end - edit.start) - 1
    return view.edited(edits), tuple(tokens)
