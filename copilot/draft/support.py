"""Does a clause say what a sentence says? Every figure of the sentence has to stand in the clause."""

import re

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_FIGURE = re.compile(r"\d+(?:\.\d+)?%?|[零〇一二两三四五六七八九十百千万]+(?=[个日天周月年次倍件成%小元块时]|分钟)")
_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]?")
_NOT_FIGURES = frozenset({"一", "千万", "万一"})
"""一次, 一件 read as "a" at least as often as "one"; the words for emphasis are no numbers."""


def figures(text: str) -> frozenset[str]:
    """The numbers of a text, Arabic and Chinese alike: 七日 and 7天 give the same figure."""
    found = set()
    for match in _FIGURE.finditer(text):
        word = match[0]
        if word in _NOT_FIGURES:
            continue
        found.add(word if word[0].isdigit() else str(_value(word)))
    return frozenset(found)


def _value(word: str) -> int:
    total = section = digit = 0
    for character in word:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character == "万":
            total, section, digit = (total + section + digit or 1) * 10_000, 0, 0
        else:
            section, digit = section + (digit or 1) * _UNITS[character], 0
    return total + section + digit


def supported(sentence: str, clauses: tuple[str, ...]) -> bool:
    """True when each figure of the sentence stands in one of the clauses."""
    held = frozenset[str]().union(*(figures(clause) for clause in clauses))
    return figures(sentence) <= held


def nearest_sentences(clause: str, wanted: str, limit: int) -> str:
    """The run of whole sentences of the clause, at most `limit` characters, that shares most with `wanted`.

    A clause that fits is given whole, so that no condition is cut from its exception.
    """
    if len(clause) <= limit:
        return clause.strip()
    sentences: list[str] = [part for part in _SENTENCE.findall(clause) if part.strip()]
    grams = {wanted[i : i + 2] for i in range(len(wanted) - 1)}

    def shared(text: str) -> int:
        return sum(gram in text for gram in grams)

    best = max(range(len(sentences)), key=lambda i: shared(sentences[i]))
    chosen, nxt = sentences[best], best + 1
    # The sentence after a rule often holds its exception: 但…, 除外.
    while nxt < len(sentences) and len(chosen) + len(sentences[nxt]) <= limit:
        chosen += sentences[nxt]
        nxt += 1
    return chosen.strip()
