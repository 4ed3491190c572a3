"""Finds values in a text: amounts, points, percentages, multiples, rates; 一定, 十分, 万一 and order numbers are none."""

import re
from decimal import Decimal

from copilot.guard.numerals import number

_HAN_DIGIT = "零一二两俩三仨四五六七八九"
_HAN = f"{_HAN_DIGIT}十百千万"
NUMERAL = (
    rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.\d{{1,4}})?|\d{{1,12}}(?:\.\d{{1,4}})?(?:[十百千万][{_HAN_DIGIT}\d]?){{0,4}}"
    rf"|[几数上近约]?[{_HAN}][{_HAN}几\d]{{0,12}})"
)
# 块 is also a classifier: what follows decides.
_GOODS = (
    "电池|面膜|屏|砖|瓷|板|肥皂|香皂|毛巾|表|手表|玻璃|饼|巧克力|蛋糕|地毯|布|桌布|硬盘|主板|显卡|内存|滤|香|糖|肉|"
    "木|拼|积木|垫|地垫|电路|芯片|区|内容|充电|腕|抹布|地板|料|贴|污|石|玉|金条|退|处理|寄|发|办|申请|儿|给|来|去|送|"
    "使用|用|买|下单|打包|核"
)
_UNIT = (
    rf"(?:元整?(?:[{_HAN_DIGIT}\d]角)?|块钱|块(?!{_GOODS})(?:[{_HAN_DIGIT}\d](?![{_HAN}\d.个天件次年月小分份张元块条]))?"
    rf"|rmb|r(?![a-z0-9])|人民币|cny|yuan|大洋|软妹币|大毛|张毛爷爷)"
)
_OBJECT = (
    r"的?(?:现金|无门槛|满减|店铺|平台|代金|优惠|抵用|抵扣|购物|话费|现金)?"
    r"(?:券|红包|优惠|代金|现金|补偿|赔偿|赔付|补贴|话费|e卡|购物卡|礼品卡|返现|差价|运费|邮费)"
)
# A bare number after a verb of giving is an amount unless a unit of something else follows.
_OTHER_UNIT = (
    "天小时分秒年月周日号点个件次台张份双套瓶箱包盒条%折倍成位名款家级码斤克米片支只部本把期项楼层种步遍下会些直定起样般切并"
    "同律元块毛角kgcm.0123456789零一二两三四五六七八九十百千万枚颗粒罐袋听提组对副顶串桶杯块根面g-~至到工礼星钟人"
)
_GIVE = (
    r"(?:(?:[赔陪补贴退返给打转送减免还付汇发]|赔偿|补偿|赔付|补贴|退还|返还|优惠|便宜|抵扣|报销|少收|补给|退给|"
    r"打给|转给|赔给|返给|付给|退款|返现|退回|返回)(?:了|过)?(?:您|你|给您|给你|到您|个|您个|你个|您这边|大家)"
    r"|(?:赔|赔偿|补偿|赔付|补贴|返现|退还|报销)(?:了|过|个)?"
    r"|(?:给|为|帮)(?:您|你)[^,;。!?]{0,4}?(?:赔|补|退|返|转|打|减|免|贴|汇|付|便宜|优惠|少|填|出)(?:个|上|了|过|偿)?"
    r"|(?:再|另外?|多|额外|先)(?:赔|补|退|返|减|转|打|垫|贴)(?:您|你|个)?"
    r"|(?:赔|赔付|补偿|补)[^,;。!?]{0,4}(?:超过|最多|不超|封顶)|(?:最多|只|顶多)(?:能|可以)?(?:批|赔|补|给))"
    r"(?:再|多|整|额外|至少|最多|大概|差不多)?"
)
_BARE = rf"(?<=\ue0ff)(?:\d{{1,5}}(?:\.\d+)?|[{_HAN}]{{2,5}})"
_APPROX = r"(?:[多来余几])?"

