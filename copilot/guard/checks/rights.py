"""Statements about what the customer may have that contradict the entitlements of this ticket."""

import re
from collections.abc import Iterator

from copilot.domain.base import BEIJING
from copilot.domain.suggestion import Entitlement
from copilot.domain.vocabulary import Action, EntitlementVerdict
from copilot.guard.finding import Case
from copilot.guard.times import day_of

Place = tuple[int, int]

_THINGS: tuple[tuple[str, tuple[Action, ...]], ...] = (
    (r"(?:\ue005)?(?:七天)?无理由(?:退货|退换)?|退货(?:退款)?", (Action.RETURN_REFUND,)),
    (r"仅退款|退款", (Action.REFUND, Action.RETURN_REFUND)),
    (r"换货|换新|更换|换一", (Action.EXCHANGE,)),
    (r"补发|补寄", (Action.RESEND,)),
    (r"维修|保修|返修", (Action.REPAIR,)),
    (r"价保|价格保护|退差价", (Action.PRICE_PROTECTION,)),
    (r"取消(?:订单)?", (Action.CANCEL,)),
    (r"开(?:具)?(?:发)?票|补开", (Action.INVOICE,)),
)
_REFUSES = r"(?:不(?:支持|能|可以|予|可|符合|适用|享受|给)|无法|没法|没有?办法)(?:再|为您|给您|申请|办理|进行|享受|做)?[^,;。!?\n]{0,4}?"
_GRANTS = (
    r"(?<![不无])(?:可以|支持|能|享受|适用|符合|有权)(?:为您|给您|申请|办理|进行|享受|要求)?[^,;。!?\n不没无]{0,4}?"
)
_REFUSED = tuple((re.compile(_REFUSES + f"(?:{thing})"), actions) for thing, actions in _THINGS)
_GRANTED = tuple((re.compile(_GRANTS + f"(?:{thing})"), actions) for thing, actions in _THINGS)
_PERSONAL = re.compile(r"[您你](?!好)|[这本该此](?:单|笔|个?订单|款|件|商品|台|双)")
"""Says it of this customer or this order; a rule told in general contradicts nothing."""
_OTHER_WAY = re.compile(
    r"质量|(?<!不)可以|(?<!不)支持|特殊|审批|协商|原因|暂时|之前|前(?:无法|不能)|重复|聊天|线下|私下"
)
_SOFT = re.compile(r"特殊|审批|协商|尝试|核实|审核|是否|能否|如果|若|符合|咨询|查看|了解")
_CUSTOMER_PAYS = re.compile(
    r"(?:运费|邮费)[^,;。!?\n不]{0,6}(?:由|是|需要?)?(?:您|你|客户|买家|消费者)(?:这边)?(?:自行|自己|先)?(?:承担|出|负责|支付|付(?!后))"
)
_SHOP_PAYS = re.compile(
    r"(?:运费|邮费)[^,;。!?\n不]{0,6}(?:由)?(?:商家|我们|本店|店铺|平台|我方|卖家)(?:这边)?(?:承担|出|负责|支付)"
)
_UNTIL = re.compile(
    r"(?:请|可以?|需|最[晚迟]|截止)[^,;。!?\n]{0,8}\ue006[^,;。!?\n]{0,8}(?:申请|提交|寄回|退回|办理|退货|换货|截止)|截止[^,;。!?\n]{0,6}\ue006"
)


def contradictions(case: Case) -> Iterator[Place]:
    entitlements = case.context.entitlements
    if not entitlements:
        return
    yield from _refused(case)
    yield from _granted(case)
    yield from _freight(case, entitlements)
    yield from _deadlines(case, entitlements)


def _verdicts(case: Case, actions: tuple[Action, ...]) -> set[EntitlementVerdict]:
    return {e.verdict for e in case.context.entitlements if e.action in actions}


def _may_not_be_refused(case: Case, actions: tuple[Action, ...]) -> bool:
    """What is allowed, and what only a row denied or withheld whose clause changed since it was confirmed."""
    about = [e for e in case.context.entitlements if e.action in actions]
    return any(e.verdict is EntitlementVerdict.ALLOWED or e.stale for e in about)


def _refused(case: Case) -> Iterator[Place]:
    text = case.reading.text
    for pattern, actions in _REFUSED:
        if not _may_not_be_refused(case, actions):
            continue
        for match in pattern.finditer(text):
            sentence = case.reading.clauses.sentence(match.start())
            around = text[sentence.start : match.start()] + text[match.end() : sentence.end]
            if _PERSONAL.search(text, sentence.start, sentence.end) and not _OTHER_WAY.search(around):
                yield match.span()


def _granted(case: Case) -> Iterator[Place]:
    text = case.reading.text
    for pattern, actions in _GRANTED:
        if _verdicts(case, actions) != {EntitlementVerdict.DENIED}:
            continue
        for match in pattern.finditer(text):
            sentence = case.reading.clauses.sentence(match.start())
            personal = _PERSONAL.search(text, sentence.start, sentence.end)
            if (
                personal
                and not _SOFT.search(text, sentence.start, sentence.end)
                and not _conditional(case, match.start())
            ):
                yield match.span()


def _freight(case: Case, entitlements: tuple[Entitlement, ...]) -> Iterator[Place]:
    borne = {e.freight.borne_by for e in entitlements if e.freight is not None} - {None}
    if not borne:
        return
    text = case.reading.text
    if "customer" not in borne:
        for match in _CUSTOMER_PAYS.finditer(text):
            advance = "先" in match.group() or "垫" in text[match.start() : match.end() + 4]
            if not advance and not _conditional(case, match.start()):
                yield match.span()
    if borne == {"customer"}:
        for match in _SHOP_PAYS.finditer(text):
            if not _conditional(case, match.start()):
                yield match.span()


def _conditional(case: Case, start: int) -> bool:
    return case.scope.condition_of(case.reading, start) is not None


def _deadlines(case: Case, entitlements: tuple[Entitlement, ...]) -> Iterator[Place]:
    ends = [e.deadline.astimezone(BEIJING).date() for e in entitlements if e.deadline is not None]
    if not ends:
        return
    for match in _UNTIL.finditer(case.reading.text):
        for token in case.reading.tokens_in(match.start(), match.end(), "moment"):
            day = day_of(token.text, case.context.now)
            if day is not None and day > max(ends):
                yield match.span()
