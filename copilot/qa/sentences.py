"""A conversation in sentences, each with its place in the message as it was sent."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from copilot.domain.qa import Quote
from copilot.domain.ticket import Ticket
from copilot.understand.fold import fold
from copilot.understand.redact import Redactor

_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
_CLAUSE = re.compile(r"[^，,。！？!?；;\s]+")
_SHORTEST = 6
_WORDS = re.compile(r"[0-9a-z一-鿿]")


@dataclass(frozen=True)
class Sentence:
    message: int
    role: Literal["customer", "agent", "system", "bot"]
    start: int
    """Code points into the message, end exclusive."""
    end: int
    source: str
    folded: str

    def quote(self) -> Quote:
        return Quote(message=self.message, start=self.start, end=self.end, text=Redactor().redact(self.source))


def sentences(ticket: Ticket, *roles: str) -> list[Sentence]:
    """The sentences of these roles' messages, in order; what holds no word is left out."""
    found = []
    for index, message in enumerate(ticket.messages):
        if message.role not in roles:
            continue
        for match in _SENTENCE.finditer(message.text):
            source = match.group().strip()
            folded = fold(source).text
            if _WORDS.search(folded):
                start = match.start() + match.group().index(source)
                found.append(Sentence(index, message.role, start, start + len(source), source, folded))
    return found


def clauses_of(sentence: Sentence) -> list[Sentence]:
    """Its clauses, those of a few characters left out: 已收到，退货运费由商家承担 does two things."""
    found = []
    for match in _CLAUSE.finditer(sentence.source):
        if len(match.group()) >= _SHORTEST:
            start = sentence.start + match.start()
            found.append(
                replace(
                    sentence, start=start, end=start + len(match.group()), source=match.group(),
                    folded=fold(match.group()).text,
                )
            )  # fmt: skip
    return found


def quote_of(ticket: Ticket, message: int, start: int, end: int) -> Quote:
    """These words of a message, personal data masked."""
    return Quote(
        message=message, start=start, end=end, text=Redactor().redact(ticket.messages[message].text[start:end])
    )


def pairs(text: str) -> frozenset[str]:
    """Character pairs: what two Chinese sentences share without a model."""
    return frozenset(text[at : at + 2] for at in range(len(text) - 1))


def shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Cosine of two sets of character pairs."""
    return len(one & other) / (len(one) * len(other)) ** 0.5 if one and other else 0.0
