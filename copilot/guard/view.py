"""A rewritten text that still knows where each of its characters stands in the text as it was sent."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edit:
    """Puts `text` in the place of view[start:end]."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """`text[i]` comes from source[starts[i]:ends[i]]; offsets are code points of the text as sent.

    `breaks` are places where something that may have parted two clauses was left out (a space, an emoji).
    """

    text: str
    starts: tuple[int, ...] | list[int] | range
    ends: tuple[int, ...] | list[int] | range
    breaks: tuple[int, ...] = field(default=())

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the text as sent that view[start:end] stands for; `end` is exclusive and > `start`."""
        return self.starts[start], max(self.ends[end - 1], self.starts[start] + 1)

    def first_at(self, source_offset: int) -> int:
        """The first character of the view that stands at or after a place of the text as sent."""
        return bisect_left(self.starts, source_offset)

    def edited(self, edits: Iterable[Edit], new_breaks: Iterable[int] = ()) -> "View":
        """The view after edits, which must be sorted and apart; each new character stands for its whole span."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = shift = 0
        shifts: list[tuple[int, int, int]] = []
        for edit in edits:
            pieces.append(self.text[at : edit.start])
            starts.extend(self.starts[at : edit.start])
            ends.extend(self.ends[at : edit.start])
            if edit.text:
                first, last = self.source_span(edit.start, max(edit.end, edit.start + 1))
                pieces.append(edit.text)
                starts.extend([first] * len(edit.text))
                ends.extend([last] * len(edit.text))
            at = edit.end
            shift += len(edit.text) - (edit.end - edit.start)
            shifts.append((edit.end, edit.start, shift))
        if not shifts:
            return self
        pieces.append(self.text[at:])
        starts.extend(self.starts[at:])
        ends.extend(self.ends[at:])
        moved = (_moved(mark, shifts) for mark in (*self.breaks, *new_breaks))
        marks = sorted({mark for mark in moved if mark is not None})
        return View("".join(pieces), starts, ends, tuple(marks))


def _moved(place: int, shifts: list[tuple[int, int, int]]) -> int | None:
    """Where a break stands after the edits (end, start, shift so far); None inside of what was replaced."""
    index = bisect_left(shifts, (place + 1,))
    if index < len(shifts) and shifts[index][1] < place:
        return None
    return place + (shifts[index - 1][2] if index else 0)
