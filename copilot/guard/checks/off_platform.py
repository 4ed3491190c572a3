"""Contact, payment or reviews moved off the platform; a refund channel that a clause in force provides is fine."""

import re

from copilot.guard.checks.rules import CompiledRule, RuleCheck
from copilot.guard.finding import Case, Finding

_CHANNELS = re.compile(r"支付宝|银行|对公|汇款|转账")
_PROVIDES = re.compile(r"财务|退款|退回|打款|汇款|转账")
_SECRET = re.compile(r"私下|私底下|线下|加|个人|偷偷|收款码|发我|给我|微信")


class OffPlatformCheck(RuleCheck):
    def judge(self, compiled: CompiledRule, case: Case, start: int, end: int) -> Finding | None:
        if compiled.rule.id == "off.payment" and self.supports(case, start, end):
            return None
        return super().judge(compiled, case, start, end)

    def supports(self, case: Case, start: int, end: int) -> bool:
        """Whether a clause in force names this refund channel."""
        clause = case.reading.clauses.clause(start)
        words = case.reading.words(clause.start, max(end, clause.end))
        channels = set(_CHANNELS.findall(words))
        if not channels or _SECRET.search(words) or case.scope.off_rule(case.reading, start):
            return False
        return any(
            _PROVIDES.search(support.text) and any(channel in support.text for channel in channels)
            for support in case.context.clauses
        )
