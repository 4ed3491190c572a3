"""The understand stage: redact, find the problem, judge its attributes, name its entities and facts."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from copilot.domain.base import Model
from copilot.domain.facts import Facts
from copilot.domain.suggestion import Classification, Entities
from copilot.domain.ticket import Ticket
from copilot.rulebook.signals import Signals
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.attributes import AttributeJudge, Attributes, Situation
from copilot.understand.combine import Distribution, Weighted, combine, cue_scores, fact_shifts
from copilot.understand.cues import CueFinder, Found, Hit, SignalFinder
from copilot.understand.entities import EntityFinder
from copilot.understand.evidence import evidence
from copilot.understand.facts import CategoryOf, order_facts, with_words
from copilot.understand.focus import Focus, focus
from copilot.understand.given import given
from copilot.understand.head import Head, Vector
from copilot.understand.problems import Problems, Verdict, secondary_issue, split_key
from copilot.understand.redact import Redactor
from copilot.understand.utterance import Reading, Utterance

_GREETING = ("好", "在", "hi", "hello", "哈喽", "嗨", "谢", "喂", "亲", "收到", "辛苦")


class Understanding(Model, arbitrary_types_allowed=True):
    """What the stage hands on."""

    classification: Classification
    entities: Entities
    redacted_messages: tuple[str, ...]
    redactions: int
    """How many pieces of personal data were replaced."""
    facts: Facts
    query: str
    """The problem in the customer's words, redacted, for retrieval and embedding."""
    given: frozenset[str]
    """Fields of missing_information that the conversation already answers."""
    vector: Vector | None = None
    """Embedding of `query`, for the other stages to share."""


