"""Runs the slot patterns of one category: match, excuse by scope, weigh promises against their backing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copilot.domain.vocabulary import Category, EntitlementVerdict, Severity
from copilot.guard.backing import backed_by, verdict_for
from copilot.guard.commitments import commitment, read_promise
from copilot.guard.finding import Case, Finding
from copilot.guard.lexicon import Lexicon
from copilot.guard.patterns import PatternIndex, SlotPattern, Window, compile_patterns
from copilot.guard.promise import Promise
from copilot.guard.reading import Reading
from copilot.rulebook.compliance import ComplianceRule, Excuse, RuleFile

_ENOUGH = 100
"""Places of one pattern that are listed; the verdict cannot change after the first."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    category: Category
    rule: ComplianceRule
    patterns: tuple[SlotPattern, ...]
    unless: "re.Pattern[str] | None"
    excuses: tuple[Excuse, ...]
    severity: Severity


class RuleCheck:
    """The check of one category by its patterns; categories that need more than patterns extend it."""

    def __init__(self, file: RuleFile, lexicon: Lexicon, index: PatternIndex) -> None:
        self.category = file.category
        self._rules = tuple(_compile(rule, file, lexicon, index) for rule in file.rules if rule.patterns)
        self._by_number = {
            pattern.number: (compiled, pattern) for compiled in self._rules for pattern in compiled.patterns
        }
        self._detectors = {rule.detector: rule for rule in file.rules if rule.detector}
        self._spared = {
            rule.detector: lexicon.alternation(rule.unless) for rule in file.rules if rule.detector and rule.unless
        }
        self._file = file
        self.confirmed = frozenset(rule.id for rule in file.rules if rule.confirmed_by_meaning)
        """Rules whose findings the meaning layer has to confirm."""

    def findings(self, case: Case) -> Iterator[Finding]:
        candidates = case.reading.candidates
        for number in sorted(self._by_number.keys() & candidates.keys()):
            compiled, pattern = self._by_number[number]
            if not compiled.rule.only_with_entitlements or case.context.entitlements:
                yield from self._broken(compiled, pattern, candidates[number], case)

    def warm(self) -> None:
        """Compiles every pattern now, for a server that should not do so during its first requests."""
        for _, pattern in self._by_number.values():
            _ = pattern.regex

    def detected(self, detector: str, start: int, end: int, source: str = "rulebook") -> Finding:
        """A finding of a rule whose detection is code."""
        rule = self._detectors[detector]
        severity = rule.severity or self._file.severity
        return Finding(self.category, rule.id, severity, start, end, rule.message, source)

    def spared(self, detector: str, reading: Reading, start: int, end: int) -> bool:
        """Whether the rule of a detector lets these words pass (`unless`)."""
        words = self._spared.get(detector)
        return words is not None and _stands(words, reading, start, end)

    def supports(self, case: Case, start: int, end: int) -> bool:
        """Whether the ticket or a clause in force allows what a sentence of this category means."""
        return False

    def excused(self, case: Case, start: int, end: int) -> bool:
        """Whether scope excuses a detected phrase."""
        return case.scope.excuse(case.reading, start, end, self._file.excused_by) is not None

    def judge(self, compiled: CompiledRule, case: Case, start: int, end: int) -> Finding | None:
        """What an unexcused match of a rule amounts to."""
        if compiled.rule.act is None:
            return _finding(compiled, start, end)
        return self.weigh(compiled, case, start, end)

    def weigh(self, compiled: CompiledRule, case: Case, start: int, end: int) -> Finding | None:
        """Enters a promise into the ledger; broken when nothing backs it as it is worded."""
        promise = read_promise(case.reading, compiled.rule.act or "other", start, end, case.context)
        backing = backed_by(promise, case.context, case.ledger)
        condition = case.scope.condition_of(case.reading, start)
        self.enter(case, promise, start, end, condition, backing)
        return None if backing else _finding(compiled, start, end)

    def enter(
        self, case: Case, promise: Promise, start: int, end: int, condition: str | None, backing: str | None
    ) -> None:
        row = commitment(case.reading, promise, start, end, case.context, condition, backing)
        case.commitments.setdefault((row.act, row.start), row)

    def _broken(
        self, compiled: CompiledRule, pattern: SlotPattern, windows: list[Window], case: Case
    ) -> Iterator[Finding]:
        reading = case.reading
        reported, clear, found = -1, (0, 0), 0
        for match in pattern.matches(reading.text, windows):
            start, end = match.span()
            # What lies inside an excused phrase is the same phrase.
            if start < reported or (start < clear[0] and end <= clear[1]):
                continue
            if _unless(compiled, reading, start, end):
                continue
            excuse = case.scope.excuse(reading, start, end, compiled.excuses)
            if excuse is not None:
                clear = (reading.clauses.clause(start).end, end)
                self._note(compiled, case, start, end, excuse)
                if excuse == "negation":
                    case.negated.append((start, end))
                continue
            finding = self.judge(compiled, case, start, end)
            if finding is not None:
                reported, found = end, found + 1
                yield finding
                if found == _ENOUGH:
                    return

    def _note(self, compiled: CompiledRule, case: Case, start: int, end: int, excuse: Excuse) -> None:
        """A conditional promise is compliant wording and still a promise: it stands in the ledger."""
        if compiled.rule.act is None or excuse != "condition":
            return
        promise = read_promise(case.reading, compiled.rule.act, start, end, case.context)
        verdict = verdict_for(promise, case.context)
        fits = verdict in (EntitlementVerdict.ALLOWED, EntitlementVerdict.CONDITIONAL)
        action = next((e for e in case.context.entitlements if e.verdict is verdict), None) if fits else None
        backing = f"entitlement:{action.action}" if action else None
        self.enter(case, promise, start, end, case.scope.condition_of(case.reading, start), backing)


def _compile(rule: ComplianceRule, file: RuleFile, lexicon: Lexicon, index: PatternIndex) -> CompiledRule:
    return CompiledRule(
        category=file.category,
        rule=rule,
        patterns=tuple(branch for pattern in rule.patterns for branch in compile_patterns(pattern, lexicon, index)),
        unless=lexicon.alternation(rule.unless) if rule.unless else None,
        excuses=rule.excused_by if rule.excused_by is not None else file.excused_by,
        severity=rule.severity or file.severity,
    )


def _unless(compiled: CompiledRule, reading: Reading, start: int, end: int) -> bool:
    return compiled.unless is not None and _stands(compiled.unless, reading, start, end)


def _stands(words: "re.Pattern[str]", reading: Reading, start: int, end: int) -> bool:
    """Whether the words stand in the clauses that a span touches."""
    first = reading.clauses.clause(start).start
    last = reading.clauses.clause(end - 1).end
    return words.search(reading.text, first, last) is not None


def _finding(compiled: CompiledRule, start: int, end: int) -> Finding:
    rule = compiled.rule
    return Finding(compiled.category, rule.id, compiled.severity, start, end, rule.message)
