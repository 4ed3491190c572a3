"""Personal data in a reply: full phone, identity card, bank card numbers, also in Chinese numerals, and asking for secrets."""

import re
from collections.abc import Iterator
from datetime import date

from copilot.guard.checks.rules import RuleCheck
from copilot.guard.finding import Case, Finding

_SEPARATOR = r"[ \-·.、_]?"
_DIGIT = r"[0-9零一二三四五六七八九幺]"
_PHONE = re.compile(
    rf"(?<![0-9a-z零一二三四五六七八九幺])(?:\+?86{_SEPARATOR})?[1一幺]{_SEPARATOR}[3-9三四五六七八九]"
    rf"(?:{_SEPARATOR}{_DIGIT}){{9}}(?!{_SEPARATOR}{_DIGIT}|[a-z])"
)
_LONG = re.compile(rf"(?<![0-9a-z])[1-9](?:{_SEPARATOR}[0-9]){{14,18}}(?:{_SEPARATOR}[0-9x])?(?![0-9a-z])")
_IN_DIGITS = str.maketrans("零一二三四五六七八九幺", "01234567891")
_ORDER = re.compile(
    r"(?:订单|单号|运单|快递单|物流单|编号|编码|货号|sku|条码|条形码|序列号|流水|工单|型号|批号|批次|sn|imei|追踪号|交易号|退款单|售后单|发票)"
    r"[^,;。!?\n0-9]{0,8}$"
)
_CARD = re.compile(r"卡号?|账号|账户|银行|收款|储蓄|信用卡|开户|打到|退到|转到|汇到")
_IDENTITY = re.compile(r"身份证|证件|实名|身份号")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class PrivacyCheck(RuleCheck):
    def findings(self, case: Case) -> Iterator[Finding]:
        yield from super().findings(case)
        text = case.reading.plain.text
        for match in _PHONE.finditer(text):
            if not _ORDER.search(text, max(0, match.start() - 20), match.start()):
                yield self._found(case, "phone", match.start(), match.end())
        for match in _LONG.finditer(text.translate(_IN_DIGITS)):
            digits = re.sub(r"[^0-9x]", "", match.group())
            before = text[max(0, match.start() - 16) : match.start()]
            kind = _kind(digits, before, bool(_ORDER.search(before)))
            if kind:
                yield self._found(case, kind, match.start(), match.end())

    def _found(self, case: Case, detector: str, start: int, end: int) -> Finding:
        """A finding whose place in the plain view is carried over to the marked view."""
        first, last = case.reading.plain.source_span(start, end)
        view = case.reading.view
        begin = min(view.first_at(first), len(view.text) - 1)
        while begin > 0 and view.starts[begin] > first:
            begin -= 1
        stop = begin + 1
        while stop < len(view.text) and view.ends[stop - 1] < last:
            stop += 1
        return self.detected(detector, begin, stop)


def _kind(digits: str, before: str, order_number: bool) -> str | None:
    identity = bool(_IDENTITY.search(before))
    if len(digits) == 18 and (identity or not order_number) and _identity_card(digits, strict=not identity):
        return "id_card"
    if order_number or not digits.isdigit() or len(digits) not in range(15, 20):
        return None
    card = bool(_CARD.search(before))
    if card and not identity:
        return "bank_card"
    return "bank_card" if digits.startswith(("62", "4", "5")) and len(digits) >= 16 and _luhn(digits) else None


def _identity_card(digits: str, strict: bool) -> bool:
    """Region, birth date and, when nothing else says that it is one, the checksum of GB 11643."""
    if not "11" <= digits[:2] <= "82" or not digits[:17].isdigit():
        return False
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    if not 1900 <= born.year <= 2100:
        return False
    if not strict:
        return True
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return "10x98765432"[total % 11] == digits[17]


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
