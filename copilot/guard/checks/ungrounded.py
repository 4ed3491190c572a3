"""Statements that contradict the order, the entitlements or a clause in force, or that none of them supports."""

from collections.abc import Iterator

from copilot.guard.checks import facts, grounding, rights
from copilot.guard.checks.rules import RuleCheck
from copilot.guard.finding import Case, Finding
from copilot.guard.occupied import Occupied


class UngroundedCheck(RuleCheck):
    def findings(self, case: Case) -> Iterator[Finding]:
        yield from super().findings(case)
        seen = Occupied()
        for detector, start, end in self._detections(case):
            if seen.overlaps(start, end) or self.excused(case, start, end):
                continue
            seen.add(start, end)
            yield self.detected(detector, start, end)

    def _detections(self, case: Case) -> Iterator[tuple[str, int, int]]:
        for start, end in facts.contradictions(case):
            yield "order_fact", start, end
        for start, end in rights.contradictions(case):
            yield "entitlement", start, end
        yield from grounding.unsupported(case)
        for start, end in grounding.uncited(case):
            yield "uncited", start, end
        for start, end in grounding.unknown_laws(case):
            yield "law", start, end
