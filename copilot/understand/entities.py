"""What the conversation names: order number, waybill, amounts, dates, products, quantity."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from copilot.domain.suggestion import AmountMention, DateMention, Entities
from copilot.domain.ticket import Ticket
from copilot.rulebook.signals import Signals
from copilot.understand.dates import find_dates
from copilot.understand.fold import fold
from copilot.understand.numerals import NUMERAL, integer, parse
from copilot.understand.utterance import Utterance

_CODE = r"(?P<code>[a-z0-9][a-z0-9\-_]{4,31})(?![a-z0-9])"
_JOIN = r"(?:是|为|：|:|#|\.| |，|号|的)*"
_ORDER = re.compile(rf"(?:订单(?:编号|号码|号|id)?|交易号|order(?: ?(?:no|number|id))?){_JOIN}{_CODE}")
_WAYBILL = re.compile(
    rf"(?:运单号?|快递单号?|物流单号?|快递号|物流号|退货单号|(?<!订)单号)(?:{_JOIN}(?:顺丰|圆通|中通|申通|韵达|京东|邮政|极兔|德邦)?){_JOIN}{_CODE}"
)
_CARRIER = re.compile(
    r"(?<![a-z0-9])(?P<code>(?:sf|yt|jt|zto|sto|yd|db|dpk|ems|jdv[a-z]?|jdk|jdx|jdw|ane)\d{9,15})(?![a-z0-9])"
)
_BARE_ORDER = re.compile(
    r"(?<![a-z0-9.\-])(?P<code>(?:jd|tm|tmall|tb|ls|lashou|dd|own)[\-_]?\d{3,20}|\d{11,20})(?![a-z0-9.\-])"
)

_AMOUNT = re.compile(
    r"(?:[¥￥$]|rmb|cny) ?(?P<sign>\d{1,3}(?:，\d{3}){1,3}(?:\.\d{1,2})?|\d{1,10}(?:\.\d{1,2})?万?)"
    r"|(?<![a-z0-9.第])(?P<whole>\d{1,8}|[零一二两三四五六七八九十百千]{1,8})块(?P<jiao>\d|[一二两三四五六七八九])(?:毛|角)?"
    r"(?![0-9一二三四五六七八九十百千万.个件台双条])"
    rf"|(?<![a-z0-9.第])(?P<number>{NUMERAL})(?P<loose>多|来|几)? ?"
    r"(?:元(?!旦|宵|素|件)|圆(?=[，。！？的])|块钱|块(?=$|[，。！？；、的吧呢啊了呀给左以多红券押运差邮退赔就行才卖买]|我)|rmb|人民币|cny)"
    rf"|(?:卖|买|花了?|扣了?|付了?|收了?|价格是?|原价|现价|降到|降成|涨到|实付|到手价|转了?|值|标价|赔偿?|补偿?|退)(?:是|我|给我)?(?P<spent>\d{{1,8}}[千万w]\d?|\d{{1,10}}(?:\.\d{{1,2}})?|[一二两三四五六七八九]?[十百千万][零一二两三四五六七八九十百千万]{{0,8}})"
    r"(?![\d.]|[a-z%天个件台双条瓶盒箱袋包套本支次遍倍小分秒号年月日周张把只斤颗点码折]|公斤|块)"
    rf"|(?<![a-z0-9.第])(?P<price>\d{{2,6}}(?:\.\d{{1,2}})?|[一二两三四五六七八九]?[千万][零一二两三四五六七八九千百]{{0,6}})多?(?:买的|拍的|入手的|下单的)"
    rf"|(?<![a-z0-9.第])(?P<worth>[一二两三四五六七八九十]?[十百千]{{0,4}}[千万][零一二两三四五六七八九千百]{{0,6}}|\d{{1,8}}(?:\.\d{{1,4}})?[万w]\d?)多?的(?=[一-鿿])"
)
_NOT_MONEY = frozenset({"千万", "万", "千", "百", "十", "万万", "百万"})
"""千万别 and 万一 are no amounts."""

_GOODS_BEFORE = re.compile(
    r"(?:买了?的?|订了?的?|下单了?的?|拍了?的?|收到了?的?|要|退|换|这款|这个|那个|那台|这台|这双|这件)$"
)


class EntityFinder:
    """Reads entities from the customer's messages; personal data never becomes one."""

    def __init__(self, signals: Signals) -> None:
        self._goods = sorted((fold(word).text for word in signals.goods), key=len, reverse=True)
        measures = "|".join(signals.measures)
        self._quantity = re.compile(
            rf"(?:买|订|拍|下单|要|收到|发|少|漏|来|定|退|换)了?(?P<n>\d{{1,4}}|[一二两三四五六七八九十百]{{1,4}})(?P<unit>{measures})"
            rf"|[x×*](?P<times>\d{{1,3}})(?!\d)"
            rf"|(?<![第每0-9a-z.])(?P<bare>\d{{1,3}}|[两三四五六七八九十]{{1,3}})(?P<bunit>{measures})(?!钱)"
        )

    def find(self, ticket: Ticket, utterances: Sequence[Utterance], now: datetime) -> Entities:
        """Entities of all customer messages; the ticket's own order number and waybill stand where none is named."""
        amounts: list[AmountMention] = []
        dates: list[DateMention] = []
        products: dict[str, None] = {}
        order_id = waybill = None
        quantity: int | None = None
        for utterance in utterances:
            private = [(found.start, found.end) for found in utterance.private]
            bill = _first_code((_CARRIER, _WAYBILL), utterance, private)
            waybill = bill or waybill
            order_id = _first_code((_ORDER, _BARE_ORDER), utterance, private, exclude=bill) or order_id
            amounts += self._amounts(utterance, private)
            said_at = ticket.messages[utterance.message].at or ticket.opened_at or now
            for start, end, at in find_dates(utterance.text, said_at):
                dates.append(DateMention(at=at, text=_quote(utterance, start, end), message=utterance.message))
            for word in self._products(utterance):
                products.setdefault(word)
            quantity = quantity or self._quantity_in(utterance)
        order = ticket.order
        for item in ticket.items():
            if item.title:
                products.setdefault(item.title)
        return Entities(
            order_id=order_id or (order.id if order else None),
            waybill=waybill or (order.logistics.waybill if order and order.logistics else None),
            amounts=tuple(amounts), dates=tuple(dates), products=tuple(products), quantity=quantity,
        )  # fmt: skip

    def _amounts(self, utterance: Utterance, private: list[tuple[int, int]]) -> Iterator[AmountMention]:
        for match in _AMOUNT.finditer(utterance.text):
            value = _amount(match)
            start, end = utterance.folded.span(*match.span())
            if value is None or not 0 < value <= 100_000_000 or any(a < end and start < b for a, b in private):
                continue
            yield AmountMention(amount=value, text=utterance.source[start:end], message=utterance.message)

    def _products(self, utterance: Utterance) -> Iterator[str]:
        """Goods words, the longest at each place, in order of appearance."""
        found: list[tuple[int, int]] = []
        text = utterance.text
        for word in self._goods:
            start = text.find(word)
            if start < 0 or any(a < start + len(word) and start < b for a, b in found):
                continue
            # One character (书, 锅, 床, 虾) is a word of its own only where it is bought, returned or pointed at.
            if len(word) == 1 and not _GOODS_BEFORE.search(text[:start]):
                continue
            found.append((start, start + len(word)))
        for start, end in sorted(found):
            yield text[start:end]

    def _quantity_in(self, utterance: Utterance) -> int | None:
        money = [match.span() for match in _AMOUNT.finditer(utterance.text)]
        for match in self._quantity.finditer(utterance.text):
            if any(start < match.end() and match.start() < end for start, end in money):
                continue
            value = integer(match["n"] or match["times"] or match["bare"])
            if value and 0 < value <= 10_000:
                return value
        return None


def _amount(match: re.Match[str]) -> Decimal | None:
    if match["whole"]:
        whole, tenth = parse(match["whole"]), parse(match["jiao"])
        return whole + tenth / 10 if whole is not None and tenth is not None else None
    text = match["sign"] or match["number"] or match["spent"] or match["price"] or match["worth"]
    if text is None or text in _NOT_MONEY or (text == "一" and match["number"]):
        return None
    value = parse(text)
    return value.quantize(Decimal("0.01")).normalize() + 0 if value is not None else None


def _first_code(
    patterns: Sequence[re.Pattern[str]],
    utterance: Utterance,
    private: list[tuple[int, int]],
    exclude: str | None = None,
) -> str | None:
    for pattern in patterns:
        for match in pattern.finditer(utterance.text):
            start, end = utterance.folded.span(*match.span("code"))
            code = utterance.source[start:end]
            digits = sum(character.isdigit() for character in code)
            if digits >= 3 and code != exclude and not any(a < end and start < b for a, b in private):
                return code
    return None


def _quote(utterance: Utterance, start: int, end: int) -> str:
    first, last = utterance.folded.span(start, end)
    return utterance.source[first:last]
