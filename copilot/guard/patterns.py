"""Compiles the rulebook's slot patterns, and skips in a few hundred nanoseconds those that cannot match a text."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from copilot.guard.tokens import SLOTS

_CLAUSE_CHARACTER = r"[^,;:。!?\n…]"
_SENTENCE_CHARACTER = r"[^。!?\n]"
_POSITIVE_CHARACTER = r"[^,;:。!?\n…不没无未别勿非]"
_REFERENCE = re.compile(r"\{([a-z_]+\d*)\}")
_GAP = re.compile(r"([gsp])(\d+)")
_GAPS = {"g": _CLAUSE_CHARACTER, "s": _SENTENCE_CHARACTER, "p": _POSITIVE_CHARACTER}


def expand(pattern: str, slots: Mapping[str, tuple[str, ...]]) -> str:
    """The regular expression of a slot pattern.

    `{g6}` is up to six characters of one clause, `{s20}` of one sentence, `{p6}` of one clause without a negator.
    """

    def replacement(match: "re.Match[str]") -> str:
        name = match.group(1)
        gap = _GAP.fullmatch(name)
        if gap:
            return f"{_GAPS[gap[1]]}{{0,{gap[2]}}}"
        if name in SLOTS:
            return SLOTS[name]
        return "(?:" + "|".join(expand(word, slots) for word in slots[name]) + ")"

    return _REFERENCE.sub(replacement, pattern)


def alternation(patterns: Iterable[str], slots: Mapping[str, tuple[str, ...]]) -> "re.Pattern[str]":
    """One compiled pattern that matches any of them; matches nothing when there are none."""
    return re.compile("|".join(f"(?:{expand(pattern, slots)})" for pattern in patterns) or r"(?!)")


class Features:
    """Numbers each character and pair that some pattern cannot do without; a text becomes one integer."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}

    def mask(self, words: Iterable[str]) -> int:
        mask = 0
        for word in words:
            mask |= self._bits.setdefault(word, 1 << len(self._bits))
        return mask

    def of_text(self, text: str) -> int:
        bits = self._bits
        mask = 0
        for part in {*text, *map(str.__add__, text, text[1:])} & bits.keys():
            mask |= bits[part]
        return mask


@dataclass(frozen=True, slots=True)
class SlotPattern:
    """A compiled pattern and the features of which a matching text has at least one of each group."""

    regex: "re.Pattern[str]"
    needs: tuple[int, ...]

    def matches(self, text: str, features: int) -> "Iterator[re.Match[str]]":
        """Every match, also those that overlap an earlier one's tail."""
        for need in self.needs:
            if not need & features:
                return
        match = self.regex.search(text)
        while match:
            if match.end() > match.start():
                yield match
            match = self.regex.search(text, match.start() + 1)


def compile_pattern(pattern: str, slots: Mapping[str, tuple[str, ...]], features: Features) -> SlotPattern:
    needs = tuple(features.mask(group) for group in requirements(pattern, slots))
    return SlotPattern(re.compile(expand(pattern, slots)), needs)


def requirements(pattern: str, slots: Mapping[str, tuple[str, ...]]) -> list[set[str]]:
    """Groups of characters or pairs; a text that matches contains at least one of every group."""
    branches = [_sequence(branch, slots) for branch in _split(pattern)]
    if len(branches) == 1:
        return branches[0]
    if not all(branches):
        return []
    union: set[str] = set()
    for groups in branches:
        union |= min(groups, key=len)
    return [union]


def _split(pattern: str) -> list[str]:
    """The alternatives of a pattern at its top level."""
    parts, depth, start, index, in_class = [], 0, 0, 0, False
    while index < len(pattern):
        character = pattern[index]
        if character == "\\":
            index += 2
            continue
        if in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "|" and depth == 0:
            parts.append(pattern[start:index])
            start = index + 1
        index += 1
    return [*parts, pattern[start:]]


_ELEMENT = re.compile(
    r"(?P<slot>\{[a-z_]+\d*\})|(?P<class>\[(?:\\.|[^\]\\])+\])|(?P<open>\()|(?P<escape>\\.)|(?P<other>[^\\])"
)
_OPTIONAL = re.compile(r"[?*]|\{0?,\d*\}|\{0,\d+\}")
_QUANTIFIER = re.compile(r"[?*+]|\{\d*,?\d*\}")


def _sequence(pattern: str, slots: Mapping[str, tuple[str, ...]]) -> list[set[str]]:
    groups: list[set[str]] = []
    literal = ""
    index = 0
    while index < len(pattern):
        match = _ELEMENT.match(pattern, index)
        if match is None:
            return groups
        group: set[str] | None = None
        plain = ""
        end = match.end()
        if match["open"]:
            end, group = _group(pattern, index, slots)
        elif match["slot"]:
            group = _slot(match["slot"][1:-1], slots)
        elif match["class"]:
            group = _class(match["class"])
        elif match["escape"]:
            plain = match["escape"][1] if match["escape"][1] in "+.*?()[]{}" else ""
        elif match["other"] not in ("^", "$", "."):
            plain = match["other"]
        optional = _OPTIONAL.match(pattern, end)
        quantifier = _QUANTIFIER.match(pattern, end)
        index = quantifier.end() if quantifier else end
        if plain and not quantifier:
            literal += plain
            continue
        if literal:
            groups.append({literal[:2]})
            literal = ""
        if optional:
            continue
        if plain:
            groups.append({plain})
        elif group:
            groups.append(group)
    if literal:
        groups.append({literal[:2]})
    return groups


def _group(pattern: str, start: int, slots: Mapping[str, tuple[str, ...]]) -> tuple[int, set[str] | None]:
    depth, index, in_class = 0, start, False
    while index < len(pattern):
        character = pattern[index]
        if character == "\\":
            index += 2
            continue
        if in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                break
        index += 1
    body = pattern[start + 1 : index]
    if body.startswith("?:"):
        needs = requirements(body[2:], slots)
        return index + 1, min(needs, key=len) if needs else None
    return index + 1, None


def _slot(name: str, slots: Mapping[str, tuple[str, ...]]) -> set[str] | None:
    if _GAP.fullmatch(name):
        return None
    if name in SLOTS:
        mark = SLOTS[name]
        return set(mark[1:-1]) if mark.startswith("[") else {mark}
    union: set[str] = set()
    for word in slots[name]:
        needs = requirements(word, slots)
        if not needs:
            return None
        union |= min(needs, key=len)
    return union


def _class(text: str) -> set[str] | None:
    body = text[1:-1]
    if body.startswith("^") or "-" in body or "\\" in body:
        return None
    return set(body)
