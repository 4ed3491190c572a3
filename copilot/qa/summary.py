"""A long conversation in a few of its own sentences: what is wanted, what was promised, what is open.

Extractive and deterministic: sentences are chosen by maximal marginal relevance (Carbonell and Goldstein, 1998) to the
problem, over embeddings where a model is at hand and over character pairs otherwise; demands, promises and the last
word are never left out for a nicer sentence.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from copilot.domain.compliance import Commitment
from copilot.domain.qa import Kind, Promised, Quote, Summary, SummarySentence
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Demand
from copilot.pipeline import Pipeline
from copilot.qa.moment import as_of
from copilot.qa.sentences import Sentence, pairs, sentences, shared
from copilot.qa.turns import Turns
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.fold import fold
from copilot.understand.head import Vector
from copilot.understand.redact import Redactor
from copilot.understand.step import Understanding

_RELEVANCE = 0.7
"""λ of the marginal relevance: how much being about the problem counts against saying something new."""
_MOST_EMBEDDED = 40
"""Sentences that a model looks at; character pairs choose them first."""
_SHORTEST = 4


class Summariser:
    """Thread-safe: one serves all requests."""

    def __init__(self, pipeline: Pipeline, taxonomy: Taxonomy, embed: Callable[[str], Vector] | None) -> None:
        self._pipeline = pipeline
        self._taxonomy = taxonomy
        self._embed = embed

    def summarise(self, ticket: Ticket, most: int, clock: datetime) -> Summary:
        """At most `most` sentences in the order of the conversation; all of them where there are no more."""
        turns = Turns(self._pipeline, ticket, clock)
        understood, problems = turns.understood, turns.problems()
        promises = [
            (index, row)
            for index, message in enumerate(ticket.messages)
            if message.role == "agent"
            for row in self._pipeline.judge(message.text, as_of(ticket, index), clock).commitments
            if row.start is not None and row.end is not None
        ]
        said = [each for each in sentences(ticket, "customer", "agent", "bot") if each.role != "bot" or _is_long(each)]
        kinds = _kinds(ticket, said, turns, promises)
        whole = len(said) <= most
        chosen = said if whole else self._chosen(said, kinds, [each.query for each in problems], most)
        redactor = Redactor()
        return Summary(
            id=ticket.id, whole=whole, issue="；".join(self._label(each) for each in problems),
            demands=_demands(problems),
            emotion=understood.classification.emotion,
            sentences=tuple(_shown(each, kinds[each], redactor) for each in chosen),
            promises=tuple(_promised(ticket, index, row, redactor) for index, row in promises[-most:]),
            open=() if understood.confirmed else tuple(entry.field for entry in turns.decision.missing),
            resolved=understood.confirmed, redactions=redactor.count,
        )  # fmt: skip

    def _label(self, understood: Understanding) -> str:
        kind = understood.classification
        names = (self._taxonomy.label(kind.issue_type), self._taxonomy.label(kind.issue_type, kind.issue_subtype))
        return "·".join(names)

    def _chosen(
        self, said: Sequence[Sentence], kinds: Mapping[Sentence, Kind], queries: Sequence[str], most: int
    ) -> list[Sentence]:
        wanted = [pairs(fold(query).text) for query in queries]
        # Personal data reaches no model, and two numbers of one kind are no difference worth a sentence.
        texts = {each: fold(Redactor().redact(each.source)).text for each in said}
        near = {
            each: max(shared(pairs(text), query) for query in wanted) + _BONUS[kinds[each]]
            for each, text in texts.items()
        }  # fmt: skip
        pool = sorted(said, key=lambda each: (-near[each], each.message, each.start))[:_MOST_EMBEDDED]
        similar, relevance = self._measured(pool, texts, queries, near)
        kept = _must(pool, kinds, most)
        while len(kept) < min(most, len(pool)):
            left = [place for place in range(len(pool)) if place not in kept]
            kept.append(
                max(
                    left,
                    key=lambda place: (
                        _RELEVANCE * relevance[place]
                        - (1 - _RELEVANCE) * max((similar[place, other] for other in kept), default=0.0),
                        -place,
                    ),
                )
            )
        return sorted((pool[place] for place in kept), key=lambda each: (each.message, each.start))

    def _measured(
        self, pool: Sequence[Sentence], texts: Mapping[Sentence, str], queries: Sequence[str],
        near: Mapping[Sentence, float],
    ) -> tuple[np.ndarray, list[float]]:  # fmt: skip
        """How alike the sentences are, and how much each is about the problem."""
        if self._embed is None:
            parts = [pairs(texts[each]) for each in pool]
            return np.array([[shared(one, other) for other in parts] for one in parts]), [near[each] for each in pool]
        vectors = np.stack([np.asarray(self._embed(texts[each])) for each in pool])
        about = np.max([vectors @ np.asarray(self._embed(query)) for query in queries], axis=0)
        # Cosines of one model lie in a narrow band: spread over the pool, they weigh as much as the bonus.
        spread = (about - about.min()) / max(float(np.ptp(about)), 1e-6)
        return vectors @ vectors.T, [
            float(value) + near[each] for value, each in zip(spread, pool, strict=True)
        ]  # fmt: skip


_BONUS: Mapping[Kind, float] = {"demand": 0.5, "promise": 0.5, "open": 0.4, "fact": 0.0}


def _kinds(
    ticket: Ticket, said: Sequence[Sentence], turns: Turns, promises: Sequence[tuple[int, Commitment]]
) -> dict[Sentence, Kind]:
    """What each sentence is: evidence of the problem, a promise, a last word that nobody answered, or a fact."""
    last = max((each.message for each in said), default=-1)
    unanswered = last >= 0 and ticket.messages[last].role == "customer" and not turns.understood.confirmed
    shown = [
        (each.message, each.start, each.end) for problem in turns.problems() for each in problem.classification.evidence
    ]
    made = [(index, row.start or 0, row.end or 0) for index, row in promises]

    def kind(each: Sentence) -> Kind:
        if any(_within(each, place) for place in made):
            return "promise"
        if unanswered and each.message == last and _is_long(each):
            return "open"
        return "demand" if _is_long(each) and any(_within(each, place) for place in shown) else "fact"

    return {each: kind(each) for each in said}


def _must(pool: Sequence[Sentence], kinds: Mapping[Sentence, Kind], most: int) -> list[int]:
    """What no summary may lack: how the problem was first put, the last word that waits for an answer, the last
    promise."""

    def places(kind: Kind) -> list[int]:
        found = [place for place, each in enumerate(pool) if kinds[each] == kind]
        return sorted(found, key=lambda place: (pool[place].message, pool[place].start))

    kept = [*places("demand")[:1], *places("open")[-1:], *places("promise")[-1:]]
    return kept[:most]


def _demands(problems: Sequence[Understanding]) -> tuple[Demand, ...]:
    """Whatever was demanded at any time, in the order of the contract."""
    wanted = {demand for each in problems for demand in each.classification.demands}
    return tuple(demand for demand in Demand if demand in wanted)


def _within(each: Sentence, place: tuple[int, int, int]) -> bool:
    message, start, end = place
    return each.message == message and each.start < end and start < each.end


def _is_long(each: Sentence) -> bool:
    return len(each.folded) >= _SHORTEST


def _shown(each: Sentence, kind: Kind, redactor: Redactor) -> SummarySentence:
    return SummarySentence(
        message=each.message, start=each.start, end=each.end, text=redactor.redact(each.source), role=each.role,
        kind=kind,
    )  # fmt: skip


def _promised(ticket: Ticket, index: int, row: Commitment, redactor: Redactor) -> Promised:
    start, end = row.start or 0, row.end or 0
    text = redactor.redact(ticket.messages[index].text[start:end])
    return Promised(by="agent", commitment=row, quote=Quote(message=index, start=start, end=end, text=text))
