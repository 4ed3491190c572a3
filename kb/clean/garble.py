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
import unicodedata
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
_WORTHWHILE = 3.0
_MARGIN = 1.0
_GUESS_MARGIN = 1.5
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
        if character in "，。":  # as common as in any Chinese text, though a damaged one may have lost most
            return min(3.5, -math.log((count + 0.5) / self._total))
        if character in "；：、！？“”（）《》,.;:!()":
            return min(6.0, -math.log((count + 0.5) / self._total))
        if not ("㐀" <= character <= "鿿"):
            return 14.0
        if count:
            return -math.log(count / self._total)
        return 9.5 if _in_use(character) else 13.0


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


def _repaired(text: str, match: re.Match[str], glosses: Mapping[str, set[str]], language: Language) -> Spot | None:
    if not _damaged(text, match):
        return None
    start, begin, before = match.end("before"), match.end(), match.group("before")
    best: list[tuple[float, _Reading]] = []
    for lead in _lost_bytes(before, match.group("gloss"), glosses):
        for reading in _readings(text, begin, lead, glosses):
            after = text[reading.end : reading.end + 1]
            best.append((_gain(text, begin, reading, before, after, language), reading))
    best.sort(key=lambda pair: -pair[0])
    if not best or best[0][0] <= _WORTHWHILE:
        return Spot(start, begin, None)
    gain, reading = best[0]
    rival = next((other for other, rest in best[1:] if rest.decoded != reading.decoded), 0.0)
    clear = gain - rival >= (_GUESS_MARGIN if reading.guessed else _MARGIN)
    return Spot(start, reading.end, reading.decoded if clear else None)


def _gain(text: str, begin: int, reading: _Reading, before: str, after: str, language: Language) -> float:
    """How much more sense the reading makes than the garbled characters."""
    broken = sum(language.cost("", character) for character in text[begin : reading.end]) + 12.0
    previous, mended = before, 0.0
    for character in reading.decoded + after:
        mended += language.cost(previous, character)
        previous = character
    return broken - mended + (language.cost("", after) if after else 0.0)


def _damaged(text: str, match: re.Match[str]) -> bool:
    """Whether a spot is no honest question mark: a torn gloss, or characters that nobody uses behind it."""
    if match.group("gloss"):
        return True
    following = text[match.end() : match.end() + 6].partition("\n")[0]
    if any("\ue000" <= character <= "\uf8ff" for character in following[:4]):
        return True
    return following.startswith("?") and not all(map(_in_use, following))


@lru_cache(maxsize=4096)
def _in_use(character: str) -> bool:
    """Whether a character is Latin, a mark, or among the commonly used Chinese ones."""
    if not "㐀" <= character <= "鿿":
        return character.isascii() or unicodedata.category(character)[0] in "PSN"
    try:
        return 0xB0 <= simplify(character).encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False


def _lost_bytes(before: str, gloss: str | None, glosses: Mapping[str, set[str]]) -> list[int]:
    """The bytes that may have stood where the question mark is; a gloss names the character they were half
    of."""
    if gloss:
        known = glosses.get(gloss.rstrip(")"), set())
        try:
            tail = before.encode("gb18030")[-1]
        except UnicodeEncodeError:
            return []
        halves = [code for character in known if len(code := character.encode("gb18030")) == 2 and code[0] == tail]
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
class _Reading:
    """A way to read on: up to where, as what, and whether half a character had to be guessed without a gloss."""

    end: int
    decoded: str
    guessed: bool = False


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


def _readings(text: str, begin: int, lead: int, glosses: Mapping[str, set[str]]) -> Iterator[_Reading]:
    """Every way to read on from a lost byte until the reader is in step again."""
    states: list[tuple[str, int]] = [("", lead)]
    for symbol in _symbols(text, begin, glosses):
        following: list[tuple[str, int]] = []
        for decoded, open_byte in states:
            for code in symbol.codes:
                state = _advance(decoded, open_byte, code)
                if state is not None and state[0] and not _in_use(state[0][0]):
                    continue  # nobody's first choice for the lost character
                if state is not None and state[1] is not None:
                    following.append((state[0], state[1]))
                elif state is not None:
                    yield _Reading(symbol.end, state[0])
            if symbol.half_of is not None:
                for character in symbol.half_of or _with_lead(open_byte):
                    code = character.encode("gb18030", "ignore")
                    if len(code) == 2 and code[0] == open_byte:
                        yield _Reading(symbol.end, decoded + character, guessed=not symbol.half_of)
        if not following:
            return
        states = following


@lru_cache(maxsize=256)
def _with_lead(lead: int) -> tuple[str, ...]:
    """The characters in common use whose first byte is `lead`."""
    found: list[str] = []
    for second in range(0x40, 0xFF):
        try:
            character = bytes([lead, second]).decode("gbk")
        except UnicodeDecodeError:
            continue
        if _in_use(character):
            found.append(character)
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
