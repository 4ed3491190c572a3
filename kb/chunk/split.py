"""Cuts long text at sentence ends, never between a condition and its exception."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

TARGET = 300
HARD = 450

_END = re.compile(r"[。！？!?；;…][”’」』）)\]】\"']*|\n+")
_OPEN = {"（": "）", "(": ")", "“": "”", "「": "」", "《": "》", "【": "】", "[": "]"}
_COMMA = re.compile(r"[，,、：:]")
# What a sentence begins with when it limits, excepts or continues the one before it (both scripts).
_BOUND = re.compile(
    r"\s*[(（“]?(但|不过|不過|然而|除外|除非|除.{1,30}(?:外|以外)|例外|否则|否則|反之|前款|前项|前項|上述|该|該|其中|"
    r"如不|若不|不符合|不适用|不適用|不包括|不含|另有|逾期|超过|超過|唯|惟|而且|并且|並且|同时|同時|例如|比如|譬如|因此|所以|此类|此類|这|這|解决办法|解決辦法)"
)
# What opens an exception even where it stands in a paragraph or an item of its own.
_EXCEPTS = re.compile(
    r"\s*[(（“]?(但(?!凡)|不过|不過|然而|唯(?!一)|惟|除外|除非|除[^。；;\n]{1,30}?(?:外|以外)|例外|"
    r"(?:以下|下列|有下列|如下|有以下)[^。；;：:\n]{0,16}(?:除外|例外|不适用|不適用|不在此限|不受此限)|"
    r"[^。，,；;：:\n]{0,10}另有(?:约定|約定|规定|規定|说明|說明)|前[款项項条條](?!之)|上述[^。；;\n]{0,10}(?:除外|不适用|不適用)|"
    r"不适用|不適用|不包括|不含)"
)
_CASE = re.compile(r"\s*(若|如)")
_LEADS = re.compile(r"[：:]\s*$")


def sentences(text: str) -> list[str]:
    """The text cut after each sentence; joined they give the text back. Brackets and quotes stay whole."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() <= start or (match.group()[0] != "\n" and _inside(text, start, match.end())):
            continue
        found.append(text[start : match.end()])
        start = match.end()
    if start < len(text):
        found.append(text[start:])
    return found


def _inside(text: str, start: int, end: int) -> bool:
    """Whether a bracket opened since `start` is still open; one left open for long is taken as a slip."""
    stack: list[tuple[str, int]] = []
    for index in range(start, end):
        character = text[index]
        if character in _OPEN:
            stack.append((_OPEN[character], index))
        elif stack and character == stack[-1][0]:
            stack.pop()
    return bool(stack) and end - stack[0][1] < 120


def excepts(text: str) -> bool:
    """Whether a text opens with an exception to what was said before it."""
    return _EXCEPTS.match(text) is not None


def bound_to_previous(previous: str, sentence: str) -> bool:
    """Whether a sentence must stay with the one before it: it limits it, is its other case, or was announced."""
    if _BOUND.match(sentence) or _LEADS.search(previous) or not sentence.strip() or excepts(sentence):
        return True
    return previous.rstrip().endswith(("；", ";")) and _CASE.match(sentence) is not None


def _limited(previous: str, sentence: str) -> bool:
    """The narrower tie, for groups that have grown too long: only an exception holds on to its rule."""
    return excepts(sentence) or not sentence.strip()


def _groups(text: str, bound: Callable[[str, str], bool]) -> list[str]:
    """Sentences that may stand alone, the others joined to the one before them."""
    grouped: list[str] = []
    for sentence in sentences(text):
        if grouped and bound(grouped[-1], sentence):
            grouped[-1] += sentence
        else:
            grouped.append(sentence)
    return grouped


def _units(text: str, target: int, hard: int) -> Iterator[str]:
    """What may not be cut further: a group of sentences, in a group beyond `hard` a rule with its exceptions, in one
    beyond that the part up to a comma."""
    for group in _groups(text, bound_to_previous):
        for part in _groups(group, _limited) if len(group) > hard else (group,):
            yield from _by_commas(part, target) if len(part) > hard else (part,)


def pieces(text: str, target: int = TARGET, hard: int = HARD) -> list[str]:
    """The text in pieces of about `target` characters; joined they give the text back.

    A group of sentences that belong together may reach `hard`; beyond that it is cut at commas.
    """
    if len(text.strip()) <= target:
        return [text] if text.strip() else []
    units = _units(text, target, hard)
    wanted = max(1, round(len(text) / target))
    even = max(len(text) / wanted, target * 0.6)
    found: list[str] = []
    for unit in units:
        if (found and len(found[-1]) + len(unit) <= target and len(found[-1]) < even * 0.8) or (
            found and len(found[-1]) + len(unit) <= target and len(unit.strip()) < 40
        ):
            found[-1] += unit
        else:
            found.append(unit)
    if len(found) > 1 and len(found[-1].strip()) < 40 and len(found[-2]) + len(found[-1]) <= hard:
        last = found.pop()
        found[-1] += last
    return _no_blanks(found)


def _by_commas(text: str, target: int) -> list[str]:
    """A giant sentence cut at commas, each part below `target`; without any comma it is cut at `target`."""
    parts: list[str] = []
    start, cut = 0, 0
    for match in _COMMA.finditer(text):
        if match.end() - start > target and cut > start:
            parts.append(text[start:cut])
            start = cut
        if not _BOUND.match(text[match.end() : match.end() + 40]):
            cut = match.end()
    parts.append(text[start:])
    return [part[index : index + HARD] for part in parts for index in range(0, max(1, len(part)), HARD)]


def _no_blanks(parts: list[str]) -> list[str]:
    kept: list[str] = []
    for part in parts:
        if kept and not part.strip():
            kept[-1] += part
        else:
            kept.append(part)
    return kept


def last_sentence(text: str, longest: int = 80) -> str:
    """The end of a piece, as context for the next one."""
    found = [sentence for sentence in sentences(text) if sentence.strip()]
    return found[-1].strip()[-longest:] if found else ""
