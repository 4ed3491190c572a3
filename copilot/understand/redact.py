"""Takes personal data out of a conversation before anything else sees it; reversible inside the process.

Phones, ID cards (checksum), bank cards (Luhn), e-mail addresses, and, after words that announce them, names,
addresses, passwords and codes become typed placeholders such as `[手机号1]`. Order numbers and waybills stay.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from copilot.understand.fold import Folded, fold

_DIGITS = {"零": "0", "〇": "0", "幺": "1", "一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5", "六": "6",
           "七": "7", "八": "8", "九": "9"}  # fmt: skip
_D = "[0-9零〇幺一二两三四五六七八九]"
_SEPARATOR = "[ \\-—.]?"

_EMAIL = re.compile(r"(?<![a-z0-9._%+\-])[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,}")
_RUN = re.compile(rf"(?<![0-9a-z])\+?{_D}(?:{_SEPARATOR}{_D}){{6,22}}x?(?![0-9a-z])")
_ORDER_CUE = re.compile(
    r"(?:订单号?码?|单号|运单号?|快递号|物流号|订单编号|流水号|交易号|工单号?|序列号|编号|sn|no|order|型号|条码|税号|识别号)"
    r"(?:是|为|：|:|号|码|#|，|。| )*$"
)
_CARD_CUE = re.compile(r"(?:银行卡|卡号|储蓄卡|信用卡|借记卡|账号|帐号|户头|[工农建招交中]行)[^，。！？]{0,6}$")
_PHONE_CUE = re.compile(r"(?:电话|手机|号码|联系方式|打我|座机|tel|phone)[^，。！？]{0,6}$")

_STOP = "，。！？；\n"
_TITLE = "先生|女士|小姐|太太|老师|阿姨|叔叔"
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍"
    "史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄臧戴宋庞熊纪舒屈项祝董梁杜阮蓝闵席季贾路娄江童"
    "颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘缪解应宗丁宣邓洪包诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲封储靳段焦巴牧谷车"
    "侯全班仰仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎乔苍双闻莘党翟谭贡劳姬申扶冉桑桂牛寿通边燕冀尚温庄晏柴瞿阎连习容向古易"
    "廖终步都耿满弘匡国文寇广禄阙东欧利师巩聂关荆游权盖益桓公肖"
)
_NAME = rf"(?:欧阳|上官|司马|诸葛|东方|尉迟|公孙|慕容|司徒|夏侯|[{_SURNAMES}])"
# After 我叫 or 收件人 a name is announced; the lookahead keeps verbs such as 我叫不出来 out.
_NAMED = re.compile(
    rf"(?:我叫做?|本人叫|(?:收件|收货|联系|寄件|退款|持卡|开户|签收)人(?:姓名|名字|是|叫|为|改成|改为|写的?是?|：|:)*|姓名(?:是|：|:)*"
    rf"|名字(?:是|叫|：|:)+|户名(?:是|：|:)*|我姓名|我的名字是?)[：: ]*({_NAME}[一-鿿·]{{1,2}})(?=[{_STOP}0-9a-z、电手地住我他的，]|$|{_TITLE})"
)
_NAME_RECEIVES = re.compile(rf"(?<=[ 0-9室号户楼座])({_NAME}[一-鿿]{{1,2}})收(?=[{_STOP}0-9]|$)")
_NAME_SPACED = re.compile(rf"(?:收件人|收货人|联系人|姓名|户名)[：: ]+({_NAME}[一-鿿]{{1,2}})")

_PLACE = "[一-鿿0-9a-z\\-—（）#]"
_ADDRESS_CUE = re.compile(
    rf"(?:地址(?:是|为|改成|改到|改为|换成|写的?是?|在|：|:)*|(?:送|寄|改|派送?|配送|投递?|发|换|住|转寄|改派|改送)(?:到|去|在|往)|家住|我住|住址(?:是|：|:)*)[：: ]*"
    rf"({_PLACE}{{2,48}})"
)
_N = "[0-9零一二三四五六七八九十百]+(?:[\\-—][0-9]+)*"
_REGION = "(?:[一-鿿]{2,8}?(?:省|自治区))?(?:[一-鿿]{2,8}?(?:市|州|盟))?(?:[一-鿿]{1,7}?(?:区|县|旗|镇|乡|街道))?"
_UNIT = f"{_N}(?:号楼|号院|栋|幢|座|楼|层|单元|室|户|[a-z]座)"
# 文三路199号5栋302室 or 幸福小区3号楼2单元501: a road with a number, or an estate with a building.
_ADDRESS_BODY = re.compile(
    f"{_REGION}(?:[一-鿿0-9a-z]{{1,10}}?(?:路|街|大道|巷|弄|胡同|村|屯){_N}(?:号|弄|组)"
    f"(?:[一-鿿a-z]{{0,10}}?(?:{_UNIT}|{_N}号))*(?:[0-9a-z]{{2,5}})?"
    f"|[一-鿿0-9a-z]{{2,12}}?(?:小区|大厦|花园|家园|公寓|新城|广场|中心|苑|园区|社区|里)[一-鿿a-z]{{0,6}}?(?:{_N}号)?(?:{_UNIT})+(?:[0-9a-z]{{2,5}})?)"
)
_PLACE_MARK = re.compile(r"[省市区县镇乡村路街道巷弄栋幢座楼室号苑府]|小区|大厦|花园|公寓|单元|广场|胡同")
_SECRET = re.compile(
    r"(?P<kind>密码|验证码|校验码|动态码|口令|cvv|安全码)(?:是|为|：|:|发给你|给你|→|=|，|“|\"| )+(?P<value>[0-9a-z!@#$%^&*_.\-]{3,20})"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data at the source span [start, end)."""

    kind: str
    start: int
    end: int


