"""Wordings that editors write beside a clause: a line `相似问：a｜b` or a comment `<!-- 问法：a｜b -->`.

They are searched and never shown. Which clause they belong to: under a markdown heading all clauses of that section,
because the wordings name the section's matter and whoever wrote them did not see where it is cut; but where a section
holds several such notes with text between them (questions and answers in a row), and in text without headings, the
clause that a note follows, with its other pieces where it was cut for its length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.chunk.drafts import ClauseDraft, asked
from kb.chunk.split import last_sentence
from kb.tokenize import fold

_NAMES = (
    r"(?:相似|类似|類似|近似|同义|同義|扩展|擴展|其他|其它)(?:问题|問題|问法|問法|问|問)"
    r"|常见(?:的)?问法|常見(?:的)?問法|(?:客户|客戶|用户|用戶|顾客|顧客|买家|買家)(?:常问|常問|问法|問法)"
)
_LINE = re.compile(rf"^[ \t　>*_•·\-]*(?:{_NAMES})[ \t]*[*_]*[ \t]*[：:][ \t*_]*(?P<said>.*)$")
_COMMENT = re.compile(rf"<!--\s*(?:{_NAMES}|问法|問法)\s*[：:](?P<said>.*?)-->", re.DOTALL)
_BULLET = re.compile(r"^[ \t　]*(?:[-–—*+•·●◆■▪]|[（(]?\d{1,2}[.、．)）](?!\d)|[①-⑳])[ \t　]*(?=\S)")
_BETWEEN = re.compile(r"[｜|；;\n]|<br\s*/?>")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Note:
    """Wordings and where they stood: behind so many characters of the text, blanks not counted."""

    questions: tuple[str, ...]
    behind: int


def apart(said: str) -> tuple[str, ...]:
    """The wordings of one line or cell, between `｜ | ； ;` and line ends, without bullets and doubles."""
    found: dict[str, str] = {}
    for part in _BETWEEN.split(said):
        wording = " ".join(_BULLET.sub("", part.strip()).split()).rstrip("。")[:LONGEST]
        if wording:
            found.setdefault(fold(wording), wording)
    return tuple(found.values())


def is_note(line: str) -> bool:
    """Whether a line of a file is such a note and no text of the document."""
    found = _COMMENT.search(line)
    return bool(found and found.group() == line.strip()) or _LINE.match(line) is not None


def take(text: str) -> tuple[str, list[Note]]:
    """The text without its notes, and the notes. A note without any wording stays text."""
    notes: list[Note] = []
    kept = ""
    at = 0
    for match in _COMMENT.finditer(text):
        questions = apart(match["said"])
        if questions:
            kept = _take_lines(kept, text[at : match.start()], notes)
            notes.append(Note(questions, _length(kept)))
            at = match.end()
    return _take_lines(kept, text[at:], notes), notes


def _take_lines(kept: str, text: str, notes: list[Note]) -> str:
    """Appends `text` to `kept` without its wording lines; a name alone on its line takes the list below it."""
    lines = text.splitlines(keepends=True)
    index = 0
    while index < len(lines):
        match = _LINE.match(lines[index].rstrip("\n"))
        after = index + 1
        said = match["said"] if match else ""
        if match and not said.strip():
            after = _list_end(lines, after)
            said = "".join(lines[index + 1 : after])
        questions = apart(said)
        if questions:
            notes.append(Note(questions, _length(kept)))
        else:
            kept += "".join(lines[index:after])
        index = after
    return kept


def _list_end(lines: Sequence[str], first: int) -> int:
    """Where the list below a name ends; a blank line may stand before it, not in it."""
    start = first + 1 if first < len(lines) and not lines[first].strip() else first
    end = start
    while end < len(lines) and _BULLET.match(lines[end]):
        end += 1
    return end if end > start else first


def _length(text: str) -> int:
    return sum(len(part) for part in text.split())


def give(drafts: list[ClauseDraft], notes: Sequence[Note], *, headed: bool) -> list[ClauseDraft]:
    """The section's drafts with the wordings of its notes. `headed`: the section stands under a markdown heading."""
    if not notes or not drafts:
        return drafts
    if headed and len({note.behind for note in notes}) == 1:
        return asked(drafts, [wording for note in notes for wording in note.questions])
    ends: list[int] = []
    for draft in drafts:
        ends.append((ends[-1] if ends else 0) + _length("".join(draft.heads)) + _length(draft.text))
    found = list(drafts)
    for note in notes:
        last = next((index for index, end in enumerate(ends) if end >= note.behind), len(found) - 1)
        first = last
        while first and _goes_on(found[first - 1], found[first]):
            first -= 1
        found[first : last + 1] = asked(found[first : last + 1], note.questions)
    return found


def _goes_on(previous: ClauseDraft, draft: ClauseDraft) -> bool:
    """Whether a draft is the next piece of a clause that was cut for its length."""
    return (
        bool(draft.context)
        and draft.section_path == previous.section_path
        and draft.context == last_sentence(previous.text)
    )
