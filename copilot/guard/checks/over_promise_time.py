"""Dates and times guaranteed without a service rule, a promise on the order page or a clause that names them."""

import re
from collections.abc import Iterator

from copilot.domain.base import BEIJING
from copilot.guard.checks.rules import CompiledRule, RuleCheck
from copilot.guard.commitments import read_promise
from copilot.guard.finding import Case, Finding
from copilot.guard.promise import Promise
from copilot.guard.times import day_of
from copilot.guard.tokens import Token, mark
from copilot.guard.view import View

_REPLY = re.compile(
    r"(?:\ue005[^,;。!?\n不没未]{0,14}(?:回复|答复|回电|联系您|反馈|同步|告知您|给您(?:一个)?(?:说法|消息|结果|交代)|通知您))"
    r"|(?:(?:回复|答复|回电|联系|反馈|同步)(?:您)?[^,;。!?\n]{0,8}\ue005)"
)
_CUSTOMER = re.compile(
    r"(?:请|麻烦|烦请|需要?|建议)您|您(?:可以|可|需|在|于|没|未|有)|(?:商家|快递|物流|仓库|银行|厂家|品牌方?)[^,;。]{0,4}\ue005"
)
_PERSONAL = re.compile(r"您|你|我|咱|这边|专员|客服")
_EVENTS = "退款货到账送达发审核修补寄取开装检测处理复答联系"


class OverPromiseTimeCheck(RuleCheck):
    def findings(self, case: Case) -> Iterator[Finding]:
        yield from super().findings(case)
        yield from self._replies(case)

    def weigh(self, compiled: CompiledRule, case: Case, start: int, end: int) -> Finding | None:
        clause = case.reading.clauses.clause(start)
        times = case.reading.tokens_in(start, end, "duration", "moment") or case.reading.tokens_in(
            clause.start, max(end, clause.end), "duration", "moment"
        )
        backing = self._backing(case, times, case.reading.words(start, end))
        promise = read_promise(case.reading, "deadline", start, end, case.context)
        self.enter(case, promise, start, end, case.scope.condition_of(case.reading, start), backing)
        if backing:
            return None
        return Finding(compiled.category, compiled.rule.id, compiled.severity, start, end, compiled.rule.message)

    def _backing(self, case: Case, times: list[Token], words: str) -> str | None:
        order = case.context.ticket.order if case.context.ticket else None
        for token in times:
            if token.kind == "moment" and order and order.promised_delivery_at:
                day = day_of(token.text, case.context.now)
                if (
                    day
                    and day >= order.promised_delivery_at.astimezone(BEIJING).date()
                    and re.search("到|送|收", words)
                ):
                    return "order:promised_delivery_at"
            if token.hours is None:
                continue
            for support in case.context.clauses:
                if _names(support.text, token.hours, words):
                    return support.citation_id or support.clause_id
        return None

    def _replies(self, case: Case) -> Iterator[Finding]:
        """The agent's own next act: inside the service rule it is the one time an agent may promise."""
        reading, limits = case.reading, case.context.reply_within
        for match in _REPLY.finditer(reading.text):
            start, end = match.span()
            clause = reading.clauses.clause(start)
            if _CUSTOMER.search(reading.text, clause.start, end) or self.excused(case, start, end):
                continue
            # 复杂的3个工作日内答复 tells a rule; an own promise names who is told or who tells.
            if not _PERSONAL.search(reading.text, clause.start, clause.end):
                continue
            token = next(iter(reading.tokens_in(start, end, "duration")), None)
            if token is None or token.hours is None:
                continue
            longest = max((limit.total_seconds() / 3600 for limit in limits), default=None)
            stated = self._backing(case, [token], match.group())
            inside = longest is None or token.hours <= longest + 1e-6 or stated is not None
            promise = Promise(act="reply", words=reading.words(start, end))
            self.enter(case, promise, start, end, None, stated or ("service:reply" if limits and inside else None))
            if not inside:
                yield self.detected("own_reply", start, end)


def _names(clause: str, hours: float, words: str) -> bool:
    """Whether one sentence of a clause gives this length of time for all that the words say will happen."""
    events = {character for character in words if character in _EVENTS}
    return any(
        all(event in sentence for event in events) and any(token.hours == hours for token in _marked(sentence))
        for sentence in re.split("[。;；\n]", clause)
    )


def _marked(text: str) -> tuple[Token, ...]:
    return mark(View(text, range(len(text)), range(1, len(text) + 1)))[1]
