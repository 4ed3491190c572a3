"""Chinese and mixed numerals as customers write them: 三千八, 1千2, 一万二, 两百五, 九块九."""

from decimal import Decimal, InvalidOperation

_DIGIT = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNIT = {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000}

NUMERAL = r"(?:(?:\d{1,3}(?:，\d{3}){1,3}|\d{1,10})(?:\.\d{1,4})?(?:[百千万wk]\d{0,4}){0,3}|[零〇一二两三四五六七八九十百千万]{1,12}|半)"
"""A number in digits, Chinese characters or both; in folded text."""


def parse(text: str) -> Decimal | None:
    """The value of a numeral; None where it is none (十分, 一下 are excluded by the caller's context).

    A last bare digit after a unit counts tenths of that unit: 三千八 = 3800, 1千2 = 1200, 一百零五 = 105.
    """
    plain = text.replace(",", "").replace("，", "")
    try:
        return Decimal(plain)
    except InvalidOperation:
        pass
    total = section = Decimal(0)
    pending: Decimal | None = None
    last_unit, zero = 1, False
    position = 0
    while position < len(plain):
        character = plain[position]
        if character in _UNIT:
            unit = _UNIT[character]
            if unit == 10_000:
                total = (total + section + (pending or 0)) * unit
                section = Decimal(0)
            else:
                section += (Decimal(1) if pending is None else pending) * unit
            pending, last_unit, zero = None, unit, False
            position += 1
        elif character in _DIGIT:
            zero = zero or character in "零〇"
            # 二〇二六 is read digit by digit.
            pending = (
                Decimal(_DIGIT[character]) if pending is None or last_unit > 1 else pending * 10 + _DIGIT[character]
            )
            position += 1
        else:
            end = position
            while end < len(plain) and (plain[end].isdigit() or plain[end] == "."):
                end += 1
            if end == position:
                return None
            pending = Decimal(plain[position:end])
            position = end
    if pending is not None:
        tenths = last_unit > 1 and not zero and pending < 10
        section += pending * (last_unit // 10) if tenths and last_unit > 10 else pending
    return total + section


def integer(text: str) -> int | None:
    """The whole number of a numeral, None where there is none."""
    value = parse(text)
    return int(value) if value is not None and value == value.to_integral_value() else None
