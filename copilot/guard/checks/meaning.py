"""Sentences that mean a violation without saying any phrase of the rulebook, and second opinions where rules ask.

It takes no finding away but those of rules that the rulebook marks `confirmed_by_meaning`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from copilot.domain.compliance import Commitment
from copilot.domain.vocabulary import Action, Category, EntitlementVerdict, Severity
from copilot.guard.backing import backed_by
from copilot.guard.checks.rules import RuleCheck
from copilot.guard.commitments import read_promise
from copilot.guard.features import Grams
from copilot.guard.finding import Case, Finding
from copilot.guard.meaning import Embed, Meaning, Opinion
from copilot.guard.occupied import Occupied
from copilot.guard.reading import Reading, sentences
from copilot.rulebook.compliance import BACKED

DETECTOR = "meaning"
_LONGEST = 60
"""Characters of one sentence that are judged together; longer ones are judged in overlapping stretches as well."""
_STRETCH = 45
_SHORTEST = 4
_TELLING = 14
"""Characters of a sentence from which on the model may hold a rule's finding harmless."""
_BEYOND_A_CLAUSE = 2.0
"""Log-odds above the threshold from which on a time is a guarantee, whatever clause names the same length."""
_ENOUGH = 100
"""Findings that are listed; the verdict cannot change after the first."""
_MOST_STRETCHES = 200
"""Stretches of one sentence that are judged; no sentence of a reply has so many clauses."""
_MOST_EMBEDDED = 24
"""Sentences of one reply that may be embedded; a reply with more open ones is no reply."""
_LONGEST_EMBEDDED = 200
_NEGATED = 1.0
"""Log-odds on top of the threshold where the clause negates what it names."""
_PROMISES = (Category.UNAUTHORIZED_COMPENSATION, Category.OVER_PROMISE_OUTCOME)
_DENIALS = (Category.ILLEGAL_DENIAL, Category.UNGROUNDED)
_RIGHTS = (
    ("退", Action.RETURN_REFUND), ("无理由", Action.RETURN_REFUND), ("退款", Action.REFUND), ("换", Action.EXCHANGE),
    ("修", Action.REPAIR), ("价保", Action.PRICE_PROTECTION),
)  # fmt: skip
"""What a denial may be about; it is lawful only where the rules deny the same."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of the plain view."""

    start: int
    end: int


