"""Reads the rulebook's slot patterns: what they mean as regular expressions, and what a text needs to match them."""

import re
from collections.abc import Iterable, Mapping

from copilot.guard.tokens import SLOTS

_REFERENCE = re.compile(r"\{([a-z_]+\d*)\}")
_GAP = re.compile(r"([gsp])(\d+)")
_GAPS = {
    "g": r"[^,;:。!?\n…]",
    "s": r"[^。!?\n]",
    "p": r"[^,;:。!?\n…不没无未别勿非]",
}
_ELEMENT = re.compile(
    r"(?P<slot>\{[a-z_]+\d*\})|(?P<class>\[(?:\\.|[^\]\\])+\])|(?P<open>\()|(?P<escape>\\.)|(?P<other>[^\\])"
)
_OPTIONAL = re.compile(r"[?*]|\{0?,\d*\}|\{0,\d+\}")
_QUANTIFIER = re.compile(r"[?*+]|\{\d*,?\d*\}")
_SINGLES = re.compile(r"\[(?P<class>[\u4e00-\u9fff]+)\]|(?:\(\?:)?(?P<words>[\u4e00-\u9fff](?:\|[\u4e00-\u9fff])*)\)?")


class Lexicon:
    """The slots of the rulebook.

    In a pattern `{name}` stands for a slot, `{g6}` for up to six characters of one clause, `{s20}` of one
    sentence, and `{p6}` for up to six characters of one clause without a negator.
    """

    def __init__(self, slots: Mapping[str, tuple[str, ...]]) -> None:
        self._slots = slots
        self._expanded: dict[str, str] = {}
        self._needed: dict[str, set[str] | None] = {}

    def expand(self, pattern: str) -> str:
        """The pattern as a regular expression over the marked view."""
        return _REFERENCE.sub(lambda match: self._expansion(match.group(1)), pattern)

    def alternation(self, patterns: Iterable[str]) -> "re.Pattern[str]":
        """One compiled pattern that matches any of them; matches nothing when there are none."""
        return re.compile("|".join(f"(?:{self.expand(pattern)})" for pattern in patterns) or r"(?!)")

    def requirements(self, pattern: str) -> list[set[str]]:
        """Groups of characters and pairs: a text that matches contains at least one of every group."""
        found = [self._sequence(part) for part in _split(pattern)]
        if len(found) == 1:
            return found[0]
        if not all(found):
            return []
        return [set().union(*(min(groups, key=breadth) for groups in found))]

    def _expansion(self, name: str) -> str:
        if name not in self._expanded:
            gap = _GAP.fullmatch(name)
            if gap:
                self._expanded[name] = f"{_GAPS[gap[1]]}{{0,{gap[2]}}}"
            elif name in SLOTS:
                self._expanded[name] = SLOTS[name]
            else:
                self._expanded[name] = "(?:" + "|".join(map(self.expand, self._slots[name])) + ")"
        return self._expanded[name]

    def _sequence(self, pattern: str) -> list[set[str]]:
        """The groups of one alternative: of each part that it cannot do without."""
        groups: list[set[str]] = []
        literal = ""
        before: set[str] = set()
        index = 0
        while match := _ELEMENT.match(pattern, index):
            end, group, plain = self._element(pattern, match)
            quantifier = _QUANTIFIER.match(pattern, end)
            optional = _OPTIONAL.match(pattern, end)
            singles = set() if quantifier else _singles(pattern[match.start() : end])
            if before and singles:
                groups.append({first + second for first in before for second in singles})
            before = singles
            index = quantifier.end() if quantifier else end
            if plain and not quantifier:
                literal += plain
                continue
            if literal:
                groups.append({literal[:2]})
                literal = ""
            if not optional and (plain or group):
                groups.append({plain} if plain else group or set())
        return [*groups, {literal[:2]}] if literal else groups

    def _element(self, pattern: str, match: "re.Match[str]") -> tuple[int, set[str] | None, str]:
        """End of an element, its group, and the character when it is a plain one."""
        if match["open"]:
            end = _closing(pattern, match.start())
            body = pattern[match.start() + 1 : end - 1]
            groups = self.requirements(body[2:]) if body.startswith("?:") else []
            return end, min(groups, key=breadth, default=None), ""
        if match["slot"]:
            return match.end(), self._slot(match["slot"][1:-1]), ""
        if match["class"]:
            return match.end(), _class(match["class"]), ""
        if match["escape"]:
            return match.end(), None, match["escape"][1] if match["escape"][1] in "+.*?()[]{}" else ""
        return match.end(), None, "" if match["other"] in "^$." else match["other"]

    def _slot(self, name: str) -> set[str] | None:
        if name not in self._needed:
            self._needed[name] = self._slot_needs(name)
        return self._needed[name]

    def _slot_needs(self, name: str) -> set[str] | None:
        if _GAP.fullmatch(name):
            return None
        if name in SLOTS:
            mark = SLOTS[name]
            return set(mark[1:-1]) if mark.startswith("[") else {mark}
        words = [self.requirements(word) for word in self._slots[name]]
        return set().union(*(min(groups, key=breadth) for groups in words)) if all(words) else None


def branches(pattern: str) -> list[str]:
    """The alternatives of a pattern at its top level, also inside one group around all of it."""
    parts = _split(pattern)
    if len(parts) > 1:
        return [branch for part in parts for branch in branches(part)]
    if pattern.startswith("(?:") and _closing(pattern, 0) == len(pattern):
        return branches(pattern[3:-1])
    return parts


def breadth(group: set[str]) -> int:
    """How often some feature of the group is met: a single character counts as much as a dozen pairs."""
    return sum(1 if len(feature) > 1 else 12 for feature in group)


def _singles(element: str) -> set[str]:
    """The characters of an element that is exactly one of some Chinese characters; else none."""
    match = _SINGLES.fullmatch(element)
    if not match:
        return set()
    return set(match["class"]) if match["class"] else set(match["words"].split("|"))


def _class(text: str) -> set[str] | None:
    body = text[1:-1]
    if body.startswith("^") or "-" in body or "\\" in body:
        return None
    return set(body)


def _split(pattern: str) -> list[str]:
    """The alternatives of a pattern at its top level."""
    parts, start, index = [], 0, 0
    while index < len(pattern):
        character = pattern[index]
        if character == "(":
            index = _closing(pattern, index)
        elif character == "[":
            index = _class_end(pattern, index)
        elif character == "|":
            parts.append(pattern[start:index])
            index = start = index + 1
        else:
            index += 2 if character == "\\" else 1
    return [*parts, pattern[start:]]


def _closing(pattern: str, start: int) -> int:
    """The place after the bracket that closes the one at `start`."""
    index = start + 1
    while index < len(pattern) and pattern[index] != ")":
        character = pattern[index]
        if character == "(":
            index = _closing(pattern, index)
        elif character == "[":
            index = _class_end(pattern, index)
        else:
            index += 2 if character == "\\" else 1
    return index + 1


def _class_end(pattern: str, start: int) -> int:
    index = start + 1
    while index < len(pattern) and pattern[index] != "]":
        index += 2 if pattern[index] == "\\" else 1
    return index + 1
