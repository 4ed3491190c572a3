"""Value beyond the remedy: every offer must be covered in kind, amount and condition by a rule or an approval."""

from copilot.domain.vocabulary import Category, EntitlementVerdict, Severity
from copilot.guard.backing import backed_by, verdict_for
from copilot.guard.checks.rules import CompiledRule, RuleCheck
from copilot.guard.commitments import read_promise
from copilot.guard.finding import Case, Finding
from copilot.guard.promise import Promise

_TEMPERED = "审核、检测或退回还没有完成，不能直接答应退款。写明条件：“审核通过后按规则办理”。"


class UnauthorizedCompensationCheck(RuleCheck):
    def weigh(self, compiled: CompiledRule, case: Case, start: int, end: int) -> Finding | None:
        reading = case.reading
        promise = read_promise(reading, compiled.rule.act or "compensate", start, end, case.context)
        backing = backed_by(promise, case.context, case.ledger)
        condition = case.scope.condition_of(reading, start)
        self.enter(case, promise, start, end, condition, backing)
        if backing:
            return None
        if promise.act == "refund" and not promise.multiple:
            if condition:
                return None
            return Finding(Category.OVER_PROMISE_OUTCOME, "outcome.flat_remedy", Severity.BLOCK, start, end, _TEMPERED)
        if condition and self._stated_by_rule(promise, case, start):
            return None
        return Finding(compiled.category, compiled.rule.id, compiled.severity, start, end, compiled.rule.message)

    def _stated_by_rule(self, promise: Promise, case: Case, start: int) -> bool:
        """Whether a conditional statement is the rule's own: it names its basis, or names no amount."""
        if promise.price_difference or case.scope.has_basis(case.reading, start):
            return True
        if promise.amount is not None or promise.percent is not None or promise.multiple:
            return False
        verdict = verdict_for(promise, case.context)
        return verdict not in (EntitlementVerdict.NEEDS_APPROVAL, EntitlementVerdict.DENIED)
