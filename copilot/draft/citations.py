"""Numbers the clauses of one suggestion: c1, c2 … in the order in which they are first cited."""

import re

from copilot.domain.suggestion import Citation
from copilot.draft.composer import Cited, Sentence
from kb.models import Clause, SearchHit

Citable = Clause | SearchHit
MARK = re.compile(r"\[\d+\]")
"""A citation mark in a text."""


class CitationBook:
    def __init__(self) -> None:
        self._numbers: dict[Cited, Citation] = {}
        self._clauses: dict[Cited, Citable] = {}

    def know(self, clause: Citable) -> None:
        """Makes a clause citable."""
        self._clauses[Cited(clause_id=clause.clause_id, version=clause.version)] = clause

    def cite(self, cited: Cited) -> Citation:
        """The citation of a known clause, numbered at its first use."""
        if cited not in self._numbers:
            clause, number = self._clauses[cited], len(self._numbers) + 1
            self._numbers[cited] = Citation(
                id=f"c{number}", marker=f"[{number}]", clause_id=clause.clause_id, document_id=clause.document_id,
                document=clause.document, version=clause.version, section_path=clause.section_path,
                quote=clause.text, sha256=clause.sha256,
                valid_from=clause.valid_from.isoformat() if clause.valid_from else None,
                valid_to=clause.valid_to.isoformat() if clause.valid_to else None,
            )  # fmt: skip
        return self._numbers[cited]

    def copy(self) -> "CitationBook":
        """A book to try a sentence in; this one stays as it is."""
        other = CitationBook()
        other._numbers, other._clauses = dict(self._numbers), dict(self._clauses)
        return other

    def cite_clause(self, clause: Citable) -> str:
        """The citation id of a clause."""
        self.know(clause)
        return self.cite(Cited(clause_id=clause.clause_id, version=clause.version)).id

    def all(self) -> tuple[Citation, ...]:
        return tuple(self._numbers.values())


def render(sentences: tuple[Sentence, ...], book: CitationBook) -> tuple[str, str, tuple[str, ...]]:
    """(text with marks, text without, citation ids); each block of the reply is a paragraph."""
    marked: dict[int, str] = {}
    plain: dict[int, str] = {}
    used: dict[str, None] = {}
    for sentence in sentences:
        citations = [book.cite(cited) for cited in sentence.cites]
        used.update(dict.fromkeys(citation.id for citation in citations))
        marks = "".join(citation.marker for citation in citations)
        marked[sentence.block] = marked.get(sentence.block, "") + _with_marks(sentence.text, marks)
        plain[sentence.block] = plain.get(sentence.block, "") + sentence.text
    return _paragraphs(marked), _paragraphs(plain), tuple(used)


def _with_marks(text: str, marks: str) -> str:
    """Marks stand before the closing punctuation, so that they belong to their sentence."""
    if marks and text[-1:] in "。！？；":
        return text[:-1] + marks + text[-1]
    return text + marks


def _paragraphs(blocks: dict[int, str]) -> str:
    return "\n".join(blocks[number] for number in sorted(blocks))
