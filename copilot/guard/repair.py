"""Rewords a reply with the smallest edits from the rulebook, judged again after each round."""

import re
from dataclasses import dataclass
from typing import Protocol

from copilot.domain.compliance import CheckResult, Violation
from copilot.domain.vocabulary import Severity, Status
from copilot.guard.context import GuardContext
from copilot.guard.reading import Reading
from copilot.rulebook.compliance import ComplianceRules, Reword

_ROUNDS = 3
_PUNCTUATION = "，。！？；：、,.!?;: \n…～~"


@dataclass(frozen=True, slots=True)
class Repaired:
    text: str
    result: CheckResult
    repairs: int
    """How many spans were reworded or taken out."""


class Judge(Protocol):
    def evaluate(self, text: str, context: GuardContext) -> CheckResult: ...

    def reading(self, text: str) -> Reading: ...


class Repairer:
    def __init__(self, rules: ComplianceRules, judge: Judge) -> None:
        self._judge = judge
        self._holding = rules.holding_reply
        self._rewords = {rule.id: rule.reword or file.reword for file in rules.files.values() for rule in file.rules}

    def repair(self, text: str, context: GuardContext, result: CheckResult) -> Repaired:
        """A text that is not blocked; the holding reply when nothing of the text can be kept.

        Args:
            result: the verdict on `text`, from which the first edits are made.
        """
        repairs = 0
        for turn in range(_ROUNDS + 1):
            if result.status is Status.PASS or (turn and result.status is Status.WARN):
                return Repaired(text, result, repairs)
            edits = self._edits(text, result.violations, last=turn == _ROUNDS - 1)
            if not edits:
                break
            text = _tidied(_edited(text, edits))
            repairs += len(edits)
            if not text.strip(_PUNCTUATION):
                break
            result = self._judge.evaluate(text, context)
        if result.status is not Status.BLOCK and text.strip(_PUNCTUATION):
            return Repaired(text, result, repairs)
        return Repaired(self._holding, self._judge.evaluate(self._holding, context), repairs + 1)

    def _edits(self, text: str, violations: tuple[Violation, ...], last: bool) -> list[tuple[int, int, str]]:
        """Spans of the text and what takes their place, apart and in order; the last round takes sentences out."""
        reading = self._judge.reading(text)
        spans: list[tuple[int, int, str]] = []
        for violation in sorted(violations, key=lambda v: v.severity is not Severity.BLOCK):
            reword = self._rewords.get(violation.rule)
            if reword is None:
                return []
            start, end = _span(reading, violation, "sentence" if last else reword.span)
            spans.append((start, end, "" if last else _wording(reword, text)))
        return _merged(spans)


def _wording(reword: Reword, text: str) -> str:
    # What already stands in the reply need not be said twice.
    return "" if reword.text and reword.text in text else reword.text


def _span(reading: Reading, violation: Violation, kind: str) -> tuple[int, int]:
    if kind == "match":
        return violation.start, violation.end
    view = reading.view
    first = min(view.first_at(violation.start), len(view.text) - 1)
    last = max(first, min(view.first_at(violation.end), len(view.text)) - 1)
    bounds = reading.clauses.clause if kind == "clause" else reading.clauses.sentence
    start, end = view.source_span(bounds(first).start, bounds(last).end)
    start, end = min(start, violation.start), max(end, violation.end)
    while end > violation.end and reading.source[end - 1] in _PUNCTUATION:
        end -= 1
    while start < violation.start and reading.source[start] in _PUNCTUATION:
        start += 1
    return start, end


def _merged(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    merged: list[tuple[int, int, str]] = []
    said: set[str] = set()
    for start, end, wording in sorted(spans, key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            first, last, earlier = merged[-1]
            merged[-1] = (first, max(last, end), earlier or wording)
            continue
        merged.append((start, end, "" if wording in said else wording))
        said.add(wording)
    return merged


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, wording in reversed(edits):
        text = text[:start] + wording + text[end:]
    return text


def _tidied(text: str) -> str:
    """Without the punctuation that a removed clause leaves behind."""
    text = re.sub(r"(?<![，,；;：:、])[，,；;：:、]+(?=[。！？!?])", "", text)
    text = re.sub(r"([。！？!?])[。，,；;、]+", r"\1", text)
    text = re.sub(r"[，,；;、]{2,}", "，", text)
    return re.sub(r"^[，。；、,;!！?？\s]+", "", text)
