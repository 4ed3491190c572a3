"""Repairs text that lost its step in GBK: `確??蛻舻却龝r間` is 確保客戶等待時間.

Some converters replaced single bytes of GBK text (a full-width mark inside two characters, a gloss after
half of two characters). From there on every pair of bytes is read one byte late, until a one-byte character
brings the reader back into step. The bytes can be had back from the garbled characters; the one that was
lost is chosen by what makes sense beside its neighbours in the rest of the document. Where nothing is
clearly best the spot stays as it is.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kb.clean.gloss import remove_glosses
from kb.tokenize import simplify

_SPOT = re.compile(
    r"(?P<before>[㐀-鿿\ue000-\uf8ff)）”%])\?(?P<gloss>[a-z\u00e0-\u00fc\u0101-\u01dc]{1,6}\))?(?=[^\sA-Za-z0-9)]|(?<=\))\S)"
)
_HALF = re.compile(r"\?([a-z\u00e0-\u00fc\u0101-\u01dc]{1,6})\)")
_LONGEST = 40
_MARGIN = 1.5
_LEADS = range(0x81, 0xFF)


@dataclass(frozen=True, slots=True)
class Spot:
    """A garbled passage: where it stands, and what it was (None: not repairable)."""

    start: int
    end: int
    repaired: str | None


class Language:
    """How likely characters are beside each other, learnt from the document itself and from what is
    common."""

    def __init__(self, text: str) -> None:
        characters = [character for character in text if not character.isspace()]
        self._single = Counter(characters)
        self._total = max(500, len(characters))
        self._pairs = Counter(itertools.pairwise(characters))
        self._known: dict[str, float] = {}

    def cost(self, previous: str, character: str) -> float:
        """-log P(character | previous), from the document's pairs mixed with single characters."""
        rarity = self._known.get(character)
        if rarity is None:
            rarity = self._known[character] = self._rarity(character)
        before = self._single[previous]
        paired = self._pairs[previous, character] / before if before else 0.0
        return -math.log(0.6 * paired + 0.4 * math.exp(-rarity))

    def _rarity(self, character: str) -> float:
        count = self._single[character]
        if character in "，。；：、！？“”（）《》,.;:!()":
            return min(6.0, -math.log((count + 0.5) / self._total))
        if not ("㐀" <= character <= "鿿"):
            return 14.0
        if count:
            return -math.log(count / self._total)
        try:
            common = 0xB0 <= simplify(character).encode("gb2312")[0] <= 0xD7
        except UnicodeEncodeError:
            return 14.0
        return 9.5 if common else 13.0


def repair(text: str, glosses: Mapping[str, set[str]]) -> tuple[str, list[Spot]]:
    """The text with its garbled passages put right, and every passage that was looked at (offsets into
    `text`)."""
    matches = list(_SPOT.finditer(text))
    if not matches:
        return text, []
    language = Language(remove_glosses(_SPOT.sub("\n", text))[0])
    spots: list[Spot] = []
    parts: list[str] = []
    done = 0
    for match in matches:
        if match.start() < done - 1:
            continue
        spot = _repaired(text, match, glosses, language)
        if spot is None:
            continue
        spots.append(spot)
        if spot.repaired is not None:
            parts.append(text[done : spot.start])
            parts.append(spot.repaired)
            done = spot.end
    parts.append(text[done:])
    return "".join(parts), spots


def _repaired(
    text: str, match: re.Match[str], glosses: Mapping[str, set[str]], language: Language
) -> Spot | None:
    start = match.end("before")
    begin = match.end()
    before = match.group("before")
    best: list[tuple[float, int, str]] = []
    for lead in _lost_bytes(before, match.group("gloss"), glosses):
        for end, decoded in _readings(text, begin, lead, glosses):
            after = text[end : end + 1]
            best.append((_gain(text, start, begin, end, before, decoded, after, language), end, decoded))
    if not best:
        return None
    best.sort(reverse=True)
    gain, end, decoded = best[0]
    if gain <= 3.0:
        return Spot(start, begin, None) if _damaged(text, begin) else None
    rival = next(
        (
            other
            for other in best[1:]
            if (other[2] != decoded and other[2][1:] != decoded[1:]) or other[2][:1] != decoded[:1]
        ),
        None,
    )
    clear = rival is None or gain - rival[0] >= _MARGIN
    return Spot(start, end, decoded if clear else None)


