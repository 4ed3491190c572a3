"""Runs every check over one reply and fails closed: a check that crashes blocks the reply."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from copilot.domain.base import BEIJING
from copilot.domain.compliance import CheckResult, Commitment, Violation, status_of
from copilot.domain.vocabulary import Category, Severity, Status
from copilot.errors import place_of
from copilot.guard.checks import ALL
from copilot.guard.checks.meaning import MeaningCheck
from copilot.guard.context import GuardContext
from copilot.guard.finding import Case, Finding
from copilot.guard.lexicon import Lexicon
from copilot.guard.meaning import Embed, Meaning
from copilot.guard.patterns import PatternIndex
from copilot.guard.reading import Reading, read
from copilot.guard.repair import Repaired, Repairer
from copilot.guard.scope import ScopeJudge
from copilot.guard.shapes import ShapeIndex
from copilot.guard.sounds import SoundIndex
from copilot.rulebook.compliance import ComplianceRules

_LOG = logging.getLogger(__name__)
_MOST_INDEXES = 4
_CRASHED = "检查没有完成，为安全起见不能发送。请换一种说法，或者联系管理员。"


class Guard:
    """Judges replies. Built once; checks share nothing between replies, so one guard serves many threads."""

    def __init__(self, rules: ComplianceRules, meaning: Meaning | None = None, embed: Embed | None = None) -> None:
        """`meaning` and `embed` make the meaning layer; without them rules alone judge."""
        self._rules = rules
        lexicon = Lexicon(rules.slots)
        self._patterns = PatternIndex()
        self._shapes, self._sounds = _indexes(rules)
        self._scope = ScopeJudge(rules.scope, lexicon)
        by_category = {category: ALL[category](rules.files[category], lexicon, self._patterns) for category in Category}
        self._checks = tuple(by_category.values())
        self._meaning = MeaningCheck(meaning, by_category, embed) if meaning else None
        self._repairer = Repairer(rules, self)

    def warm(self) -> None:
        """Compiles all patterns ahead of the first reply."""
        for check in self._checks:
            check.warm()

    def check(self, text: str, context: GuardContext, *, id: str | None = None) -> CheckResult:
        """The verdict on a reply, with a compliant rewording when it is not clean. Never raises."""
        result = self.evaluate(text, context, id=id)
        if result.status is Status.PASS:
            return result
        try:
            repaired = self._repairer.repair(text, context, result)
        except Exception as error:  # noqa: BLE001 - a verdict without a suggestion is still a verdict
            _LOG.error("the repair of a reply crashed; the verdict stands without a suggestion: %s", place_of(error))
            return result
        better = repaired.text != text and repaired.result.status is not Status.BLOCK
        return result.model_copy(update={"suggested_text": repaired.text if better else None})

    def repair(self, text: str, context: GuardContext) -> Repaired:
        """The reply with the smallest edits that make it compliant, and its verdict."""
        return self._repairer.repair(text, context, self.evaluate(text, context))

    def evaluate(self, text: str, context: GuardContext, *, id: str | None = None) -> CheckResult:
        """The verdict alone."""
        violations, commitments = self.violations(text, context)
        return CheckResult(id=id, status=status_of(violations), violations=violations, commitments=commitments)

    def violations(self, text: str, context: GuardContext) -> tuple[tuple[Violation, ...], tuple[Commitment, ...]]:
        try:
            reading = read(text, self._shapes, self._sounds, self._patterns)
        except Exception as error:  # noqa: BLE001 - fails closed
            _LOG.error("reading a reply crashed; it is blocked: %s", place_of(error))
            return (_crashed(text),), ()
        case = Case(reading, context, self._scope)
        found: list[Finding] = []
        crashed = False
        for check in self._checks:
            try:
                found.extend(check.findings(case))
            except Exception as error:  # noqa: BLE001 - fails closed
                _LOG.error("check %s crashed; the reply is blocked: %s", type(check).__name__, place_of(error))
                crashed = True
        if self._meaning is not None:
            try:
                found = self._meaning.confirmed(case, found)
                found.extend(list(self._meaning.findings(case, tuple(found))))
            except Exception as error:  # noqa: BLE001 - fails closed
                _LOG.error("the meaning layer crashed; the reply is blocked: %s", place_of(error))
                crashed = True
        violations = [_violation(reading, finding) for finding in found]
        if crashed:
            violations.append(_crashed(text))
        return _distinct(violations), tuple(
            sorted(case.commitments.values(), key=lambda row: (row.start or 0, row.end or 0))
        )

    def reading(self, text: str) -> Reading:
        """How the guard reads a text, for repair and for looking into a verdict."""
        return read(text, self._shapes, self._sounds, self._patterns)

    def examine(self, text: str, given: Mapping[str, Any]) -> CheckResult:
        """The verdict on an example of the rulebook with the facts that it states."""
        facts = {"now": datetime(2026, 6, 18, 10, tzinfo=BEIJING), **given}
        return self.evaluate(text, GuardContext.model_validate(facts))


_INDEXES: dict[int, tuple[ComplianceRules, ShapeIndex, SoundIndex]] = {}


def _indexes(rules: ComplianceRules) -> tuple[ShapeIndex, SoundIndex]:
    """The indexes of a rulebook, built once however many guards share it."""
    known = _INDEXES.get(id(rules))
    if known is None or known[0] is not rules:
        while len(_INDEXES) >= _MOST_INDEXES:
            _INDEXES.pop(next(iter(_INDEXES)), None)
        known = (rules, ShapeIndex(rules.shapes), SoundIndex(rules.sounds, rules.shapes))
        _INDEXES[id(rules)] = known
    return known[1], known[2]


def _violation(reading: Reading, finding: Finding) -> Violation:
    start, end = reading.source_span(finding.start, finding.end)
    return Violation(
        category=finding.category,
        rule=finding.rule,
        severity=finding.severity,
        start=start,
        end=end,
        text=reading.source[start:end],
        message=finding.message,
        source=finding.source,
    )


def _crashed(text: str) -> Violation:
    return Violation(
        category=Category.UNGROUNDED,
        rule="guard.crashed",
        severity=Severity.BLOCK,
        start=0,
        end=len(text),
        text=text,
        message=_CRASHED,
        source="rulebook",
    )


def _distinct(found: list[Violation]) -> tuple[Violation, ...]:
    """One violation a rule and place: of two that overlap the first stays."""
    kept: list[Violation] = []
    reached: dict[str, int] = {}
    for violation in sorted(found, key=lambda v: (v.start, -v.end, v.category, v.rule)):
        if violation.start >= reached.get(violation.rule, 0):
            kept.append(violation)
            reached[violation.rule] = violation.end
    return tuple(kept)
