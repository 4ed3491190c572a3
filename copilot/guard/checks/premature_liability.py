"""Fault admitted or assigned before verification; a fault that the ticket has verified may be named."""

from collections.abc import Iterator

from copilot.guard.checks.rules import RuleCheck
from copilot.guard.finding import Case, Finding


class PrematureLiabilityCheck(RuleCheck):
    def findings(self, case: Case) -> Iterator[Finding]:
        if not self.supports(case, 0, 0):
            yield from super().findings(case)

    def supports(self, case: Case, start: int, end: int) -> bool:
        return case.context.ticket is not None and case.context.ticket.fault == "verified"