def _gain(
    text: str, start: int, begin: int, end: int, before: str, decoded: str, after: str, language: Language
) -> float:
    """How much more sense the reading makes than the garbled characters."""
    broken = sum(language.cost("", character) for character in text[begin:end]) + 12.0
    previous, mended = before, 0.0
    for character in decoded + after:
        mended += language.cost(previous, character)
        previous = character
    mended -= language.cost("", after) if after else 0.0
    return broken - mended


def _damaged(text: str, begin: int) -> bool:
    """Whether what follows the question mark is not ordinary text: a second mark, or characters that nobody
    uses."""
    return text[begin : begin + 1] in "?<" or any(
        "\ue000" <= character <= "\uf8ff" for character in text[begin : begin + 8]
    )


def _lost_bytes(before: str, gloss: str | None, glosses: Mapping[str, set[str]]) -> list[int]:
    """The bytes that may have stood where the question mark is; a gloss names the character they were half
    of."""
    if gloss:
        known = glosses.get(gloss.rstrip(")"), set())
        try:
            tail = before.encode("gb18030")[-1]
        except UnicodeEncodeError:
            return []
        halves = [
            code for character in known if len(code := character.encode("gb18030")) == 2 and code[0] == tail
        ]
        return [code[1] for code in halves] or [lead for lead in _LEADS if _traditional(tail, lead)]
    return list(_LEADS)


def _traditional(first: int, second: int) -> bool:
    """Whether two bytes make a character that a simplified text would write otherwise: only those got
    glosses."""
    try:
        character = bytes([first, second]).decode("gb18030")
    except UnicodeDecodeError:
        return False
    return simplify(character) != character


@dataclass(frozen=True, slots=True)
class _Symbol:
    """A garbled character: where it ends, the bytes that it may stand for, and the characters that it may
    be half of."""

    end: int
    codes: tuple[bytes, ...]
    half_of: Collection[str] | None = None


def _symbols(text: str, begin: int, glosses: Mapping[str, set[str]]) -> Iterator[_Symbol]:
    index = begin
    while index < min(len(text), begin + _LONGEST):
        character = text[index]
        if character == "\n":
            return
        half = _HALF.match(text, index)
        if half:
            yield _Symbol(half.end(), (), glosses.get(half.group(1), set()))
            index = half.end()
            continue
        if ord(character) < 128:
            wide = (bytes([0xA3, ord(character) + 0x80]),) if character in "?<>i" else ()
            yield _Symbol(index + 1, (bytes([ord(character)]), *wide), () if character == "?" else None)
        else:
            code = character.encode("gb18030", "ignore")
            if len(code) != 2:
                return
            yield _Symbol(index + 1, (code,))
        index += 1


def _readings(text: str, begin: int, lead: int, glosses: Mapping[str, set[str]]) -> Iterator[tuple[int, str]]:
    """Every way to read on from a lost byte until the reader is in step again, as (end offset, decoded
    text)."""
    states: list[tuple[str, int]] = [("", lead)]
    for symbol in _symbols(text, begin, glosses):
        following: list[tuple[str, int]] = []
        for decoded, open_byte in states:
            for code in symbol.codes:
                state = _advance(decoded, open_byte, code)
                if state is not None and state[1] is not None:
                    following.append((state[0], state[1]))
                elif state is not None:
                    yield symbol.end, state[0]
            if symbol.half_of is not None:
                for character in symbol.half_of or _with_lead(open_byte):
                    code = character.encode("gb18030", "ignore")
                    if len(code) == 2 and code[0] == open_byte:
                        yield symbol.end, decoded + character
        if not following:
            return
        states = following


@lru_cache(maxsize=256)
def _with_lead(lead: int) -> tuple[str, ...]:
    """The characters in common use whose first byte is `lead`."""
    found: list[str] = []
    for second in range(0x40, 0xFF):
        try:
            found.append(bytes([lead, second]).decode("gbk"))
        except UnicodeDecodeError:
            continue
    return tuple(found)


def _advance(decoded: str, open_byte: int, code: bytes) -> tuple[str, int | None] | None:
    waiting: int | None = open_byte
    for byte in code:
        if waiting is None:
            if byte < 0x81:
                return None
            waiting = byte
            continue
        try:
            decoded += bytes([waiting, byte]).decode("gb18030")
        except UnicodeDecodeError:
            return None
        waiting = None
    return decoded, waiting
