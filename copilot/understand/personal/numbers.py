"""Phones, ID cards and bank cards: by their own check digits and forms, in digits or read aloud.

An order number, a waybill, a serial number or a tax number stays: the word before it says so, or no form fits.
"""

import re
import unicodedata
from collections.abc import Iterator

from copilot.understand.personal.span import BANK_CARD, ID_CARD, LANDLINE, PHONE, Place

DIGITS = {
    **dict.fromkeys("零〇洞", "0"), **dict.fromkeys("幺一壹", "1"), **dict.fromkeys("二两贰", "2"), "三": "3", "叁": "3",
    "四": "4", "肆": "4", "五": "5", "伍": "5", "六": "6", "陆": "6", "七": "7", "柒": "7", "拐": "7", "八": "8", "捌": "8",
    "九": "9", "玖": "9", "勾": "9",
}  # fmt: skip
DIGIT = f"[0-9{''.join(DIGITS)}]"
_SEPARATOR = "[ \\-—–.·_/*\u20e3]?"
_RUN = re.compile(rf"(?<![0-9])\+?{DIGIT}(?:{_SEPARATOR}{DIGIT}){{6,25}}(?:{_SEPARATOR}[x叉×](?![0-9a-z]))?(?![0-9])")
_PIECES = re.compile(rf"{DIGIT}+")
ORDER_CUE = re.compile(
    r"(?:订单|订单号码?|单号|运单号?|快递|快递号|物流号|订单编号|流水号?|交易号|工单号?|序列号|编号|编码|桩号|券号|批号|批次|货号"
    r"|合同号?|证书|许可证|保修卡号?|会员号|型号|条码|税号|识别号|信用代码|发票号?码?|挂号|imei|sku|sn|no|order|ip|(?<![a-z])id)"
    r"(?:是|为|：|号|码|#|，|。| |的)*$"
)
_CARD_CUE = re.compile(
    r"(?:银行卡|储蓄卡|信用卡|借记卡|(?<![品物员修值e油生券票]))(?:卡号?|账号|帐号|账户|帐户|户头|[工农建招交中]行)[^，。！？0-9]{0,6}$"
)
_PHONE_CUE = re.compile(
    r"(?:电话|手机|号码|联系|打我|拨|座机|固话|致电|回电|tel|phone|whatsapp|传真)[^，。！？0-9]{0,6}$"
)
_LOCAL_CUE = re.compile(r"(?:电话|座机|固话|(?<![a-z])tel)[：是号码为 ]{0,4}$")
_ID_CUE = re.compile(r"(?:身份证|证件|证号|(?<![a-z])id|sfz|一代证|二代证|老证)[^。！？\n]{0,14}$")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?) ?[0-9]{1,6}(?![0-9])")
_COUNTRY = re.compile(r"（?\+?(?:00)?86）?[ \-]?$")
_LETTERS = re.compile(r"[a-z]+$")
_SPELLED_LABEL = re.compile(r"(?:tel|phone|mobile|call|cell|id|sfz|wx|whatsapp|dh|sj|qq)$")
_LANDLINE = re.compile(
    r"(?<![0-9a-z+\-])(?<![0-9][ \-])(?:（0[0-9]{2,3}）|0[0-9]{2,3}[ \-—，转])[ \-—]?[2-8][0-9]{2,3}[ \-—]?[0-9]{4}(?:(?:转|-|—|分机|ext)[0-9]{1,5})?(?![0-9])"
    r"|(?<=座机)[：是号 ]{0,3}[2-8][0-9]{2,3}[ \-—]?[0-9]{4}(?![0-9])|(?<=固话)[：是号 ]{0,3}[2-8][0-9]{2,3}[ \-—]?[0-9]{4}(?![0-9])"
)
_ABROAD = re.compile(
    r"(?:\+|(?<![0-9a-z])00)(?:852|853|886|65|1|44|81|82|60|61|49|33|7|66|84)(?:[ \-（）.]{0,2}[0-9]){7,11}(?![0-9])|(?<![0-9a-z+])(?:852|853|886)[ \-](?:[ \-]?[0-9]){8,9}(?![0-9])"
)
_GAP = "[^0-9a-z。！？\n]"
# 前三位是186后面57214390; 138开头，中间0013，尾号8000: told in pieces that make up eleven digits.
_THREE = rf"(?:1[3-9][0-9]|[幺一1](?:{DIGIT}){{2}})"
_TOLD = re.compile(
    rf"(?:(?:前|开头|头)[三3]?[位面段个]{{0,2}}{_GAP}{{0,4}}?)?(?<![0-9])({_THREE})(?![0-9])({_GAP}{{1,9}}?)({DIGIT}{{4}}(?:[ \-]?{DIGIT}{{4}})?)(?:({_GAP}{{1,9}}?)({DIGIT}{{4}}))?(?!{DIGIT})"
)
_TOLD_BY = re.compile(r"开头|打头|中间|后|尾|再|然后|接着|最后|末|，.*，")


