"""Reads Chinese, Arabic and mixed numerals as customers and agents write them (两百五, 1千2, 三五十, 百八十)."""

import re
from decimal import Decimal, InvalidOperation

DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "仨": 3, "四": 4, "五": 5, "六": 6, "七": 7,
          "八": 8, "九": 9, "幺": 1}  # fmt: skip
SCALES = {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "亿": 100_000_000}
LETTERS = "零一二两三四五六七八九十百千万"
_VAGUE = {"几", "数", "多", "来", "余"}


def number(text: str) -> Decimal | None:
    """The value of a numeral; a vague one (几十, 三五十) gives its upper bound, None when it is no numeral.

    A short tail takes the next lower scale: 两百五 is 250, 1千2 is 1200.
    """
    text = text.replace(",", "").replace("廿", "二十").strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        try:
            return Decimal(text)
        except InvalidOperation:  # pragma: no cover - the pattern admits only numerals
            return None
    if not text or not re.search(r"[\d零一二两俩三仨四五六七八九十百千万亿几数]", text):
        return None
    if not any(character in SCALES for character in text):
        return _digit_string(text)
    return _scaled(text)


def _digit_string(text: str) -> Decimal | None:
    digits = ""
    for character in text:
        if character.isdigit() and character.isascii():
            digits += character
        elif character in DIGITS:
            digits += str(DIGITS[character])
        elif character in _VAGUE:
            digits += "9"
        else:
            return None
    if len(text) == 2 and all(character in DIGITS for character in text) and DIGITS[text[1]] == DIGITS[text[0]] + 1:
        return Decimal(DIGITS[text[1]])  # 三四(天): the larger one
    return Decimal(digits) if digits else None


def _scaled(text: str) -> Decimal | None:
    total = section = Decimal(0)
    last_scale = 1
    pending: Decimal | None = None
    for part in re.findall(r"\d+(?:\.\d+)?|.", text):
        if part[0].isdigit() and part[0].isascii():
            pending = Decimal(part)
        elif part in DIGITS:
            # 三五十: a range before the scale; the upper bound counts.
            pending = Decimal(DIGITS[part])
            if part == "零":
                last_scale = 1
        elif part in _VAGUE:
            pending = Decimal(9) if pending is None and last_scale <= 10 else pending
        elif part in SCALES:
            scale = SCALES[part]
            if scale >= 10_000:
                below = section + (pending or 0)
                if not below and (not total or total >= scale):
                    below = Decimal(1)
                # 一亿零五百万: what 亿 has multiplied is not multiplied again.
                total = total + below * scale if total >= scale else (total + below) * scale
                section = Decimal(0)
            else:
                section += (Decimal(1) if pending is None else pending) * scale
            last_scale, pending = scale, None
        else:
            return None
    if pending is not None:
        # 两百五, 1千2: the tail is one scale down; 二百零五 keeps its value.
        section += pending * (last_scale // 10 if last_scale >= 100 and pending < 10 else 1)
    return total + section
