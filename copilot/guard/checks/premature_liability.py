"""Fault admitted or assigned before verification; a fault that the ticket has verified may be named."""

from collections.abc import Iterator

from copilot.guard.checks.rules import RuleCheck
from copilot.guard.finding import Case, Finding


class PrematureLiabilityCheck(RuleCheck):
    def findings(self, case: Case) -> Iterator[Finding]:
        ticket = case.context.ticket
        if ticket is None or ticket.fault != "verified":
            yield from super().findings(case)
