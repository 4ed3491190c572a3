"""People's names: after words that announce one, with a title, before 收, or beside other personal data.

A name is a surname and one or two characters that given names are made of, bounded on both sides. Words that only look
like one (谢谢, 方便, 安装) hold characters that no given name has; a brand stands beside goods, not beside a phone.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from copilot.understand.personal.span import NAME, Place
from copilot.understand.personal.words import (
    COMMON_WORDS,
    COMPOUND,
    EVERYDAY,
    NEVER_GIVEN,
    NEVER_NAMES,
    NO_ONE,
    NOT_ALONE,
    SURNAMES,
)

_HAN_NAME = rf"(?:(?:{COMPOUND})[一-鿿]{{1,2}}|[{SURNAMES}][一-鿿]{{1,2}})"
_FOREIGN = r"[一-鿿]{2,6}[·•・][一-鿿]{2,8}(?:[·•・][一-鿿]{2,8})?"
_LATIN = r"(?!email|phone|tel|name|order|app|sku|wechat|vip)[a-z]{3,15}(?: [a-z]{1,15}){0,2}"
_TITLES = r"先生|女士|小姐(?!姐)|太太|老师|阿姨|叔叔|同学|大爷|大妈|大姐|大哥|大叔|奶奶|爷爷|伯伯|医生|教授"
_TITLE = re.compile(_TITLES)
_PUNCTUATION = "，。！？；、：/|+（）()“”‘’\"'【】《》<>\\[\\]\\-—~～…\n0-9a-z 　"
_END = rf"(?=[{_PUNCTUATION}]|$|{_TITLES}|收|签|代收|本人|的?(?:电话|手机|号码|身份证|联系|地址|账[号户]|名字|名义)|电\b|[他她](?:是|的|叫|手机|电话)|住|地址|转|不是|而不是|吧|就[行好]|即可|可以|谢谢|去|来|取|拿|帮|过来|的名|个人|改成?|换成|变更)"
_ENDS = re.compile(_END)
_AFTER_KIN = (
    rf"(?={_END[3:-1]}|的|买|用|下单|去|来|在|说|没|有|帮|拿|打|那|家|名下|自己|过|也|都|她|他|已|就|会|要|刚|正|搬)"
)
_QUOTE = "[“‘\"'【（]?"
_JOIN = rf"(?:名字|姓名|全名|是|叫|为|改成|改为|换成|换为|写的?|填的?|：|，|、| |=|→|的|/|\||\n){{0,4}}{_QUOTE}"
_KIN = (
    "(?:老公|老婆|媳妇儿?|爱人|对象|丈夫|妻子|妈妈?|爸爸?|母亲|父亲|婆婆|公公|岳父|岳母|丈母娘|哥哥?|姐姐?|弟弟?|妹妹?|儿子|女儿|孩子|闺女|侄子|侄女|外甥女?|[表堂][哥姐弟妹]|同事|朋友|闺蜜|室友|舍友|邻居|爷爷"
    "|奶奶|外公|外婆|姥姥|姥爷|男友|女友|男朋友|女朋友|学生|房客|租客|保姆|前夫|前妻|同学|姑姑?|姨妈?|舅舅?|叔叔|婶婶?|嫂子|姐夫|妹夫|亲戚|房东|物业|班主任|保安|门卫|前台|秘书|护工|我(?:家)?(?:先生|太太))"
)
_ROLE = (
    "(?:(?:收件|收货|代收|联系|寄件|退款|持卡|开户|签收|取件|提货|申请|报修|订购|购买|付款|下单|投保|被保险|被保|代付|接收|乘车|安装|开票|收款|汇款|保单|预约|签字|来电|经办|担保|购票|入住|参保|投诉|反馈|法|承租|委托|监护|注册|登记|使用|本)人|[车户业房失机店]主(?:信息|姓名)?"
    "|收件|户名|姓名|实名(?:认证)?(?:信息)?|(?<!厂家)(?<!品牌)(?<!店铺)(?<!商品)(?<!产品)(?<!公司)(?<!商家)(?<!狗)(?<!猫)(?<!店)名字|[本真原全大改]名|更名|曾用名|署名|落款|抬头(?:是|为|写|开|改|成|换|：)*个人|抬头"
    "|乘客|患者|学员|旅客|(?<![一-鿿])[收寄致](?=：))"
)
_CUE = re.compile(
    rf"(?:{_ROLE}|(?:我|她|他|您|{_KIN})(?:就|大名|名字?)?叫做?|(?:这边|这里|本人)是){_JOIN}(?P<name>{_FOREIGN}|{_HAN_NAME}|{_LATIN}){_END}"
)
_OF_KIN = re.compile(rf"{_KIN}(?:是|，|：)?(?P<name>{_FOREIGN}|{_HAN_NAME}){_AFTER_KIN}")
_GIVEN_TO = re.compile(
    rf"(?:改成|改为|换成|换为|写成|更正为|变更为|应该是|应为|而是|不是|是|叫|写|填|留|登记的?|预留的?|备注|签|寄给|送给|发给|转给|交给|退给|打给|给|让|由|找|联系|用|代付|代收|代签)"
    rf"(?:的是?|了|那个|的那个|个)?{_QUOTE}(?P<name>{_FOREIGN}|{_HAN_NAME}){_END}"
)
_REACHED = re.compile(
    rf"(?:找|联系|打给|转给|交给|转交|寄给|送给)(?P<name>(?:{COMPOUND}|[{SURNAMES}])[一-鿿]{{2}}){_END}"
)
_CONTEXT = re.compile(
    r"姓名|名字|[真本全原]名|收件|收货|联系人|户名|抬头|实名|[户车业]主|签收|代收|代付|身份证|写错|打错|签字|签名|冒领|那个字|谐音|拼音|字打|同音"
)
_CONTEXT_BEFORE, _CONTEXT_AFTER = 30, 20
_LABELLED = re.compile(
    rf"(?:{_ROLE}(?:是|：|叫|写的?|改成|改为|\n)|(?:我|她|他|{_KIN})叫做?){_QUOTE}(?P<name>[一-鿿]{{2,5}})(?=[{_PUNCTUATION}]|$)"
)
"""A label and nothing else beside it: also names whose surname is rare or that have none (才让卓玛)."""
_CALLED = re.compile(
    rf"(?:(?<![一-鿿])|(?<=叫))(?P<name>(?:{COMPOUND}|[{SURNAMES}])[一-鿿]{{1,2}}?)(?=[是就]?(?:是)?我的?(?:[本真原全大]名|名字|姓名))"
)
_SELF = re.compile(rf"(?:我是|我就是)(?P<name>(?:{COMPOUND}|[{SURNAMES}])[一-鿿]{{2}}){_END}")
_OWNS = re.compile(
    rf"(?:(?<![一-鿿])|(?<=[用是在叫给让跟和找]))(?P<name>(?:{COMPOUND}|[{SURNAMES}])[一-鿿]{{2}})(?=名下|本人|的(?:名字|名义|账[号户]|身份证|手机|电话|卡|快递|包裹|地址|单子|订单|号))"
)
_TITLED = re.compile(rf"(?P<name>(?:{COMPOUND}|[{SURNAMES}])[一-鿿]{{0,2}}?)(?:{_TITLES})")
_RECEIVES = re.compile(rf"(?P<name>{_HAN_NAME})(?=（?(?:签?收|代收|亲收)(?:[，。！？；\n0-9（]|$))")
_ENGLISH = re.compile(
    r"(?<![a-z])(?:my name is|name is|full name|recipient|consignee|attn|receiver|name ?(?=：)|contact person)[：. ]{0,3}(?P<name>[a-z]{2,15}(?: (?!and|my|the|order|from|phone|please|is|tel|i|to|at|here|but)[a-z]{1,15}){0,2})(?![a-z0-9])"
    r"|(?<![a-z])(?P<titled>(?:mr|mrs|ms|miss|dr)[. ]{1,2}[a-z]{2,15}(?: (?!and|my|the|order|from|phone|please|is|has|will)[a-z]{2,15})?)(?![a-z0-9])"
)
_TOGETHER = re.compile(rf"(?:和|跟|与|、|或者?|以及)(?P<name>{_HAN_NAME}){_END}")
_SIGNED = re.compile(rf"(?:\n|——|--|—)(?:\s|：)*(?P<name>[{SURNAMES}][一-鿿]{{2}})(?:敬上|上|留|[\n0-9。]|$)")
_SURNAMED = re.compile(rf"姓([{SURNAMES}])")
_SEGMENT = re.compile(r"[一-鿿·•・]+")
_BESIDE = re.compile(
    r"[，、：: /|+\n（）(]{0,3}(?:[男女][，、/]{1,2})?(?:(?:联系|收件|他|她)?(?:的)?(?:电话|手机|号码|方式)|手机号码?|邮箱|email|e-mail|tel|phone|微信|qq|地址|身份证号?码?|证件号?码?|车牌号?|卡号)?(?:号|是|：| ){0,3}"
)
_OWNER = re.compile(
    rf"(?:^|[{'是叫给找让'}])(?P<name>(?:{COMPOUND}|[{SURNAMES}])[一-鿿]{{1,2}}?)的?(?:新|备用|联系)?(?:手机|电话|手机号|电话号|号码|邮箱|身份证|微信|地址)(?:号码?)?(?:是|为|改成)?$"
)
_HANDS_OVER = "是叫的写给找成为由让到人名寄送：，"


def find_names(text: str, known: Sequence[Place]) -> Iterator[Place]:
    """Names; `known` are the numbers, cards and addresses already found, whose neighbours names are."""
    yield from _announced(text)
    for pattern in (_SELF, _OWNS, _SIGNED):
        yield from (Place(NAME, *found.span("name")) for found in pattern.finditer(text) if _is_name(found["name"]))
    for found in _ENGLISH.finditer(text):
        yield Place(NAME, *found.span("name" if found["name"] else "titled"))
    yield from (place for found in _TITLED.finditer(text) if (place := _titled(text, found)))
    for found in _RECEIVES.finditer(text):
        if _bounded(text, found.start()) and _is_name(found["name"]):
            yield Place(NAME, *found.span())
    yield from _in_context(text)
    surnames = {found[1] for found in _SURNAMED.finditer(text)}
    if surnames or known:
        yield from _segments(text, known, surnames)


def _announced(text: str) -> Iterator[Place]:
    """After words that say that a name comes: 收件人, 我叫, 我妈; before 是我本名."""
    for pattern in (_CUE, _OF_KIN, _REACHED):
        for match in pattern.finditer(text):
            start = match.start("name")
            end = _fitting(text, start, match.end("name"), announced=pattern is _CUE)
            if end:
                yield Place(NAME, start, end + _title(text, end))
                yield from _together(text, end)
    for match in _LABELLED.finditer(text):
        if (
            "抬头" not in match.group()
            and match["name"] not in NO_ONE
            and not any(character in NEVER_GIVEN for character in match["name"])
        ):
            yield Place(NAME, *match.span("name"))
    for match in _CALLED.finditer(text):
        yield Place(NAME, *match.span("name"))


def _fitting(text: str, start: int, end: int, *, announced: bool = False) -> int | None:
    """Where the name ends: as it was read, else one character sooner (刘洋|签收); null where none fits.

    `announced`: after 我叫 or 收件人 a name may be an everyday word (成功, 江河).
    """
    if _foreign(text[start:end]):
        return end
    for stop in (end, end - 1):
        name = text[start:stop]
        ordinary = announced and len(name) == 2 and name[1] not in NEVER_GIVEN and name not in NEVER_NAMES
        if len(name) > 1 and (_is_name(name) or ordinary) and (stop == end or _ENDS.match(text, stop)):
            return stop
    return None


def _title(text: str, end: int) -> int:
    found = _TITLE.match(text, end)
    return len(found.group()) if found else 0


def _together(text: str, end: int) -> Iterator[Place]:
    """The second of two: 李雷和韩梅梅."""
    match = _TOGETHER.match(text, end)
    if match and _is_name(match["name"]):
        yield Place(NAME, *match.span("name"))


def _titled(text: str, match: re.Match[str]) -> Place | None:
    """王女士, or 张伟先生 at the start of a clause; in the midst of one only the surname counts: 监管所|李老师."""
    name, start = match["name"], match.start()
    if not _bounded(text, start):
        start += len(name) - 1
        if text[start] not in SURNAMES or text[start] in COMMON_WORDS or text[: start + 1].endswith(("门卫", "宿管")):
            return None
    elif len(name) > 1 and not _is_name(name):
        return None
    return Place(NAME, start, match.end())


def _in_context(text: str) -> Iterator[Place]:
    """After verbs that hand over a name, where the words around speak of one: 名字打错了，是陈思远."""
    contexts = [match.span() for match in _CONTEXT.finditer(text)]
    if not contexts:
        return
    for match in _GIVEN_TO.finditer(text):
        start, end = match.span("name")
        near = any(begin < end + _CONTEXT_AFTER and start - _CONTEXT_BEFORE < stop for begin, stop in contexts)
        fits = _fitting(text, start, end) if near else None
        if fits:
            yield Place(NAME, start, fits + _title(text, fits))
    for segment in _SEGMENT.finditer(text):
        if segment.end() - segment.start() == 3 and _shaped(segment.group()):
            start, end = segment.span()
            if any(begin < end + _CONTEXT_AFTER and start - _CONTEXT_BEFORE < stop for begin, stop in contexts):
                yield Place(NAME, start, end)


def _segments(text: str, known: Sequence[Place], surnames: set[str]) -> Iterator[Place]:
    """Names beside personal data, and of somebody who says 我姓…: a whole clause, or its end that touches the datum."""
    starts, ends = {place.start for place in known}, {place.end for place in known}
    for start, end in _words(text, known):
        word = text[start:end]
        beside = _touches(text, start, end, starts, ends)
        if _shaped(word) and (beside or word[0] in surnames):
            yield Place(NAME, start, end)
        elif end in starts and (owner := _OWNER.search(word)) and _is_name(owner["name"]):
            yield Place(NAME, start + owner.start("name"), start + owner.end("name"))
        elif end in starts and end - start > 2:
            for length in (3, 2):
                if end - start > length and _shaped(word[-length:]) and word[-length - 1] in _HANDS_OVER:
                    yield Place(NAME, end - length, end)
                    break


def _words(text: str, known: Sequence[Place]) -> Iterator[tuple[int, int]]:
    """Runs of Han characters outside what is known already."""
    covered = sorted((place.start, place.end) for place in known)
    for segment in _SEGMENT.finditer(text):
        start, end = segment.span()
        for begin, stop in covered[bisect_left(covered, (start, 0)) - 1 if bisect_left(covered, (start, 0)) else 0 :]:
            if begin >= end:
                break
            if stop <= start:
                continue
            if begin > start:
                yield start, begin
            start = max(start, stop)
        if start < end:
            yield start, end


def _touches(text: str, start: int, end: int, starts: set[int], ends: set[int]) -> bool:
    after = _BESIDE.match(text, end)
    if after and any(at in starts for at in range(end, after.end() + 1)):
        return True
    for at in range(start, max(0, start - 3) - 1, -1):
        if at in ends:
            return bool(re.fullmatch(r"[，、/ |+\n（(]{0,3}", text[at:start]))
    return False


def _shaped(word: str) -> bool:
    if re.fullmatch(_FOREIGN, word):
        return True
    return 2 <= len(word) <= 4 and bool(re.fullmatch(_HAN_NAME, word)) and _is_name(word)


def _bounded(text: str, start: int) -> bool:
    return start == 0 or not "一" <= text[start - 1] <= "鿿" or text[start - 1] in "室号户楼座是叫找给让元"


def _foreign(name: str) -> bool:
    return name.isascii() or any(mark in name for mark in "·•・")


def _is_name(name: str) -> bool:
    compound = re.match(COMPOUND, name)
    given = name[compound.end() :] if compound and compound.end() < len(name) else name[1:]
    if not given or name[:2] in EVERYDAY or name[0] == given:
        return False
    return not any(character in (NEVER_GIVEN if len(given) > 1 else NOT_ALONE) for character in given)
