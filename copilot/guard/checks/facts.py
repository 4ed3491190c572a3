"""Statements about the order that contradict its facts; fields that the ticket lacks are not judged."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from copilot.domain.base import BEIJING
from copilot.domain.ticket import Order, Ticket
from copilot.domain.vocabulary import ItemTag, OrderStatus
from copilot.guard.finding import Case
from copilot.guard.numerals import number
from copilot.guard.promise import prices
from copilot.guard.times import day_of

Place = tuple[int, int]

_UNCERTAIN = re.compile(
    r"如果|若|是否|假如|要是|一旦|等(?:您|到)?|待|后(?:续|再)|请问|可能|能否|之前|以前|才|尽快|预计|就会|将会"
)
_AMOUNT = re.compile(
    "(?:订单(?:总)?(?:金额|价格?|款)|实付(?:金额|款)?|(?:您|你)(?:已经?|一共|总共|当时)?(?:支付|付)(?:了|款)?)(?:是|为|共|:|了|的|合计)?\ue000"
)
_BEFORE_SHIPPING = {OrderStatus.UNPAID, OrderStatus.PAID, OrderStatus.CANCELLED}
_ON_THE_WAY = {OrderStatus.SHIPPED}
_ARRIVED = {OrderStatus.SIGNED, OrderStatus.RETURNING}


def _not_shipped(ticket: Ticket, order: Order) -> bool:
    return order.status in _BEFORE_SHIPPING and order.shipped_at is None


def _shipped(ticket: Ticket, order: Order) -> bool:
    return order.shipped_at is not None or order.status in _ON_THE_WAY | _ARRIVED


def _not_signed(ticket: Ticket, order: Order) -> bool:
    return order.signed_at is None and order.status in _BEFORE_SHIPPING | _ON_THE_WAY


def _signed(ticket: Ticket, order: Order) -> bool:
    return order.signed_at is not None or order.status in _ARRIVED


def _refund_not_done(ticket: Ticket, order: Order) -> bool:
    done = ticket.application is not None and ticket.application.state == "refunded"
    return not done and order.status not in (None, OrderStatus.REFUNDED, OrderStatus.CANCELLED)


def _return_not_received(ticket: Ticket, order: Order) -> bool:
    there = ticket.application is not None and ticket.application.state in ("received", "refunded")
    late = order.status in (OrderStatus.REFUNDING, OrderStatus.REFUNDED)
    return order.return_received_at is None and not there and not late and order.status is not None


def _application_is(*states: str) -> Callable[[Ticket, Order], bool]:
    def contradicted(ticket: Ticket, order: Order) -> bool:
        return ticket.application is not None and ticket.application.state in states

    return contradicted


def _lacks(tag: ItemTag) -> Callable[[Ticket, Order], bool]:
    def contradicted(ticket: Ticket, order: Order) -> bool:
        tags = [item.tags for item in ticket.items()]
        return bool(tags) and all(known is not None and tag not in known for known in tags)

    return contradicted


def _has(tag: ItemTag) -> Callable[[Ticket, Order], bool]:
    def contradicted(ticket: Ticket, order: Order) -> bool:
        tags = [item.tags for item in ticket.items()]
        return bool(tags) and all(known is not None and tag in known for known in tags)

    return contradicted


_CLAIMS: tuple[tuple["re.Pattern[str]", Callable[[Ticket, Order], bool]], ...] = (
    (re.compile(r"已(?:经)?(?:为您)?(?:发货|发出|出库|寄出|揽收)(?!后)|(?:包裹|快递)(?:已经?)?在(?:路上|途中|运输)"), _not_shipped),
    (re.compile(r"(?:还没有?|尚未|未|没有?)(?:给您)?(?:发货|发出|出库)(?!的话|前)"), _shipped),
    (re.compile(r"已(?:经)?(?:被)?(?:签收|送达|妥投)(?!后)|显示(?:已)?签收"), _not_signed),
    (re.compile(r"(?:还没有?|尚未|未)(?:被)?(?:签收|送达)(?!前)"), _signed),
    (re.compile(r"(?:退款|款项|钱)(?:已经?|都)(?:原路)?(?:退回|到账|退给您|退到|退还)|已(?:经)?(?:为您|给您)?(?:原路)?(?:退款(?!申请)|退回(?!仓|商)|退还)(?:成功)?"), _refund_not_done),
    (re.compile(r"(?:退款|款项|退货款|钱)(?:已经?|都|已)*(?:完成|成功|到账)(?!后|的话|时间|通知|之后)"), _refund_not_done),
    (re.compile(r"(?:标(?:了|的|注)?(?:是|为)?|是|属于|为)二手"), _lacks(ItemTag.SECONDHAND)),
    (re.compile(r"(?:这|该)(?:件|个|款)?(?:商品)?(?:是|属于)赠品"), _lacks(ItemTag.GIFT)),
    (re.compile(r"(?:仓库|商家|我们)(?:那?边)?已(?:经)?(?:收到|签收)(?:了)?(?:您)?(?:的)?(?:退回|退货|寄回|退件)"), _return_not_received),
    (re.compile(r"订单已(?:经)?(?:被)?取消"), lambda t, o: o.status is not None and o.status is not OrderStatus.CANCELLED),
    (re.compile(r"(?:还没有?|尚未|未)(?:支付|付款)"), lambda t, o: o.status not in (None, OrderStatus.UNPAID, OrderStatus.CANCELLED)),
    (re.compile(r"(?:审核|申请)已(?:经)?(?:审核)?通过(?!后)"), _application_is("submitted", "refused")),
    (re.compile(r"(?:审核|申请)(?:没有?|未|未能)(?:审核)?通过|(?:申请|审核)被(?:拒|驳回)"), _application_is("approved", "picked_up", "received", "refunded")),
    (re.compile(r"(?:有|带|含|购买|赠送|享有|买|投保)(?:过|了|有)?运费险"), lambda t, o: o.freight_insurance is False),
    (re.compile(r"(?:没有?|不含|未购买|不带|未含|没买)(?:购买|投保|赠送|买|投)?(?:过|了)?运费险"), lambda t, o: o.freight_insurance is True),
    (re.compile(r"(?:是|属于|为)(?:按您要求)?(?:的)?(?:定制|定做|订制)"), _lacks(ItemTag.CUSTOMIZED)),
    (re.compile(r"(?:不是|不属于|并非|非)定制"), _has(ItemTag.CUSTOMIZED)),
    (re.compile(r"(?:不是|不属于|并非)(?:生鲜|鲜活)"), _has(ItemTag.FRESH)),
    (re.compile(r"(?:不是|不属于|并非)二手"), _has(ItemTag.SECONDHAND)),
    (re.compile(r"(?:没有?|还没|未|尚未)(?:拆封|开封|激活)(?!的话)"), _has(ItemTag.OPENED)),
    (re.compile(r"(?:是|属于|为)(?:生鲜|鲜活易腐|鲜活)"), _lacks(ItemTag.FRESH)),
    (re.compile(r"(?:您|商品|已经|已)(?:已经?)?(?:拆封|开封|激活)(?:了|过|使用|,|。)"), _lacks(ItemTag.OPENED)),
    (re.compile(r"(?:您|商品|已经|已)(?:已经?)?(?:洗过|水洗|下水|洗涤)"), _lacks(ItemTag.WASHED)),
    (re.compile(r"吊牌(?:已经?)?(?:被)?(?:剪|拆|去除|撕)"), _lacks(ItemTag.TAG_REMOVED)),
)  # fmt: skip
_SIGNED_AGO = re.compile(
    "签收(?:至今)?(?:已经?)?(?P<over>超过|超|过了?|满)?(?:了)?\ue005|(?P<expired>已经?(?:超过|过了?|超)(?:了)?\ue005(?:无理由)?(?:的)?(?:期限|时效|期)?)|\ue005(?:无理由)?(?:退货)?(?:期限|时效|期)?已(?:经)?(?:过|超)"
)
_IN_WINDOW = re.compile(
    "(?P<in>(?:还|仍|尚|今天|正)+在\ue005[^,;。!?]{0,8}(?:期|时效|时间|时限)(?:限)?(?:(?:以|之)?内|里|中)|(?:没有?|未|尚未|还没)(?:超过?|过)\ue005)"
    "|(?P<past>第\ue005(?:已经?)?(?:超|过)|(?:已经?)(?:超|过)(?:过|了)?\ue005(?:无理由)?)"
)
_ARRIVES = re.compile(
    "(?:预计|预估|会在?|将于?|显示)[^,;。!?]{0,6}(?P<day>\ue006)[^,;。!?]{0,4}(?:送达|送到|到货|派送|配送|到达|到(?=[,。!~]|$))"
)
_IN_TIME = re.compile(
    r"(?P<in>(?:承诺|约定|答应)(?:您)?(?:的)?(?:送达)?(?:时间|时效|时限)(?:之)?内(?:就)?(?:已经?)?(?:送达|送到|到)|(?:还没|没有?|未)(?:到|超过?)(?:承诺|约定)(?:的)?(?:送达)?(?:时间|时效|时限)|不(?:属于|算|存在|构成)(?:配送|物流)?(?:延误|超时|晚到))"
    r"|(?P<late>(?:超过|晚于|超出|过了|已过|晚过)(?:了)?(?:承诺|约定)(?:的)?(?:送达)?(?:时间|时效|时限))"
)
_COUNT = re.compile(
    r"(?:一共|总共|共)?(?:拍|买|下单|订购?|购买)(?:下|了)+(?P<count>\d{1,3}|[一二两三四五六七八九十])(?:件|个|台|双|套|份|箱|盒|瓶|包)(?!装)"
)
_DATED = re.compile(
    "(?P<day>\ue006)[^,;。!?]{0,6}?(?P<event>签收|发货|发出|下单|付款|支付|送达)|(?P<event2>签收|发货|下单|付款|支付)(?:时间|日期)(?:是|为|:)(?P<day2>\ue006)"
)
_FIELDS: dict[str, str] = {
    "签收": "signed_at", "送达": "signed_at", "发货": "shipped_at", "发出": "shipped_at", "下单": "paid_at",
    "付款": "paid_at", "支付": "paid_at",
}  # fmt: skip
_NUMBERED = re.compile("(?P<what>运单号?|快递单号?|物流单号?|订单编?号)(?:是|为|:)?(?P<code>\ue008)")


def contradictions(case: Case) -> Iterator[Place]:
    """Places in the marked view that state what the order does not say."""
    ticket = case.context.ticket
    if ticket is None:
        return
    order = ticket.order or Order()
    yield from _amounts(case, ticket)
    text = case.reading.text
    for pattern, contradicted in _CLAIMS:
        for match in pattern.finditer(text):
            if contradicted(ticket, order) and not _uncertain(case, match.start()):
                yield match.span()
    yield from _days(case, order)
    yield from _window(case, order)
    yield from _arrival(case, order)
    yield from _count(case, ticket)
    yield from _punctual(case, order)
    yield from _dates(case, order)
    yield from _numbers(case, order)


def _uncertain(case: Case, start: int) -> bool:
    clause = case.reading.clauses.clause(start)
    return _UNCERTAIN.search(case.reading.text, clause.start, start) is not None


def _amounts(case: Case, ticket: Ticket) -> Iterator[Place]:
    known = prices(ticket)
    if not known:
        return
    for match in _AMOUNT.finditer(case.reading.text):
        for token in case.reading.tokens_in(match.start(), match.end(), "money"):
            if token.value is not None and token.value not in known and not _uncertain(case, match.start()):
                yield match.span()


def days_since(moment: datetime, now: datetime) -> int:
    """Calendar days in Beijing after the day of signing: the next day is 1."""
    return (now.astimezone(BEIJING).date() - moment.astimezone(BEIJING).date()).days


def _days(case: Case, order: Order) -> Iterator[Place]:
    if order.signed_at is None:
        return
    past = days_since(order.signed_at, case.context.now)
    for match in _SIGNED_AGO.finditer(case.reading.text):
        token = next(iter(case.reading.tokens_in(match.start(), match.end(), "duration")), None)
        if token is None or token.hours is None or token.hours % 24 or _uncertain(case, match.start()):
            continue
        if "内" in token.text:
            continue  # 签收七日内可以退 names a period; it does not say how long ago the order was signed
        days = int(token.hours // 24)
        over = bool(match["over"]) or not match.group().startswith("签收")
        wrong = past <= days if over else abs(past - days) > 1
        if wrong:
            yield match.span()


def _window(case: Case, order: Order) -> Iterator[Place]:
    """Says that a period after signing is still open, or over, when it is not."""
    if order.signed_at is None:
        return
    past = days_since(order.signed_at, case.context.now)
    for match in _IN_WINDOW.finditer(case.reading.text):
        token = next(iter(case.reading.tokens_in(match.start(), match.end(), "duration")), None)
        if token is None or token.hours is None or token.hours % 24 or _uncertain(case, match.start()):
            continue
        inside = past <= token.hours // 24
        if bool(match["in"]) != inside:
            yield match.span()


def _arrival(case: Case, order: Order) -> Iterator[Place]:
    eta = order.logistics.eta if order.logistics else None
    if eta is None:
        return
    for match in _ARRIVES.finditer(case.reading.text):
        token = next(iter(case.reading.tokens_in(match.start("day"), match.end("day"), "moment")), None)
        day = day_of(token.text, case.context.now) if token else None
        if day is not None and day != eta.astimezone(BEIJING).date():
            yield match.span()


def _punctual(case: Case, order: Order) -> Iterator[Place]:
    """Says that the promised delivery was kept, or missed, when it was not."""
    promised = order.promised_delivery_at
    if promised is None:
        return
    late = (order.signed_at or case.context.now) > promised
    for match in _IN_TIME.finditer(case.reading.text):
        if bool(match["late"]) != late and not _uncertain(case, match.start()):
            yield match.span()


def _count(case: Case, ticket: Ticket) -> Iterator[Place]:
    quantities = [item.quantity for item in ticket.items()]
    if not quantities or any(quantity is None for quantity in quantities):
        return
    known = {sum(quantity or 0 for quantity in quantities), len(quantities), *quantities}
    for match in _COUNT.finditer(case.reading.text):
        if number(match["count"]) not in known and not _uncertain(case, match.start()):
            yield match.span()


def _dates(case: Case, order: Order) -> Iterator[Place]:
    for match in _DATED.finditer(case.reading.text):
        field = _FIELDS[match["event"] or match["event2"]]
        known = getattr(order, field)
        place = match.start("day") if match["day"] else match.start("day2")
        token = next(iter(case.reading.tokens_in(place, place + 1, "moment")), None)
        if known is None or token is None or _uncertain(case, match.start()):
            continue
        if any(mark in token.text for mark in "前内底"):
            continue
        day = day_of(token.text, case.context.now)
        if day is not None and day != known.astimezone(BEIJING).date():
            yield match.span()


def _numbers(case: Case, order: Order) -> Iterator[Place]:
    for match in _NUMBERED.finditer(case.reading.text):
        known = order.id if "订单" in match["what"] else (order.logistics.waybill if order.logistics else None)
        token = next(iter(case.reading.tokens_in(match.start("code"), match.end("code"), "code")), None)
        if known and token and token.text.replace("-", "") != known.lower().replace("-", ""):
            yield match.span()
