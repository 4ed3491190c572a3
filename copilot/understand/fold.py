"""Folds text for matching: width, case, script and spaces, with a map back to the text as it was sent."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_INVISIBLE = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\ufe0e\ufe0f")
_LATIN = re.compile(r"[0-9a-z]")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` for matching; `offsets[i]` is the code point of the source that character i came from."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the source of the folded span [start, end), end exclusive."""
        return self.offsets[start], self.offsets[end - 1] + 1


@cache
def simplified() -> dict[int, str]:
    """Traditional → simplified, one character for one, from the OpenCC table."""
    table: dict[int, str] = {}
    text = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        traditional, _, targets = line.partition("\t")
        target = targets.split(" ")[0]
        if len(traditional) == 1 and len(target) == 1:
            table[ord(traditional)] = target
    # 係 and 喺 are everyday Cantonese on the shops' chats; OpenCC keeps them.
    table.update({ord("係"): "是", ord("喺"): "在", ord("冇"): "没", ord("唔"): "不", ord("嘅"): "的", ord("咗"): "了"})
    return table


def fold(text: str) -> Folded:
    """Full-width → half-width, lower case, simplified; spaces stay only between Latin letters or digits."""
    characters: list[str] = []
    offsets: list[int] = []
    table = simplified()
    space_at: int | None = None
    for index, raw in enumerate(text):
        if raw in _INVISIBLE:
            continue
        for character in raw if "一" <= raw <= "鿿" else unicodedata.normalize("NFKC", raw).lower():
            if character in " \t\u3000\r":
                space_at = index
                continue
            character = table.get(ord(character), character)
            if space_at is not None:
                if characters and _LATIN.match(characters[-1]) and _LATIN.match(character):
                    characters.append(" ")
                    offsets.append(space_at)
                space_at = None
            characters.append(_PUNCTUATION.get(character, character))
            offsets.append(index)
    return Folded("".join(characters), tuple(offsets))


# NFKC turns ，！？：；（） into their ASCII twins; one form each keeps the patterns short.
_PUNCTUATION = {",": "，", "!": "！", "?": "？", ";": "；", ":": "：", "(": "（", ")": "）", "｡": "。"}

_SENTENCE_END = re.compile(r"[。！？；\n~～…]+|\.{2,}")
_CLAUSE_END = re.compile(r"[，。！？；\n~～…、]+|\.{2,}")


def clauses(text: str) -> list[tuple[int, int]]:
    """Spans of the clauses of a folded text: what stands between commas or sentence ends."""
    return _split(text, _CLAUSE_END)


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a folded text."""
    return _split(text, _SENTENCE_END)


def _split(text: str, boundary: re.Pattern[str]) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in boundary.finditer(text):
        # A question mark belongs to its clause: 不是质量问题吗？ is read differently from 不是质量问题。
        end = match.end() if "？" in match.group() else match.start()
        if end > start:
            spans.append((start, end))
        start = match.end()
    if start < len(text):
        spans.append((start, len(text)))
    return spans