VALUE_PATTERN = (
    rf"(?P<full>百分之?百|百分之一百|百分之(?:[两二三]百|千|万)|[1-9]?100+%|十成十|百分百)"
    rf"|(?P<forfeit>(?:假|退|损|少|错|缺|破|慢|坏|晚)[一1](?:赔|罚|补|偿|返)(?:{NUMERAL}|n|到底))"
    rf"|(?P<multiple>(?:{NUMERAL}|[双翻加多几])(?:到{NUMERAL})?倍(?![速镜光数频率率杯]|变焦))"
    rf"|(?P<rate>{NUMERAL}折(?![伞叠页屏门扣])|半价|对折)"
    rf"|(?P<percent>{NUMERAL}(?:[-~至到]{NUMERAL})?%|百分之{NUMERAL}(?:点{NUMERAL})?|{NUMERAL}个(?:百分)?点(?![心位])"
    rf"|[{_HAN_DIGIT}]成(?![新功都为人品熟本交立分员果绩效]))"
    rf"|(?P<points>{NUMERAL}个?(?:店铺|会员|平台)?(?:积分|京豆|金豆|成长值|淘金币|金币|豆子|京享值))"
    rf"|(?P<money>(?:[¥$]|rmb|cny|人民币)(?:{NUMERAL})[万千百kw]?(?:元|块)?(?:[-~至到]¥?{NUMERAL})?(?:元|块钱?)?"
    rf"|{NUMERAL}(?:[-~至到]{NUMERAL})?{_APPROX}[千万百kw]?{_APPROX}{_UNIT}"
    rf"|{NUMERAL}(?=[多来]?{_OBJECT})|[五两三六七八九]毛钱?)"
)
_GIVEN = re.compile(
    rf"{_GIVE}(?P<bare>\d{{1,5}}(?:\.\d{{1,2}})?[kw]?|[{_HAN}]{{2,5}})(?![{re.escape(_OTHER_UNIT)}])", re.ASCII
)


def given_amounts(text: str) -> list[tuple[int, int]]:
    """Bare numbers that a verb of giving makes an amount (补您50, 赔你两百)."""
    return [match.span("bare") for match in _GIVEN.finditer(text)]


_TAIL = re.compile(rf"(?P<whole>.+?)(?:元|圆|块)(?P<tail>[{_HAN_DIGIT}\d])[角毛]?$")


def money_value(text: str) -> Decimal | None:
    """CNY; of a range the upper end. A vague amount gives its upper bound."""
    text = text.replace(",", "").lstrip("¥$上近约").removeprefix("rmb").removeprefix("cny").removeprefix("人民币")
    text = re.split(r"[-~至到]¥?", text)[-1]
    text = re.sub(r"(?:整|钱)$", "", text)
    tail = _TAIL.fullmatch(text)
    if tail:
        whole, part = number(tail["whole"]), number(tail["tail"])
        return None if whole is None or part is None else whole + part / 10
    match = re.match(r"(?P<number>[\d.零一二两俩三仨四五六七八九十百千万几数]+)(?P<scale>[多来余]?[kw千万百]?)", text)
    if not match:
        return None
    value = number(match["number"] + match["scale"].strip("多来余"))
    if value is not None and text.endswith(("毛", "角")) and "元" not in text and "块" not in text:
        value = value / 10
    if value is not None and "毛爷爷" in text:
        value = value * 100
    return value


def share_value(text: str) -> Decimal | None:
    """Percent of a percentage or rate (8折 is 80, 三成 is 30); of a range the upper end."""
    text = re.split(r"[-~至到]", text)[-1]
    if text == "半价" or text == "对折":
        return Decimal(50)
    body = text.removeprefix("百分之")
    found = re.match(r"[\d.零一二两三四五六七八九十百千]+", body)
    value = number(found.group()) if found else None
    if value is None:
        return None
    if "折" in text:
        return value * 10 if value < 10 else value
    return value * 10 if text.endswith("成") else value


def multiple_value(text: str) -> Decimal | None:
    """Times the price: 双倍 is 2, 假一赔三 is 3."""
    if text[0] in "双翻加" and text.endswith("倍"):
        return Decimal(2)
    body = text[:-1] if text.endswith("倍") else text[3:]
    return number(body)


def count_value(text: str) -> Decimal | None:
    """A count of points."""
    found = re.match(r"[\d.零一二两三四五六七八九十百千万几]+", text)
    return number(found.group()) if found else None
