"""Cuts a clause into statements and says what each is about: its conditions and the words of its subject."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.review import case_words, lexicon

_SENTENCE = re.compile(r"[。!?\n;…]+")
_SEGMENT = re.compile(r"、|(?<!\d),|,(?!\d{3})|:(?!\d)|[。!?\n;…]+")
_BRACKETS = re.compile(r"\([^()]*\)|〔[^〕]*〕|《[^》]*》")
_CONDITION_END = re.compile(r"(?:的|时|后|前|者|外|期间|情况下|情形下|之日起|的话|起)$")
_CONDITION_START = re.compile(r"(?:如果?|若|因|由于|凡|属于?|对于?|自|从|经|当|在|需|一旦|除|对)")
_RUN = re.compile(r"[a-z]+|[㐀-䶿一-鿿]+")
_LONGEST_SUBJECT = 16

_DIMENSIONS = {
    name: {value: re.compile(pattern) for value, pattern in values.items()}
    for name, values in case_words.CONDITIONS.items()
}
_SYNONYMS = tuple((re.compile(pattern), word) for pattern, word in lexicon.SYNONYMS)

_BLANKED = (
    "reason",
    "goods",
    "customer",
    "order",
    "area",
    "invoice",
    "urgency",
    "step",
    "opened",
    "insured",
    "direction",
)

Conditions = dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch between two commas; `sentence` numbers the sentence that it stands in."""

    start: int
    end: int
    sentence: int
    text: str


def blanked(text: str) -> str:
    """The text with its brackets and book titles as blanks: what stands there only comments."""
    return _BRACKETS.sub(lambda match: " " * len(match.group()), text)


def segments(text: str, numbers: frozenset[int] = frozenset()) -> list[Segment]:
    """The segments of a folded text, in order. `numbers` are the ends of its quantities: 物流2小时、质量4小时 are two."""
    found: list[Segment] = []
    start, sentence = 0, 0
    for match in _SEGMENT.finditer(text):
        if match.group() == "、" and not any(match.start() - 4 <= end <= match.start() for end in numbers):
            continue
        if text[start : match.start()].strip():
            found.append(Segment(start, match.start(), sentence, text[start : match.start()]))
        start = match.end()
        if _SENTENCE.fullmatch(match.group()):
            sentence += 1
    if text[start:].strip():
        found.append(Segment(start, len(text), sentence, text[start:]))
    return found


def conditional(segment: Segment) -> bool:
    """Whether a segment only says when the next ones hold."""
    text = segment.text.strip()
    return bool(_CONDITION_END.search(text) or _CONDITION_START.match(text))


def governing(parts: Sequence[Segment], index: int, outcomes: frozenset[int]) -> list[Segment]:
    """The segments before `index` in its sentence that say when it holds, and the subject that opens the sentence.

    `outcomes` are the segments that hold a fact: what stands before one of them belongs to it.
    """
    found: list[Segment] = []
    own = parts[index]
    place = index - 1
    while place >= 0 and parts[place].sentence == own.sentence and conditional(parts[place]):
        found.append(parts[place])
        if place in outcomes and not parts[place].text.strip().endswith("的"):
            break
        place -= 1
    first = next(number for number, part in enumerate(parts) if part.sentence == own.sentence)
    if first < place + 1 and first not in outcomes and len(parts[first].text) <= _LONGEST_SUBJECT:
        found.append(parts[first])
    return found[::-1]


def conditions(text: str) -> Conditions:
    """What a text makes its rule depend on, by dimension."""
    return dict(_conditions(text))


@lru_cache(maxsize=50_000)
def _conditions(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    found = []
    for name, values in _DIMENSIONS.items():
        held = frozenset(value for value, pattern in values.items() if pattern.search(text))
        if "both" in held:
            held |= {"return", "out"}
        if held:
            found.append((name, held))
    return tuple(found)


def unconditioned(text: str) -> str:
    """The text without the words that its conditions were read from: those are compared as conditions."""
    for name in _BLANKED:
        for pattern in _DIMENSIONS[name].values():
            text = pattern.sub(" ", text)
    return text


@lru_cache(maxsize=50_000)
def topic(text: str) -> frozenset[str]:
    """The words of a text's subject: pairs of characters once generic words are gone, and Latin words."""
    for pattern, word in _SYNONYMS:
        text = pattern.sub(f" {word} ", text)
    found: set[str] = set()
    for match in _RUN.finditer(lexicon.GENERIC.sub(" ", text)):
        run = match.group()
        if run[0] < "㐀":
            found.add(run)
        else:
            found.update(run[place : place + 2] for place in range(len(run) - 1))
    return frozenset(found)
