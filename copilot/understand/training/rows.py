"""What the head is trained on: the rulebook's examples, cues, signals and labelled messages, read as tickets are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from copilot.domain.ticket import Message, Ticket
from copilot.domain.vocabulary import Demand, RiskFlag
from copilot.rulebook.messages import LabelledMessage
from copilot.rulebook.signals import Signals
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.cues import Found, SignalFinder
from copilot.understand.focus import focus
from copilot.understand.merge import BEYOND
from copilot.understand.redact import Redactor
from copilot.understand.utterance import Reading, Utterance

CUE_WEIGHT = 0.4
"""A cue is a short example of its subtype; it teaches less than a sentence."""
WEAK_RISKS = {"quality/safety_hazard": RiskFlag.PERSONAL_SAFETY}
RISKS = tuple(flag for flag in RiskFlag if flag is not RiskFlag.HIGH_VALUE)
"""high_value rests on amounts, not on words."""


@dataclass(frozen=True)
class Labels:
    """What is known of a row; a name that is absent from a mapping is not known there."""

    issue: str | None = None
    weight: float = 1.0
    """Of the row where subtypes are learned."""
    emotion: str | None = None
    demands: Mapping[str, bool] = field(default_factory=dict)
    risks: Mapping[str, bool] = field(default_factory=dict)
    marks: Mapping[str, bool] = field(default_factory=dict)

    def each(self, task: str) -> Mapping[str, bool]:
        return {"demand": self.demands, "risk": self.risks, "mark": self.marks}[task]


@dataclass(frozen=True)
class Row:
    """One conversation as the head sees it at run time, with its labels."""

    texts: tuple[tuple[str, float], ...]
    query: str
    found: Mapping[str, Found]
    labels: Labels


class RowReader:
    """Reads conversations as the understand stage does."""

    def __init__(self, signals: Signals) -> None:
        self._finder = SignalFinder(signals)
        self._reading = Reading.of(signals)

    def read(self, ticket: Ticket, labels: Labels) -> Row:
        redactor = Redactor()
        everything = [Utterance.of(index, message.text, self._reading) for index, message in enumerate(ticket.messages)]
        redacted = tuple(redactor.redact(utterance.source, utterance.private) for utterance in everything)
        spoken = [each for each in everything if ticket.messages[each.message].role == "customer"]
        found = self._finder.find(spoken)
        seen = focus(ticket, spoken, redacted, found)
        return Row(seen.texts, seen.query, found, labels)


def rows(taxonomy: Taxonomy, signals: Signals, messages: Iterable[LabelledMessage], marks: Sequence[str]) -> list[Row]:
    """Every row: messages with all labels, examples with what their place in the rulebook says of them."""
    reader = RowReader(signals)
    found = [reader.read(message.ticket(), labels_of(message, marks)) for message in messages]
    found += [reader.read(_said(text), Labels(issue=key, weight=weight)) for text, key, weight in _cues(taxonomy)]
    known = _risk_examples(signals)
    for text, issue_type, subtype in taxonomy.examples():
        row = reader.read(_said(text), Labels())
        key = f"{issue_type}/{subtype}"
        found.append(Row(row.texts, row.query, row.found, Labels(issue=key, risks=_calm(row.found, key))))
    for text, own in known.items():
        row = reader.read(_said(text), Labels())
        found.append(Row(row.texts, row.query, row.found, Labels(risks=_spread(own, row.found))))
    return found


def labels_of(message: LabelledMessage, marks: Sequence[str]) -> Labels:
    """What is known of a message; `marks` are the names that may be learned."""
    shown: dict[str, bool] = {"complaint": message.complaint}
    if message.repeated is not None:
        shown["repeated_contact"] = message.repeated
    if message.escalate is not None:
        shown[BEYOND] = message.escalate
    if message.marks is not None:
        shown |= {name: name in message.marks for name in marks if name not in shown and name != BEYOND}
    return Labels(
        issue=message.issue, emotion=message.emotion,
        demands={str(name): name in message.demands for name in Demand},
        risks={str(name): name in message.risks for name in RISKS}, marks=shown,
    )  # fmt: skip


def _cues(taxonomy: Taxonomy) -> Iterator[tuple[str, str, float]]:
    for rules in taxonomy.types:
        for entry in rules.subtypes:
            for cue in entry.cues:
                if cue.weight >= 2:
                    yield cue.phrase, f"{rules.issue_type}/{entry.id}", CUE_WEIGHT * cue.weight / 3


def _risk_examples(signals: Signals) -> dict[str, dict[str, bool]]:
    """Text → what the signals' own examples say of it."""
    known: dict[str, dict[str, bool]] = {}
    for risk in RISKS:
        signal = signals.risk_flags[risk]
        for text, shows in [(t, True) for t in signal.examples] + [(t, False) for t in signal.counterexamples]:
            known.setdefault(text, {})[str(risk)] = shows
    return known


def _spread(own: Mapping[str, bool], found: Mapping[str, Found]) -> dict[str, bool]:
    """An example of one risk may show another too: unknown there unless a pattern says so; a counterexample shows none."""
    if any(own.values()):
        return {**{str(r): True for r in RISKS if f"risk_flags.{r}" in found}, **own}
    return {**{str(r): False for r in RISKS}, **own}


def _calm(found: Mapping[str, Found], key: str) -> dict[str, bool]:
    """The taxonomy's examples show no risk where no pattern fires; their own subtype may imply one."""
    weak = WEAK_RISKS.get(key)
    labels = {str(risk): False for risk in RISKS if f"risk_flags.{risk}" not in found}
    return {**labels, str(weak): True} if weak else labels


def _said(text: str) -> Ticket:
    return Ticket(messages=(Message(role="customer", text=text),))