def find_numbers(text: str) -> Iterator[Place]:
    """Numbers in order of sureness; the folded text may be of any length, the work stays linear in it."""
    for match in _TOLD.finditer(text):
        told = f"{match[2]}{match[4] or ''}"
        if len(plain_digits(match[1] + match[3] + (match[5] or ""))) == 11 and _TOLD_BY.search(told):
            yield Place(PHONE, *match.span())
    for match in _RUN.finditer(text):
        yield from _in_run(text, match)
    for match in _LANDLINE.finditer(text):
        yield Place(LANDLINE, *match.span())
    for match in _ABROAD.finditer(text):
        yield Place(PHONE, *match.span())


def plain_digits(text: str) -> str:
    """The digits of a number however they are written, with a check letter x."""
    digits = "".join(DIGITS.get(character, character) for character in unicodedata.normalize("NFKC", text).lower())
    return re.sub(r"[^0-9x]", "", digits.replace("叉", "x").replace("×", "x"))


def _in_run(text: str, match: re.Match[str]) -> Iterator[Place]:
    """The run as a whole, else the pieces of it that make a number: 3 138 0013 8000."""
    if _belongs_to_a_word(text, match):
        return
    before = text[max(0, match.start() - 16) : match.start()]
    kind = _kind(before, match.group())
    if kind:
        extension = _EXTENSION.match(text, match.end()) if kind in (PHONE, LANDLINE) else None
        country = _COUNTRY.search(text, max(0, match.start() - 8), match.start()) if kind == PHONE else None
        start = country.start() if country else match.start()
        yield Place(kind, start, extension.end() if extension else match.end())
        return
    pieces = [(part.start() + match.start(), part.end() + match.start()) for part in _PIECES.finditer(match.group())]
    if len(pieces) < 2 or ORDER_CUE.search(before):
        return
    done = 0
    for first in range(len(pieces)):
        for last in range(len(pieces) - 1, first - 1, -1):
            start, end = pieces[first][0], pieces[last][1]
            if start >= done and (first, last) != (0, len(pieces) - 1) and _is_mobile(plain_digits(text[start:end])):
                yield Place(PHONE, start, end)
                done = end
                break


def _belongs_to_a_word(text: str, match: re.Match[str]) -> bool:
    """sf1390002224441 is a waybill, tel13900022244 a phone; a code goes on in letters."""
    after = text[match.end() : match.end() + 1]
    if after.isascii() and after.isalpha():
        return True
    letters = _LETTERS.search(text[max(0, match.start() - 12) : match.start()])
    return bool(letters) and not _SPELLED_LABEL.search(letters.group())  # type: ignore[union-attr]


def _kind(before: str, written: str) -> str | None:
    digits = plain_digits(written)
    plain = _national(digits)
    ordered = bool(ORDER_CUE.search(before)) and not _ID_CUE.search(before)
    if len(plain) == 18 and is_id_card(plain):
        return ID_CARD
    if len(plain) == 15 and _ID_CUE.search(before) and _is_old_id_card(plain):
        return ID_CARD
    if _is_mobile(plain) and not ordered:
        return PHONE
    if re.fullmatch(r"0\d{9,11}", digits) and not ordered:
        announced = _PHONE_CUE.search(before) or re.match(r"0\d{2,3}[ \-—]", written)
        if announced or re.fullmatch(r"(?:010|02\d)[2-8]\d{7}|0[3-9]\d{2}[2-8]\d{6,7}|09\d{8}", digits):
            return LANDLINE
    if re.fullmatch(r"[2-8]\d{6,7}", digits) and _LOCAL_CUE.search(before):
        return LANDLINE
    if 15 <= len(digits) <= 19 and digits.isdigit() and not ordered:
        known = digits[:2] in ("62", "51", "52", "53", "54", "55", "35", "37") or digits[0] == "4"
        if _CARD_CUE.search(before) or (known and len(digits) >= 16 and is_luhn(digits)):
            return BANK_CARD
    return None


def _national(digits: str) -> str:
    """Without the country's prefix 86 or 0086."""
    bare = digits.removeprefix("00")
    return bare[2:] if bare.startswith("86") and len(bare) == 13 else digits


def _is_mobile(digits: str) -> bool:
    plain = _national(digits)
    return bool(re.fullmatch(r"1[3-9]\d{9}", plain))


def _is_old_id_card(number: str) -> bool:
    """Fifteen digits (until 1999): region, birth date, sequence; no check digit."""
    return bool(re.fullmatch(r"[1-8]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}", number))


def is_id_card(number: str) -> bool:
    """GB 11643: a plausible birth date and the check character over 17 weighted digits."""
    if not re.fullmatch(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9x]", number):
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
    return "10x98765432"[total % 11] == number[17]


def is_luhn(number: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