class MeaningCheck:
    def __init__(self, meaning: Meaning, checks: Mapping[Category, RuleCheck], embed: Embed | None) -> None:
        self._meaning = meaning
        self._checks = checks
        self._embed = embed
        self._confirmed = frozenset(rule for check in checks.values() for rule in check.confirmed)

    def findings(self, case: Case, found: Sequence[Finding]) -> Iterator[Finding]:
        """What the sentences mean that no rule has blocked already."""
        reading = case.reading
        grams = self._grams(reading)
        blocked = Occupied((f.start, f.end) for f in found if f.severity is Severity.BLOCK)
        known = {finding.category for finding in found}
        given = 0
        for start, end in sentences(reading.plain.text):
            sentence = _Stretch(start, end)
            first, last = _in_marked(reading, sentence)
            if blocked.overlaps(first, last):
                continue
            finding = self._judged(case, grams, sentence, known)
            if finding is not None:
                yield finding
                given += 1
                if given == _ENOUGH:
                    return

    def confirmed(self, case: Case, found: Sequence[Finding]) -> list[Finding]:
        """The findings without those whose rule asks for a second opinion and whose sentence means no harm."""
        if self._confirmed.isdisjoint(finding.rule for finding in found):
            return list(found)
        grams = self._grams(case.reading)
        return [
            finding for finding in found if finding.rule not in self._confirmed or self._harms(case, grams, finding)
        ]

    def _harms(self, case: Case, grams: Grams, finding: Finding) -> bool:
        reading = case.reading
        sentence = reading.clauses.sentence(finding.start)
        clause = reading.clauses.clause(finding.start)
        last = reading.clauses.clause(max(finding.end - 1, finding.start))
        if sentence.end - sentence.start < _TELLING:
            return True
        spans = ((sentence.start, sentence.end), (clause.start, max(last.end, finding.end)))
        return any(
            self._meaning.opinion(grams, *_in_plain(reading, *span)).violation >= self._meaning.thresholds.doubt
            for span in spans
        )

    def _grams(self, reading: Reading) -> Grams:
        return self._meaning.features.grams(reading.plain.text)

    def _judged(self, case: Case, grams: Grams, sentence: _Stretch, known: set[Category]) -> Finding | None:
        parts = islice(_stretches(case.reading, sentence), _MOST_STRETCHES)
        stretches = [part for part in parts if part.end - part.start >= _SHORTEST]
        opinions = [self._meaning.opinion(grams, part.start, part.end) for part in stretches]
        if not opinions:
            return None
        worst = max(range(len(opinions)), key=lambda number: opinions[number].violation)
        finding = self._broken(case, grams, stretches[worst], opinions[worst])
        if finding is not None or Category.PREMATURE_LIABILITY in known:
            return finding
        blame = max(range(len(opinions)), key=lambda number: opinions[number].liability)
        return self._blamed(case, grams, stretches[blame], opinions[blame])

    def _broken(self, case: Case, grams: Grams, stretch: _Stretch, opinion: Opinion) -> Finding | None:
        """What the worst stretch of a sentence breaks."""
        limits = self._meaning.thresholds
        if opinion.violation < limits.certain and not self._joint(case, stretch, opinion):
            return None
        category = self._meaning.category(grams, stretch.start, stretch.end)
        finding = self._finding(case, grams, category, stretch)
        if self._negated(case, finding) and opinion.violation < limits.certain + _NEGATED:
            return None
        if self._spared(case, finding):
            return None
        if opinion.violation >= limits.certain + _BEYOND_A_CLAUSE and category is Category.OVER_PROMISE_TIME:
            return None if self._backed(case, category, stretch, by_clause=False) else finding
        return None if self._backed(case, category, stretch) else finding

    def _joint(self, case: Case, stretch: _Stretch, opinion: Opinion) -> bool:
        """Whether n-grams and embedding together are sure of what n-grams leave open."""
        limits = self._meaning.thresholds
        if self._embed is None or opinion.violation < limits.open or case.embedded >= _MOST_EMBEDDED:
            return False
        case.embedded += 1
        words = case.reading.plain.text[stretch.start : stretch.end].strip()[:_LONGEST_EMBEDDED]
        return self._meaning.joint(opinion.violation, self._embed(words)) >= limits.joint

    def _blamed(self, case: Case, grams: Grams, stretch: _Stretch, opinion: Opinion) -> Finding | None:
        """Fault assigned before verification: a warning."""
        category = Category.PREMATURE_LIABILITY
        if opinion.liability < self._meaning.thresholds.liability or self._backed(case, category, stretch):
            return None
        finding = self._finding(case, grams, category, stretch)
        return None if self._negated(case, finding) or self._spared(case, finding) else finding

    def _spared(self, case: Case, finding: Finding) -> bool:
        return self._checks[finding.category].spared(DETECTOR, case.reading, finding.start, finding.end)

    def _negated(self, case: Case, finding: Finding) -> bool:
        """Whether the clause in question denies a phrase of the rulebook: then the model has to be surer."""
        return any(finding.start <= start and end <= finding.end for start, end in case.negated)

    def _backed(self, case: Case, category: Category, stretch: _Stretch, by_clause: bool = True) -> bool:
        """Whether what the sentence means rests on something: the same sentence may be true of another ticket.

        Args:
            by_clause: whether a clause that was looked up and names the same length of time is enough.
        """
        start, end = _in_marked(case.reading, stretch)
        if self._checks[category].supports(case, start, end):
            return True
        if category in _DENIALS:
            about = {action for word, action in _RIGHTS if word in case.reading.words(start, end)}
            return any(e.verdict is EntitlementVerdict.DENIED and e.action in about for e in case.context.entitlements)
        if category not in (*_PROMISES, Category.OVER_PROMISE_TIME):
            return False
        first, last = case.reading.source_span(start, end)
        entered = [row for row in case.commitments.values() if row.start is not None and first <= row.start < last]
        if entered:
            # The agent's own next act is judged by the service rules alone.
            return all(row.act == "reply" or _rests(row, by_clause) for row in entered)
        return category in _PROMISES and any(
            backed_by(read_promise(case.reading, act, start, end, case.context), case.context, case.ledger)
            for act in BACKED
        )

    def _finding(self, case: Case, grams: Grams, category: Category, stretch: _Stretch) -> Finding:
        reading = case.reading
        start, end = _in_marked(reading, stretch)
        clauses = []
        place = start
        while place < end:
            clause = reading.clauses.clause(place)
            clauses.append((max(clause.start, start), min(clause.end, end)))
            place = max(clause.end, place + 1)
        if len(clauses) > 1:
            start, end = max(clauses, key=lambda span: self._strength(reading, grams, category, *span))
        return self._checks[category].detected(DETECTOR, start, end)

    def _strength(self, reading: Reading, grams: Grams, category: Category, start: int, end: int) -> float:
        opinion = self._meaning.opinion(grams, *_in_plain(reading, start, end))
        return opinion.liability if category is Category.PREMATURE_LIABILITY else opinion.violation


def _stretches(reading: Reading, sentence: _Stretch) -> Iterator[_Stretch]:
    """The sentence, and where it is long every run of its clauses that is about as long as sentences are."""
    yield sentence
    if sentence.end - sentence.start <= _LONGEST:
        return
    start, end = _in_marked(reading, sentence)
    bounds: list[tuple[int, int]] = []
    place = start
    while place < end and len(bounds) <= _MOST_STRETCHES:
        clause = reading.clauses.clause(place)
        bounds.append(_in_plain(reading, max(clause.start, start), min(clause.end, end)))
        place = max(clause.end, place + 1)
    for number, (first, last) in enumerate(bounds):
        for following in range(number + 1, len(bounds)):
            further = bounds[following][1]
            if further - first > _STRETCH:
                break
            last = further
        yield _Stretch(first, last)


def _rests(row: Commitment, by_clause: bool) -> bool:
    return row.backed_by is not None and (by_clause or ":" in row.backed_by)


def _in_marked(reading: Reading, stretch: _Stretch) -> tuple[int, int]:
    """Where a stretch of the plain view stands in the marked one."""
    first, last = reading.plain.source_span(stretch.start, stretch.end)
    start = min(reading.view.first_at(first), len(reading.view.text) - 1)
    return start, max(reading.view.first_at(last), start + 1)


def _in_plain(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """Where a stretch of the marked view stands in the plain one."""
    first, last = reading.source_span(start, end)
    place = reading.plain.first_at(first)
    return place, max(reading.plain.first_at(last), place + 1)