@dataclass
class Redactor:
    """Redacts the messages of one ticket; the same value gets the same placeholder everywhere."""

    placeholders: dict[tuple[str, str], str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def redact(self, text: str, private: Sequence["Found"] | None = None) -> str:
        """`text` with placeholders for every personal datum, `private` where it was searched already."""
        parts, position = [], 0
        for found in find(fold(text)) if private is None else private:
            parts.append(text[position : found.start])
            parts.append(self._placeholder(found.kind, text[found.start : found.end]))
            position = found.end
            self.count += 1
        parts.append(text[position:])
        return "".join(parts)

    def restore(self, text: str) -> str:
        """The text with its placeholders turned back; only inside the process, never for a log."""
        for placeholder, value in self.values.items():
            text = text.replace(placeholder, value)
        return text

    def _placeholder(self, kind: str, value: str) -> str:
        key = (kind, re.sub(r"[\s\-—]", "", fold(value).text))
        if key not in self.placeholders:
            number = 1 + sum(known == kind for known, _ in self.placeholders)
            self.placeholders[key] = f"[{kind}{number}]"
            self.values[self.placeholders[key]] = value
        return self.placeholders[key]


PLACEHOLDER = re.compile(r"\[(?:手机号|电话|身份证|银行卡|邮箱|姓名|地址|密码|验证码)\d+\]")


def find(folded: Folded) -> list[Found]:
    """Personal data in a folded text, in order and without overlaps; offsets are code points of its source."""
    taken: list[Found] = []
    for kind, start, end in _candidates(folded):
        first, last = folded.span(start, end)
        if not any(first < other.end and other.start < last for other in taken):
            taken.append(Found(kind, first, last))
    return sorted(taken, key=lambda found: found.start)


def _candidates(folded: Folded) -> Iterator[tuple[str, int, int]]:
    """Kinds and folded spans, the surest first."""
    text = folded.text
    for match in _EMAIL.finditer(text):
        yield "邮箱", *match.span()
    for match in _SECRET.finditer(text):
        if re.search(r"\d", match["value"]):
            yield ("密码" if match["kind"] in ("密码", "口令") else "验证码"), *match.span("value")
    for match in _RUN.finditer(text):
        kind = _number_kind(text, match)
        if kind:
            yield kind, *match.span()
    for pattern in (_NAMED, _NAME_SPACED, _NAME_RECEIVES):
        for match in pattern.finditer(text):
            if match[1] not in _NOT_NAMES:
                yield "姓名", *match.span(1)
    yield from _addresses(text)


_NOT_NAMES = frozenset({"都是我", "和电话", "和地址", "和手机", "都不对", "全不对", "应该是", "向你们"})


def _number_kind(text: str, match: re.Match[str]) -> str | None:
    before = text[max(0, match.start() - 14) : match.start()]
    digits = plain_digits(match.group())
    digits = re.sub(r"[^0-9x]", "", digits)
    plain = digits[2:] if digits.startswith("86") and len(digits) == 13 else digits
    if len(plain) == 18 and _is_id_card(plain):
        return "身份证"
    if re.fullmatch(r"1[3-9]\d{9}", plain) and not _ORDER_CUE.search(before):
        return "手机号"
    if re.fullmatch(r"0\d{9,11}", digits) and (_PHONE_CUE.search(before) or "-" in match.group()):
        return "电话"
    if 15 <= len(digits) <= 19 and digits.isdigit() and not _ORDER_CUE.search(before):
        known = digits[:2] in ("62", "51", "52", "53", "54", "55", "35", "37") or digits[0] == "4"
        if _CARD_CUE.search(before) or (known and len(digits) >= 16 and _luhn(digits)):
            return "银行卡"
    return None


def plain_digits(text: str) -> str:
    """Spoken and full-width digits (幺三八, １３８) as 0 to 9; everything else stays."""
    return "".join(_DIGITS.get(character, character) for character in unicodedata.normalize("NFKC", text))


def _is_id_card(number: str) -> bool:
    """GB 11643: a plausible birth date and the check character over 17 weighted digits."""
    if not re.fullmatch(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9x]", number):
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
    return "10x98765432"[total % 11] == number[17]


def _luhn(number: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _addresses(text: str) -> Iterable[tuple[str, int, int]]:
    for match in _ADDRESS_BODY.finditer(text):
        # 我在…路, 送到…: the words that lead to the place are no part of it.
        start = match.start()
        lead = re.match(
            r".{0,10}?(?:地址(?:是|为|改成|改到|在)?|(?:送|寄|改|派|发|换|住|放)(?:到|去|在|往|成)|我在|家在|在)",
            match.group(),
        )
        if lead and lead.end() < len(match.group()) - 3:
            start += lead.end()
        yield "地址", start, match.end()
    for match in _ADDRESS_CUE.finditer(text):
        place = match[1]
        end = len(place)
        cut = re.search(
            r"(?:可以|行不|行吗|吧|谢谢|麻烦|能不|电话|手机|收件|的话|就行|就好|了|是不是|写错|填错|不对)", place
        )
        if cut:
            end = cut.start()
        if (
            end >= 4
            and len(_PLACE_MARK.findall(place[:end])) >= 2
            and re.search(r"[0-9零一二三四五六七八九十]|小区|大厦|路|街", place[:end])
        ):
            yield "地址", match.start(1), match.start(1) + end
