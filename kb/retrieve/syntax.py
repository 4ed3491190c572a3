"""Operators for people who search: `运费 AND 质量 NOT 生鲜`, `"七天无理由"`, `退货*`, `(换货 OR 退货) 运费`, `title:发票`.

A query counts as structured only where it clearly is one; whatever a customer writes stays plain text.

    any  = all ("OR" all)*
    all  = not (["AND"] not)*          side by side means AND
    not  = "NOT" not | leaf
    leaf = "(" any ")" | [field ":"] (quoted | word | word "*")

A word of Chinese stands for its characters in a row, a Latin word or number for itself alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn, cast

from kb.index.lexical import LexicalIndex
from kb.index.terms import AllOf, AnyOf, Field, Node, Not, Term, units
from kb.retrieve.fusion import Ranked

_CLOSING = {'"': '"', "“": "”“", "「": "」", "『": "』"}
_FIELD = re.compile(r"(title|path|tag):")
_OPERATORS = ("AND", "OR", "NOT")
_SENTENCE = re.compile(r"[。!?;,…~]|\.\.\.")
# Pronouns, particles and question words: a quoted word among them is somebody speaking.
_SPOKEN = re.compile(r"[我你您他她它咱俺吗呢吧啊呀么哪谁啥怎]|[的了]$")
_MOST_TERMS = 64
_DEEPEST = 20

Kind = Literal["open", "close", "operator", "word", "quoted"]


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: Kind
    text: str
    field: Field | None = None
    starred: bool = False
    apart: bool = True  # a quoted phrase with a space, a bracket or nothing on both sides


@dataclass(frozen=True, slots=True)
class Structured:
    """A query with conditions. `words` are those that a clause should hold, for ranking.

    `strict`: it has operators, so that nothing found is the answer. Without (only quotes, `*` or a field) it
    may have been an ordinary sentence after all.
    """

    node: Node
    words: str
    strict: bool


class _Problem(Exception):
    """What keeps the query from being read with its operators."""


def parse(query: str, problems: list[str] | None = None) -> Structured | None:
    """The conditions in `query`; None: it is plain text.

    A query that has operators but cannot be read with them is plain text too; then `problems` is told why.
    """
    text = unicodedata.normalize("NFKC", query).strip()
    try:
        return _parsed(text)
    except _Problem as problem:
        if problems is not None:
            problems.append(f"the query was searched as plain text: {problem}")
        return None


def candidates(structured: Structured, lexical: LexicalIndex, weights: Mapping[str, float], limit: int) -> Ranked:
    """The best clauses that satisfy every condition, ranked by the weighted tokens."""
    return lexical.matching(structured.node, weights, limit)


def _parsed(text: str) -> Structured | None:
    lexemes, open_quote = _lexemes(text)
    apart = open_quote is not None and _edge(text, open_quote - 1)
    strict = any(lexeme.kind == "operator" for lexeme in lexemes)
    if _shouted(lexemes) or not (strict or apart or any(map(_signals, lexemes))):
        return None
    bare = [lexeme.text for lexeme in lexemes if lexeme.kind == "word"]
    if not strict and (_spoken(bare) or not all(lexeme.apart for lexeme in lexemes)):
        return None
    if any(_SENTENCE.search(word) for word in bare):
        if strict:
            raise _Problem("operators work between words, not in sentences with punctuation")
        return None
    if open_quote is not None:
        raise _Problem("a quotation mark is not closed")
    parser = _Parser(lexemes)
    return Structured(parser.read(), " ".join(parser.wanted), strict)


def _signals(lexeme: _Lexeme) -> bool:
    return lexeme.kind == "quoted" or lexeme.starred or lexeme.field is not None


def _spoken(words: Sequence[str]) -> bool:
    return any(_SPOKEN.search(word) or _SENTENCE.search(word) for word in words)


def _shouted(lexemes: Sequence[_Lexeme]) -> bool:
    """English in capitals (`PLEASE DO NOT SEND IT`): more words than operators could join."""
    latin = [lexeme.text for lexeme in lexemes if lexeme.kind == "word" and re.search("[A-Za-z]", lexeme.text)]
    joined = sum(lexeme.kind == "operator" for lexeme in lexemes)
    return len(latin) > max(2, joined + 1) and all(word == word.upper() for word in latin)


def _lexemes(text: str) -> tuple[list[_Lexeme], int | None]:
    """The parts of a query, up to a quotation mark that is never closed; where that stands."""
    found: list[_Lexeme] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character.isspace():
            position += 1
        elif character in "()":
            found.append(_Lexeme("open" if character == "(" else "close", character))
            position += 1
        else:
            start = position
            named = _FIELD.match(text, position)
            field = cast(Field, named.group(1)) if named else None
            position = named.end() if named else position
            if position < len(text) and text[position] in _CLOSING:
                end = _closing(text, position)
                if end is None:
                    return found, position
                apart = _edge(text, start - 1) and _edge(text, end + 1)
                found.append(_Lexeme("quoted", text[position + 1 : end], field, apart=apart))
                position = end + 1
            else:
                end = position
                while (
                    end < len(text) and not text[end].isspace() and text[end] not in "()" and text[end] not in _CLOSING
                ):
                    end += 1
                found.append(_word(text[position:end], field))
                position = end
    return found, None


def _edge(text: str, at: int) -> bool:
    """Whether a term ends before (or begins after) this place."""
    return not 0 <= at < len(text) or text[at].isspace() or text[at] in "():"


def _closing(text: str, opening: int) -> int | None:
    marks = _CLOSING[text[opening]]
    return next((at for at in range(opening + 1, len(text)) if text[at] in marks), None)


def _word(text: str, field: Field | None) -> _Lexeme:
    if field is None and text in _OPERATORS:
        return _Lexeme("operator", text)
    stem = text[:-1]
    # One character and a star is a masked name (张*), digits and a star a masked number.
    starred = text.endswith("*") and "*" not in stem and len(stem) > 1 and not stem.isdigit() and stem[-1].isalnum()
    return _Lexeme("word", stem if starred else text, field, starred)


class _Parser:
    """Recursive descent over the lexemes; `wanted` gathers the words outside every NOT."""

    def __init__(self, lexemes: Sequence[_Lexeme]) -> None:
        self._lexemes = lexemes
        self._at = 0
        self._depth = 0
        self._terms = 0
        self._negated = 0
        self.wanted: list[str] = []

    def read(self) -> Node:
        node = self._any()
        if self._at < len(self._lexemes):
            raise _Problem("a bracket is closed that was never opened")
        return node

    def _next(self) -> _Lexeme | None:
        return self._lexemes[self._at] if self._at < len(self._lexemes) else None

    def _takes(self, operator: str) -> bool:
        lexeme = self._next()
        if lexeme is not None and lexeme.kind == "operator" and lexeme.text == operator:
            self._at += 1
            return True
        return False

    def _any(self) -> Node:
        parts = [self._all()]
        while self._takes("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self) -> Node:
        parts = [self._not()]
        while (lexeme := self._next()) is not None and lexeme.kind != "close":
            if lexeme.kind == "operator" and lexeme.text == "OR":
                break
            self._takes("AND")
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _not(self) -> Node:
        if not self._takes("NOT"):
            return self._leaf()
        self._deeper()
        self._negated += 1
        node = Not(self._not())
        self._negated -= 1
        self._depth -= 1
        return node

    def _leaf(self) -> Node:
        lexeme = self._next()
        if lexeme is None or lexeme.kind in ("operator", "close"):
            self._lonely()
        self._at += 1
        if lexeme.kind != "open":
            return self._term(lexeme)
        self._deeper()
        node = self._any()
        closing = self._next()
        if closing is None or closing.kind != "close":
            raise _Problem("a bracket is not closed")
        self._at += 1
        self._depth -= 1
        return node

    def _term(self, lexeme: _Lexeme) -> Term:
        self._terms += 1
        if self._terms > _MOST_TERMS:
            raise _Problem(f"more than {_MOST_TERMS} words")
        found = tuple(units(lexeme.text))
        if not found:
            raise _Problem(f"{lexeme.text!r} has no letter or digit to search for")
        if not self._negated % 2:
            self.wanted.append(lexeme.text)
        return Term(found, lexeme.starred, lexeme.field)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Problem(f"brackets or NOT stand more than {_DEEPEST} deep")

    def _lonely(self) -> NoReturn:
        before = self._lexemes[self._at - 1] if self._at else None
        if before is not None and before.kind == "operator":
            raise _Problem(f"{before.text} has no word after it")
        if before is not None and before.kind == "open":
            raise _Problem("a pair of brackets is empty")
        raise _Problem(f"{self._lexemes[self._at].text} has no word before it" if self._next() else "a word is missing")
