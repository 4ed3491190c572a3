"""Results promised flatly while a review, a carrier, a repair or a return still decides."""

from copilot.guard.checks.rules import CompiledRule, RuleCheck
from copilot.guard.finding import Case, Finding


class OverPromiseOutcomeCheck(RuleCheck):
    def judge(self, compiled: CompiledRule, case: Case, start: int, end: int) -> Finding | None:
        if compiled.rule.id == "outcome.guaranteed" and self._own_step(case, start, end):
            return None
        return super().judge(compiled, case, start, end)

    def _own_step(self, case: Case, start: int, end: int) -> bool:
        """一定会为您跟进退款: what is promised is the agent's own act, the outcome is only its object."""
        return case.scope.own_act(case.reading, start, end)
