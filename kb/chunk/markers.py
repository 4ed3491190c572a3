"""Finds the numbers that open a part, an article or an item, at line starts and inside running text.

A number is believed when it stands where an item can begin and continues its list: `1` needs a `2`
somewhere after it, `5` needs a `4` before it. So dates, amounts, decimals and page counts are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.tokenize import chinese_number

_NUMERAL = "[一二三四五六七八九十百千零〇两]"
_CJK = "㐀-鿿"
_PATTERN = re.compile(
    rf"""
    (?P<part>(?:PART|Part)[ ]*0?\d{{1,2}}(?!\d))
  | (?P<unit>第(?:{_NUMERAL}+|\d{{1,4}})[编編篇章节節条條](?:之{_NUMERAL}+)?)
  | (?P<chinese>{_NUMERAL}{{1,4}}、)
  | (?P<bracketed>[(（]{_NUMERAL}{{1,4}}[)）])
  | (?P<dotted>(?<![\d.])\d{{1,2}}(?:\.\d{{1,2}}){{1,3}}(?=[ 　\t]*[{_CJK}A-Z])(?!倍|折|元|万|%))
  | (?P<arabic>(?<![\d.])\d{{1,2}}(?:[.．](?!\d)|、)(?!\d{{4}}))
  | (?P<spaced>(?<![\d.])\d{{1,2}}[ 　](?=[{_CJK}]))
  | (?P<digits>[(（]\d{{1,2}}[)）]|(?<![\d.(（A-Za-z])\d{{1,2}}[)）])
  | (?P<circled>[①-⑳])
  | (?P<letter>(?<![A-Za-z0-9])[A-H](?:[ 　、．]|\.(?!\w))(?=[{_CJK}]))
  | (?P<question>(?<![A-Za-z])(?:问题?|問題?|Q)[ ]*\d{{0,3}}[:：])
  | (?P<dash>(?<![-–—])[-–—•●◆■▪](?![-–—>]|\d(?!\d{{0,2}}[{_CJK}]))[ 　]*(?=[^\s\-|])
      |(?<![^\s>])[*+](?=[ 　\t]+[^\s*+\-|]))
""",
    re.VERBOSE,
)

_COUNTED = re.compile(rf"{_NUMERAL}{{1,3}}、{_NUMERAL}{{1,3}}[、级級等类類线線期]")

RANKS = {
    "part": 0,
    "编": 1,
    "章": 2,
    "节": 3,
    "chinese": 4,
    "条": 5,
    "bracketed": 6,
    "question": 7,
    "arabic": 8,
    "spaced": 8,
    "dotted": 9,
    "digits": 10,
    "circled": 11,
    "letter": 12,
    "dash": 13,
}
ARTICLE = RANKS["条"]
_UNITS = {"编": "编", "編": "编", "篇": "编", "章": "章", "节": "节", "節": "节", "条": "条", "條": "条"}
_TERMINAL = "。！？!?；;：:…）)”」』】》.，,\n"
_FULL_STOP = "。！？!?；;：:…）)”」』】》"
_NOT_BEFORE = set("第图圖表式约約版之至到共—–~～/+=×＝<>≥≤$￥¥#@&")
_LOOSE = {"spaced", "letter", "dash", "digits", "dotted"}
_AHEAD = 8000
_HEADING = 24


@dataclass(frozen=True, slots=True)
class Marker:
    """An item's number: where it stands, its family and rank (lower encloses higher), its value."""

    start: int
    end: int
    family: str
    rank: int
    number: int
    at_line_start: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    marker: Marker
    after_stop: bool
    plausible: bool


def find_markers(text: str) -> list[Marker]:
    """The markers of `text` in order."""
    candidates = list(_candidates(text))
    places: dict[tuple[str, int], list[int]] = {}
    for candidate in candidates:
        if candidate.plausible:
            marker = candidate.marker
            places.setdefault((marker.family, marker.number), []).append(marker.start)
    accepted: list[Marker] = []
    open_lists: dict[str, Marker] = {}
    for candidate in candidates:
        opened = accepted[-1] if accepted else None
        if _believed(candidate, open_lists, places) or _first_of(candidate, opened):
            marker = candidate.marker
            accepted.append(marker)
            for family, other in list(open_lists.items()):
                if other.rank > marker.rank and family != "条":
                    del open_lists[family]
            open_lists[marker.family] = marker
    return accepted