class Understand:
    def __init__(
        self,
        taxonomy: Taxonomy,
        signals: Signals,
        head: Head | None,
        embed_query: Callable[[str], Vector] | None,
        category_of: CategoryOf | None = None,
    ) -> None:
        """`category_of` maps a console's word for goods to the rulebook's category; absent: the word itself."""
        self._taxonomy = taxonomy
        self._signals = signals
        self._cues = CueFinder(taxonomy)
        self._signal_finder = SignalFinder(signals)
        self._reading = Reading.of(signals)
        self._entities = EntityFinder(signals)
        self._attributes = AttributeJudge(signals)
        # A head that was trained on other subtypes answers for ids that are gone.
        fits = head is not None and sorted(head.subtypes) == sorted(self._cues.keys)
        self._head = head if fits else None
        self._keys = self._head.subtypes if self._head else self._cues.keys
        self._problems = Problems(self._keys, signals, self._head)
        self._embed = embed_query
        self._same_model: bool | None = None
        self._category_of = category_of or (lambda word: word.strip().lower())

    def facts(self, ticket: Ticket, now: datetime) -> Facts:
        """The facts of the ticket's fields alone."""
        return order_facts(ticket, now, self._category_of)

    def run(self, ticket: Ticket, now: datetime, vector: Vector | None = None) -> Understanding:
        """Understands one ticket. `vector` is the query's embedding where the caller has it already."""
        redactor = Redactor()
        redacted = tuple(redactor.redact(message.text) for message in ticket.messages)
        utterances = [
            Utterance.of(index, message.text, self._reading)
            for index, message in enumerate(ticket.messages)
            if message.role == "customer"
        ]
        facts = self.facts(ticket, now)
        seen = focus(ticket, utterances, redacted)
        if vector is None and self._embed is not None:
            vector = np.asarray(self._embed(seen.query), dtype=np.float32)
        found = self._signal_finder.find(utterances)
        verdict, hits = self._verdict(utterances, seen, facts, vector)
        entities = self._entities.find(ticket, utterances, now)
        attributes = self._attributes.judge(
            self._situation(ticket, facts, verdict, found, entities, utterances, seen, vector)
        )
        classification = self._classification(verdict, attributes, utterances, hits, found, seen)
        return Understanding(
            classification=classification, entities=entities, redacted_messages=redacted, redactions=redactor.count,
            facts=with_words(facts, classification, found, attributes.contacts), query=seen.query,
            given=given(utterances, found, entities, redactor), vector=vector,
        )  # fmt: skip

    def _verdict(
        self, utterances: Sequence[Utterance], seen: Focus, facts: Facts, vector: Vector | None
    ) -> tuple[Verdict, dict[str, list[Hit]]]:
        if seen.blank and not (facts.order_status and any(mark in seen.last for mark in "？?呢")):
            return self._blank(seen), {}
        weighted, hits = self._weighted_cues(utterances, seen)
        cues = cue_scores(self._keys, weighted)
        head = self._head_distribution(seen, vector)
        before = combine(self._keys, head, cues, np.zeros(len(self._keys)))
        shifts = fact_shifts(self._keys, before, self._signals.shifts, facts)
        whole = combine(self._keys, head, cues, shifts)
        speaking = next((u for u in reversed(utterances) if u.live_text() and u.text in seen.last), utterances[-1])
        return self._problems.judge(whole, speaking, hits), hits

    @staticmethod
    def _blank(seen: Focus) -> Verdict:
        greets = any(mark in seen.last for mark in _GREETING)
        return Verdict("other/greeting", 0.9, (), ()) if greets else Verdict("other/unclear", 0.4, (), ())

    def _weighted_cues(
        self, utterances: Sequence[Utterance], seen: Focus
    ) -> tuple[list[Weighted], dict[str, list[Hit]]]:
        """Cues of each message with the message's weight in the focus."""
        weights = dict(seen.texts)
        weighted, hits = [], defaultdict(list)
        for utterance in utterances:
            weight = next((w for text, w in weights.items() if text and text in utterance.text or utterance.live_text() == text), 0.1)
            found = self._cues.find(utterance)
            weighted.append(Weighted(found, weight))
            for key, entries in found.items():
                hits[key].extend(entries)
        return weighted, dict(hits)

    def _head_distribution(self, seen: Focus, vector: Vector | None) -> Distribution | None:
        if self._head is None:
            return None
        return self._head.subtype_probabilities(self._head.features(seen.texts), self._usable(vector))

    def _usable(self, vector: Vector | None) -> Vector | None:
        """The vector where it comes from the model that the head was trained with."""
        if vector is None or self._head is None or vector.shape != (self._head.dimensions,):
            return None
        if self._same_model is None:
            self._same_model = self._embed is None or self._head.knows(self._embed)
        return vector if self._same_model else None

    def _situation(
        self, ticket: Ticket, facts: Facts, verdict: Verdict, found: Mapping[str, Found], entities: Entities,
        utterances: Sequence[Utterance], seen: Focus, vector: Vector | None,
    ) -> Situation:  # fmt: skip
        risks: dict[str, float] = {}
        thresholds: dict[str, float] = {}
        if self._head is not None and not seen.blank:
            usable = self._usable(vector)
            thresholds = self._head.risk_thresholds[usable is not None]
            risks = self._head.risk_probabilities(self._head.features(seen.texts), usable)
        return Situation(
            ticket=ticket, facts=facts, key=verdict.key, secondary=verdict.secondary, found=found, risks=risks,
            risk_thresholds=thresholds, entities=entities, text="\n".join(u.live_text() for u in utterances),
        )  # fmt: skip

    def _classification(
        self, verdict: Verdict, attributes: Attributes, utterances: Sequence[Utterance],
        hits: Mapping[str, Sequence[Hit]], found: Mapping[str, Found], seen: Focus,
    ) -> Classification:  # fmt: skip
        issue_type, subtype = split_key(verdict.key)
        speaking = next((u for u in reversed(utterances) if seen.last in (u.text, u.live_text())), utterances[-1])
        return Classification(
            issue_type=issue_type, issue_subtype=subtype, confidence=round(verdict.confidence, 4),
            secondary_issues=tuple(secondary_issue(key) for key in verdict.secondary),
            alternatives=verdict.alternatives, demands=attributes.demands, emotion=attributes.emotion,
            high_emotion=attributes.high_emotion, risk_flags=attributes.risk_flags,
            complaint_level=attributes.complaint_level, priority=attributes.priority,
            evidence=evidence(
                {u.message: u for u in utterances}, self._taxonomy.label(issue_type, subtype),
                hits.get(verdict.key, ()), found, attributes.risk_flags, self._signals,
                (speaking.message, speaking.text),
            ),
        )  # fmt: skip
