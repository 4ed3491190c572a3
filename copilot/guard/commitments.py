"""The promise ledger: reads from a phrase what it promises, how much, until when, and on which condition."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from copilot.domain.compliance import Act, Commitment
from copilot.guard.context import GuardContext
from copilot.guard.numerals import number
from copilot.guard.promise import VALUE_ACTS, Promise, prices
from copilot.guard.reading import Reading
from copilot.guard.tokens import Token


def _compiled(*rows: tuple[str, Act]) -> tuple[tuple["re.Pattern[str]", Act], ...]:
    return tuple((re.compile(pattern), act) for pattern, act in rows)


_NOUNS: tuple[tuple["re.Pattern[str]", Act], ...] = _compiled(
    (r"券|红包|购物卡|礼品卡|e卡|京东卡|话费|加油卡|代金", "coupon"),
    (r"积分|京豆|金豆|成长值|淘金币", "points"),
    (r"延保|保修期?延|质保期?延|延长(?:保修|质保)", "warranty"),
    (r"运费|邮费|快递费|配送费|退货费", "freight"),
    (r"上门费|维修费|安装费|服务费|检测费|人工费|配件费|检修费|清洗费|拆装费|开箱费|拆机费", "repair"),
    (r"礼品|礼物|赠品|小礼|伴手礼|奶茶|周边|小样|样品", "gift"),
)
_REMEDIES: tuple[tuple["re.Pattern[str]", Act], ...] = _compiled(
    (r"补发|补寄|重新?发|重新?寄|再发|再寄", "resend"),
    (r"换新|换货|换一|换个|换台|换件|换双|换套|换成|给您换|新的", "exchange"),
    (r"修|保养", "repair"),
    (r"退货(?!退款)", "return"),
    (r"取消", "cancel"),
    (r"退|钱|款", "refund"),
)
_REFUND_WORDS = re.compile(r"退|返还|货款")
_BONUS_WORDS = re.compile(r"补偿|赔|补贴|红包|返现|心意|道歉|损失|优惠|补您|补给")
_WHOLE_PRICE = re.compile(r"货款|退款|仅退款|全额|全款|这(?:单|笔)")
_ADDITIONAL = re.compile(r"再(?!次确认)|另外?|额外|还(?!是|没|有)|又|加送|多给|各")
_DIFFERENCE = re.compile(r"差价|价差|价保|保价|差额")


def read_promise(reading: Reading, act: Act, start: int, end: int, context: GuardContext) -> Promise:
    """What the phrase at [start, end) of the marked view promises."""
    clause = reading.clauses.clause(start)
    stretch_end = max(end, clause.end)
    words = reading.words(clause.start, stretch_end)
    phrase = reading.words(start, end)
    amounts = reading.tokens_in(start, end, *_VALUES) or reading.tokens_in(clause.start, stretch_end, *_VALUES)
    promise = Promise(
        act=_value_act(act, phrase, words),
        words=words,
        amount=_total(amounts, words),
        percent=_first(amounts, "percent", "rate"),
        multiple=any(token.kind in ("multiple", "forfeit") for token in amounts),
        price_difference=bool(_DIFFERENCE.search(words)),
        months=next((t.hours / 720 for t in reading.tokens_in(clause.start, stretch_end, "duration") if t.hours), None),
        additional=bool(_ADDITIONAL.search(words)),
        clause=clause.start,
    )
    if _is_price_refund(reading, promise, words, context):
        return replace(promise, act="refund")
    return promise


_COUNT = r"(?P<count>\d{1,2}|[两二三四五六七八九十])(?:张|份|笔)"


def _total(tokens: list[Token], words: str) -> Decimal | None:
    """What all pieces are worth together: 两张20元的券 and 20元券两张 are 40."""
    amount = _first(tokens, "money", "points")
    named = next((re.escape(token.text) for token in tokens if token.kind in ("money", "points")), None)
    if amount is None or named is None:
        return amount
    before = re.search(f"{_COUNT}(?:面值|价值)?{named}", words)
    pieces = before or re.search(f"{named}(?:的)?[^,;。!?\\d]{{0,4}}?(?:券|红包|卡){_COUNT}", words)
    count = number(pieces["count"]) if pieces else None
    return amount if count is None else amount * count


_VALUES = ("money", "points", "percent", "rate", "multiple", "forfeit")


def _first(tokens: list[Token], *kinds: str) -> Decimal | None:
    return next((token.value for token in tokens if token.kind in kinds and token.value is not None), None)


def _value_act(act: Act, phrase: str, words: str) -> Act:
    if act == "freight" and not re.search(r"运费|邮费|快递费|配送费|退货费", phrase):
        return "repair" if _NOUNS[4][0].search(phrase) else act
    if act in VALUE_ACTS and act != "warranty":
        for text in (phrase, words) if act == "compensate" else ():
            for pattern, found in _NOUNS:
                if pattern.search(text):
                    return found
        return act
    if act in ("refund", "outcome"):
        if act == "outcome" and re.search(r"赔|补偿", phrase):
            return "compensate"
        if act == "outcome" and re.search(r"审|批|修|拦截|找|追|通过|满意", phrase):
            return act
        texts = (phrase, words) if act == "outcome" else (phrase,)
        return next((kind for text in texts for pattern, kind in _REMEDIES if pattern.search(text)), act)
    return act


def _is_price_refund(reading: Reading, promise: Promise, words: str, context: GuardContext) -> bool:
    """Whether the amount is the price that was paid, given back: a remedy, not value on top of it."""
    if promise.act != "compensate" or promise.multiple or promise.price_difference or promise.percent is not None:
        return False
    if not _REFUND_WORDS.search(words) or _BONUS_WORDS.search(words):
        return False
    if promise.amount is None:
        return bool(_WHOLE_PRICE.search(words))
    return promise.amount in prices(context.ticket) or promise.amount in stated_prices(reading)


_PRICE = re.compile(
    "(?:订单(?:总)?(?:金额|价)?|实付(?:款|金额)?|支付(?:了|金额)?|付(?:了|款|的)?|付过|价格|货款|商品(?:金额|价格)?|售价|单价)"
    "(?:是|为|共|合计|总计|:|了|的)?\ue000"
)


def stated_prices(reading: Reading) -> set[Decimal]:
    """Amounts that the reply itself names as what was paid."""
    found = set()
    for match in _PRICE.finditer(reading.text):
        for token in reading.tokens_in(match.start(), match.end(), "money"):
            if token.value is not None:
                found.add(token.value)
    return found


def commitment(
    reading: Reading,
    promise: Promise,
    start: int,
    end: int,
    context: GuardContext,
    condition: str | None,
    backing: str | None,
) -> Commitment:
    """The ledger's row, with offsets into the reply as it was sent."""
    first, last = reading.source_span(start, end)
    amount = promise.amount if promise.act != "points" else None
    return Commitment(
        act=promise.act,
        amount=None if amount is None else amount.min(Decimal("100000000")).quantize(Decimal("0.01")),
        deadline=deadline(reading, start, end, context.now),
        condition=condition,
        backed_by=backing,
        start=first,
        end=last,
    )


def deadline(reading: Reading, start: int, end: int, now: datetime) -> datetime | str | None:
    """When the promise is due: a moment for a duration, else the words of the reply."""
    clause = reading.clauses.clause(start)
    times = reading.tokens_in(clause.start, max(end, clause.end), "duration", "moment")
    if not times:
        return None
    token = times[0]
    if token.hours is not None and token.hours < 24 * 365 and "工作日" not in token.text:
        return now + timedelta(hours=token.hours)
    return token.text