def _candidates(text: str) -> Iterator[_Candidate]:
    for match in _PATTERN.finditer(text):
        name = match.lastgroup or ""
        line_start = _at_line_start(text, match.start())
        before = text[match.start() - 1] if match.start() else "\n"
        spaced = before in " 　\t" and not line_start
        previous = text[: match.start()].rstrip(" 　\t")[-1:] if spaced else before
        family, number = _family(name, match.group())
        marker = Marker(match.start(), match.end(), family, RANKS[family], number, line_start)
        after_stop = previous in _FULL_STOP
        plausible = (
            number > 0
            and not _COUNTED.match(text, match.start())
            and (line_start or _can_stand(name, text, match, previous, spaced))
        )
        yield _Candidate(marker, after_stop, plausible)


def _at_line_start(text: str, index: int) -> bool:
    head = text.rfind("\n", max(0, index - 12), index) + 1
    return (head > 0 or index <= 12) and not text[head:index].strip(" 　\t>*")


def _can_stand(name: str, text: str, match: re.Match[str], previous: str, spaced: bool) -> bool:
    """Whether a number inside a line can open an item there."""
    if not previous or previous in _NOT_BEFORE or (previous.isascii() and previous.isalnum()):
        return False
    following = text[match.end() : match.end() + 20]
    if name in ("part", "circled"):
        return True
    if name in ("dotted", "question"):
        return False
    if name == "unit":
        return previous in _FULL_STOP and (following[:1] in " 　" or match.group()[-1] in "条條")
    if name == "letter":
        return previous in _FULL_STOP and not spaced
    if name == "spaced":
        return not spaced
    if name == "dash":
        return (
            match.group()[0] not in "*+"
            and re.match(rf"[{_CJK}0-9]{{2,16}}[:：]", following) is not None
            and previous not in "，,、"
        )
    if name == "chinese":
        return not re.match(rf"{_NUMERAL}{{1,3}}[、级級等类類线線期]", following)
    if name == "digits" and match.group()[0] not in "(（":
        return previous in _FULL_STOP
    return bool(following.strip()) and previous not in "，,、"


def _family(name: str, raw: str) -> tuple[str, int]:
    if name == "unit":
        kind = next(_UNITS[character] for character in raw if character in _UNITS)
        body = raw[1 : raw.index(next(character for character in raw if character in _UNITS))]
        return kind, int(body) if body.isdigit() else chinese_number(body) or 0
    if name == "part":
        return name, int(re.sub(r"\D", "", raw))
    if name in ("chinese", "bracketed"):
        return name, chinese_number(raw.strip("、()（）")) or 0
    if name == "circled":
        return name, ord(raw) - ord("①") + 1
    if name == "letter":
        return name, ord(raw[0]) - ord("A") + 1
    if name in ("dash", "question"):
        return name, 1
    if name == "dotted":
        return name, int(raw.rpartition(".")[2])
    return name, int(re.sub(r"\D", "", raw))


def _believed(candidate: _Candidate, open_lists: dict[str, Marker], places: dict[tuple[str, int], list[int]]) -> bool:
    marker = candidate.marker
    if not candidate.plausible:
        return False
    if marker.family in ("part", "question", "dotted"):
        return True
    if marker.family == "dash":
        return marker.at_line_start or candidate.after_stop or _follows(places, marker, 1)
    last = open_lists.get(marker.family)
    if last is not None and marker.number == last.number + 1:
        return True
    if marker.family in ("编", "章", "节", "条"):
        return marker.at_line_start
    if marker.at_line_start and marker.family not in _LOOSE:
        return True
    if marker.number != 1:
        return False
    return _follows(places, marker, 2)


def _first_of(candidate: _Candidate, opened: Marker | None) -> bool:
    """A first item right behind its section's heading, in a text that ends before the second one."""
    marker = candidate.marker
    return (
        candidate.plausible
        and marker.number == 1
        and marker.family in ("bracketed", "arabic")
        and opened is not None
        and opened.rank < marker.rank
        and marker.start - opened.end <= _HEADING
    )


def _follows(places: dict[tuple[str, int], list[int]], marker: Marker, number: int) -> bool:
    """Whether `number` of the same family comes within reach."""
    return any(marker.start < start <= marker.start + _AHEAD for start in places.get((marker.family, number), ()))
