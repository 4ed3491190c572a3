"""The understand stage: redact, find the problem, judge its attributes, name its entities and facts.

With a language model its reading is merged in, see `model`; without one, or where it fails, this stage stands alone.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

import numpy as np

from copilot.domain.base import Model
from copilot.domain.facts import Facts
from copilot.domain.groups import CountCustomers, Group
from copilot.domain.suggestion import Classification, Entities
from copilot.domain.ticket import Ticket
from copilot.llm.port import Usage
from copilot.rulebook.signals import Signals
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.attributes import AttributeJudge, Attributes, Situation
from copilot.understand.combine import Weighted, applying, combine, cue_scores, hearing, shifted, signal_shifts
from copilot.understand.contact import Contact, contact
from copilot.understand.cues import CueFinder, Found, Hit, SignalFinder
from copilot.understand.discrepancies import discrepancies
from copilot.understand.entities import EntityFinder
from copilot.understand.evidence import evidence
from copilot.understand.facts import CategoryOf, EventOf, order_facts, with_words
from copilot.understand.focus import Focus, focus
from copilot.understand.given import given
from copilot.understand.head import Features, Head, Vector
from copilot.understand.merge import Impression, impression
from copilot.understand.model import Heard, ModelReader, ModelReading, joined, raised
from copilot.understand.problems import Problems, Verdict, secondary_issue, split_key
from copilot.understand.redact import Redactor, asked_of
from copilot.understand.utterance import Reading, Utterance

_INJECTION = "risk_flags.prompt_injection"
_RISK_OF = {"quality/safety_hazard": "risk_flags.personal_safety", "quality/spoiled": "risk_flags.food_drug"}
_UNANSWERED = "service/process_failure"
"""What a bare 再不处理我就投诉 complains of."""
_STILL_OPEN = re.compile("？|但|不过|可是|只是|还有|另外|除了|还没|为什么|怎么|什么时候")
"""What turns thanks for one thing into a question for another."""
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
    rules: tuple[str, ...] = ()
    """Shifts and signals that moved the problem, for the trace."""
    usage: Usage | None = None
    """What was used of a language model; None: it was not asked."""
    group: Group | None = None
    """What the counter over stored tickets found; null: it was not asked, or had nothing to count."""
    contact: Contact = Contact()
    confirmed: bool = False
    """In the last message the customer says that the problem is solved, and asks nothing more."""


class Understand:
    def __init__(
        self,
        taxonomy: Taxonomy,
        signals: Signals,
        head: Head | Callable[[], Head | None] | None,
        embed_query: Callable[[str], Vector] | None,
        category_of: CategoryOf | None = None,
        model: ModelReader | None = None,
        carrier_event_of: EventOf | None = None,
    ) -> None:
        """Reads tickets.

        Args:
            head: the trained head, or what loads it at the first ticket: a check of a text alone never needs it.
            category_of: maps a console's word for goods to the rulebook's category; absent: the word itself.
            carrier_event_of: reads a carrier's tracking line; absent: none is known.
        """
        self._taxonomy = taxonomy
        self._signals = signals
        self._cues = CueFinder(taxonomy)
        self._reading = Reading.of(signals)
        self._entities = EntityFinder(signals)
        self._attributes = AttributeJudge(signals)
        self._given_head = head
        self._embed = embed_query
        self._same_model: bool | None = None
        self._model = model
        self._category_of = category_of or (lambda word: word.strip().lower())
        self._carrier_event_of = carrier_event_of

    @cached_property
    def _head(self) -> Head | None:
        """A head that was trained on other subtypes would answer for ids that are gone: then none."""
        head = self._given_head() if callable(self._given_head) else self._given_head
        return head if head is not None and sorted(head.subtypes) == sorted(self._cues.keys) else None

    @cached_property
    def _keys(self) -> list[str]:
        return self._head.subtypes if self._head else self._cues.keys

    @cached_property
    def _problems(self) -> Problems:
        return Problems(self._keys, self._signals, self._head)

    @cached_property
    def _signal_finder(self) -> SignalFinder:
        # A quarter of a second to compile; a check of a text without conversation never needs it.
        return SignalFinder(self._signals)

    def warm(self) -> None:
        """Compiles and loads what the first ticket would otherwise wait for."""
        _ = self._signal_finder, self._problems
        if self._embed is not None:
            self._embed("预热")

    def facts(self, ticket: Ticket, now: datetime) -> Facts:
        """The facts of the ticket's fields alone."""
        return order_facts(ticket, now, self._category_of, self._carrier_event_of)

    def run(
        self, ticket: Ticket, now: datetime, vector: Vector | None = None, count: CountCustomers | None = None, *,
        offline: bool = False,
    ) -> Understanding:  # fmt: skip
        """Understands one ticket.

        Args:
            vector: the query's embedding where the caller has it already.
            count: counts stored tickets with the same problem; absent: other tickets say nothing of this one.
            offline: without the model, also where there is one.
        """
        redactor = Redactor()
        everything = self._utterances(ticket)
        redacted = tuple(redactor.redact(utterance.source, utterance.private) for utterance in everything)
        utterances = [each for each in everything if ticket.messages[each.message].role == "customer"]
        facts = self.facts(ticket, now)
        found = self._signal_finder.find(utterances)
        seen = focus(ticket, utterances, redacted, found)
        if vector is None and self._embed is not None:
            vector = np.asarray(self._embed(seen.query), dtype=np.float32)
        usable = self._usable(vector)
        features = self._head.features(seen.texts) if self._head else None
        heard = None if offline else self._heard(ticket, redacted, seen)
        reading = heard.reading if heard else None
        verdict, hits, rules = self._verdict(utterances, seen, facts, found, features, usable, reading)
        if reading is not None:
            reading = reading.within(verdict.key.partition("/")[0])
            verdict = verdict.with_others(reading.others)
        entities = self._entities.find(ticket, utterances, now)
        entities = entities.model_copy(update={"discrepancies": discrepancies(ticket, utterances, entities, now)})
        shown = joined(self._impression(verdict, utterances, seen, features, found, usable), reading)
        group = count(ticket, verdict.key, now) if count is not None else None
        attributes = self._attributes.judge(
            Situation(
                ticket=ticket, facts=facts, verdict=verdict, found=found, entities=entities, impression=shown,
                text="\n".join(utterance.text for utterance in utterances), group=group,
            )
        )  # fmt: skip
        classification = self._classification(verdict, attributes, utterances, hits, found, seen)
        return Understanding(
            classification=classification, entities=entities, redacted_messages=redacted, redactions=redactor.count,
            facts=with_words(facts, classification, shown, attributes.contacts), query=seen.query,
            given=given(utterances, found, entities, redactor), vector=vector, rules=rules,
            usage=heard.usage if heard else None, group=group, contact=contact(utterances),
            confirmed=_confirmed(ticket, utterances[-1], found),
        )  # fmt: skip

    def _utterances(self, ticket: Ticket) -> list[Utterance]:
        """Every message as it is read; the answer to a question for personal data is known as such."""
        return [
            Utterance.of(index, message.text, self._reading, asked_of(ticket.messages, index))
            for index, message in enumerate(ticket.messages)
        ]

    def _heard(self, ticket: Ticket, redacted: Sequence[str], seen: Focus) -> Heard | None:
        """The model's reading; it is not asked where nothing was said (你好，在吗)."""
        if self._model is None or seen.blank:
            return None
        titles = [item.title for item in ticket.items() if item.title]
        return self._model.read(ticket, redacted, [Redactor().redact(title) for title in titles])

    def _verdict(
        self,
        utterances: Sequence[Utterance],
        seen: Focus,
        facts: Facts,
        found: Mapping[str, Found],
        features: Features | None,
        vector: Vector | None,
        reading: ModelReading | None,
    ) -> tuple[Verdict, dict[str, list[Hit]], tuple[str, ...]]:
        asks = any(mark in seen.speaking.text for mark in "？呢")
        if seen.blank and not (facts.order_status and asks):
            return self._blank(seen, found), {}, ()
        weighted, hits = self._weighted_cues(utterances, seen)
        cues = cue_scores(self._keys, weighted)
        head = None
        if self._head is not None and features is not None:
            head = self._head.subtype_probabilities(features, vector)
        heeded = hearing(self._signals.heard, found)
        heard = signal_shifts(self._keys, heeded)
        if seen.threat_only:
            heard[self._keys.index(_UNANSWERED)] += 3.0
        shifts = applying(self._signals.shifts, facts, "".join(text for text, _ in seen.texts))
        shares = shifted(self._keys, combine(self._keys, head, cues, heard), shifts)
        rules = (*(f"heard:{rule.signal}" for rule in heeded), *(f"shift:{rule.id}" for rule in shifts))
        return self._problems.judge(raised(self._keys, shares, reading), seen, hits), hits, rules

    @staticmethod
    def _blank(seen: Focus, found: Mapping[str, Found]) -> Verdict:
        greets = any(mark in seen.speaking.text for mark in _GREETING) and _INJECTION not in found
        return Verdict("other/greeting", 0.9, (), ()) if greets else Verdict("other/unclear", 0.4, (), ())

    def _weighted_cues(
        self, utterances: Sequence[Utterance], seen: Focus
    ) -> tuple[list[Weighted], dict[str, list[Hit]]]:
        """Cues of each message with the message's weight in the focus."""
        weighted: list[Weighted] = []
        hits: dict[str, list[Hit]] = defaultdict(list)
        for utterance in utterances:
            found = {
                key: [hit for hit in entries if not self._taken_back(key, hit, utterance, seen)]
                for key, entries in self._cues.find(utterance).items()
            }
            weighted.append(Weighted(found, seen.weights.get(utterance.message, 0.1)))
            for key, entries in found.items():
                hits[key].extend(entries)
        return weighted, {key: entries for key, entries in hits.items() if entries}

    def _taken_back(self, key: str, hit: Hit, utterance: Utterance, seen: Focus) -> bool:
        """A cue inside a threat, or one that the matching risk's own exceptions excuse (插座防漏电吗)."""
        if seen.is_aside(hit.message, hit.start):
            return True
        risk = _RISK_OF.get(key)
        return risk is not None and self._signal_finder.excused(risk, utterance, hit.start, hit.end)

    def _impression(
        self, verdict: Verdict, utterances: Sequence[Utterance], seen: Focus, features: Features | None,
        found: Mapping[str, Found], vector: Vector | None,
    ) -> Impression:  # fmt: skip
        """What the words show; a risk that the head alone sees does not stand against an exception of the rulebook."""
        head = None if seen.blank else self._head
        usual = self._signals.default_demands.get(verdict.key, ())
        shown = impression(head, features, vector, found, usual)
        excused = {risk for risk in shown.doubtful if self._signal_finder.excuses(f"risk_flags.{risk}", utterances)}
        return replace(shown, risks=shown.risks - excused)

    def _usable(self, vector: Vector | None) -> Vector | None:
        """The vector where it comes from the model that the head was trained with."""
        if vector is None or self._head is None or vector.shape != (self._head.dimensions,):
            return None
        if self._same_model is None:
            self._same_model = self._embed is None or self._head.knows(self._embed)
        return vector if self._same_model else None

    def _classification(
        self, verdict: Verdict, attributes: Attributes, utterances: Sequence[Utterance],
        hits: Mapping[str, Sequence[Hit]], found: Mapping[str, Found], seen: Focus,
    ) -> Classification:  # fmt: skip
        issue_type, subtype = split_key(verdict.key)
        return Classification(
            issue_type=issue_type, issue_subtype=subtype, confidence=round(verdict.confidence, 4),
            secondary_issues=tuple(secondary_issue(key) for key in verdict.secondary),
            alternatives=verdict.alternatives, demands=attributes.demands, emotion=attributes.emotion,
            high_emotion=attributes.high_emotion, risk_flags=attributes.risk_flags,
            complaint_level=attributes.complaint_level, priority=attributes.priority,
            evidence=evidence(
                {u.message: u for u in utterances}, self._taxonomy.label(issue_type, subtype),
                hits.get(verdict.key, ()), found, attributes.risk_flags, self._signals,
                seen.speaking,
            ),
        )  # fmt: skip


def _confirmed(ticket: Ticket, last: Utterance, found: Mapping[str, Found]) -> bool:
    """Somebody answered before, and what the customer says last closes the matter."""
    answered = any(message.role in ("agent", "bot") for message in ticket.messages[: last.message])
    mark = found.get("marks.confirmed")
    said = mark is not None and any(hit.message == last.message for hit in mark.hits)
    return answered and said and not _STILL_OPEN.search(last.text)
