"""E-mail addresses (also spelled out), WeChat and QQ ids, licence plates, passwords and codes."""

import re
from collections.abc import Iterator

from copilot.understand.personal.numbers import DIGIT, ORDER_CUE
from copilot.understand.personal.span import ACCOUNT, CODE, EMAIL, PASSWORD, PLATE, Place

_AT = re.compile(r" ?(?:[（\[{【]?@[）\]}】]?|艾特|爱特|圈a|花a|小老鼠|at符号|[（\[{【]at[）\]}】]|#) ?| at ")
_DOT = r"(?: ?[.。] ?| dot | ?点 ?| ?[（\[{【]dot[）\]}】] ?)"
_LOCAL = re.compile(r"[a-z0-9._%+\-]{1,64}(?:(?: dot | ?点 ?| ?下划线 ?)[a-z0-9._%+\-]{1,64}){0,3}$")
_DOMAIN = re.compile(
    rf"[a-z0-9\-]{{1,63}}(?:{_DOT}[a-z0-9\-]{{1,63}}){{0,3}}?{_DOT}"
    r"(?:com|cn|net|org|edu|gov|info|io|me|cc|top|xyz|tw|hk|sg|jp|uk|de|fr|ru|[a-z]{2,12})(?:\.[a-z]{2})?(?![a-z0-9])"
)
_LOCAL_REACH = 80
_SPELLED_DOMAIN = re.compile(r"(?:qq|163|126|139|189|sina|sohu|foxmail|gmail|hotmail|outlook|yahoo|icloud|yeah)")

_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-hj-np-z](?P<rest>[ ·•・.\-]?(?:[a-hj-np-z0-9][ ·•・\-]?){4,5}[a-hj-np-z0-9警学挂港澳])"
    r"(?![a-z0-9])"
)

_APP = (
    r"(?:微信|微讯|薇信|威信|徽信|绿泡泡|v信|wechat|weixin|(?<![a-z])(?:wx|vx|v号|line|telegram|tg|skype|ins|instagram|facebook)(?![a-z])|qq(?!群)|扣扣(?!群)|企鹅号?|q号"
    r"|抖音|小红书|支付宝|微博|钉钉|飞书|(?:加|\+)v(?:信|x)?(?![a-z])|(?<![a-z0-9])v(?=[是：+]))"
)
_LEAD = r"[^0-9a-z。！？；\n]{0,12}?"
_HANDLE = rf"(?:[a-z][a-z0-9_\-]{{4,30}}(?:[.·][a-z0-9_\-]{{1,20}})?|{DIGIT}(?:[ \-]?{DIGIT}){{4,11}}|[a-z0-9_\-]{{5,30}})(?![a-z0-9@])"
_SOCIAL = re.compile(rf"{_APP} ?(?:id|号码?|名)?(?P<lead>{_LEAD})(?P<value>{_HANDLE})")
_NO_HANDLE = re.compile(r"支付|付款|单|流水|商户|转账|小程序|公众|版|客服|扫|红包|提现|余额|券|群|客户端|登录|登陆")
"""What stands between an app's name and a number that is no id: 微信支付单号4200…"""
_OWNED = re.compile(
    rf"(?<![a-z0-9_\-@.])(?P<value>{_HANDLE})(?:，|（|这个?)?(?:是|为)?(?:我|他|她)?的?{_APP}(?!支付|付款|小程序)"
)
_WXID = re.compile(r"(?<![a-z0-9_])wxid_[a-z0-9]{6,30}")
_HANDLE_GIVEN = re.compile(
    r"(?:发|加|搜|私信|联系|找|添加)(?:我|到|给|一下)?(?P<value>(?=[a-z0-9\-]*_)(?=[a-z]+[0-9_])[a-z][a-z0-9_\-]{5,30})(?![a-z0-9@.])"
)

_SECRET = re.compile(
    r"(?P<kind>密码|口令|(?:取件|提货|取货|取餐|自提|验证|校验|动态|开门|开锁|门锁|解锁|开柜|登录|短信)码|取件号|(?:问我?要|报|发|给)(?:个|的)?码(?!数)|"
    r"(?<![a-z])(?:pin|cvv|cvc|otp|password|passwd|pwd|psw|verification code|code is)(?![a-z])码?|(?:收到|短信)的?(?:码|数字)|\d位数?(?:码|数字)?是|(?<![一-鿿])码(?=是|：| |[0-9]))"
)
_VALUE = re.compile(
    r"(?<![0-9a-z.¥￥$])(?P<value>[!@#$%^&*_]?[a-z0-9](?:[a-z0-9!@#$%^&*_.+=~?！？]|[/|\-](?=[a-z0-9])|(?<=\d) (?=\d)){2,31}|[零〇幺一二两三四五六七八九]{4,8})"
)
_UNIT = re.compile(r" ?(?:[年月日号元块次位个分秒天条遍小岁台件单]|分钟|%|％)")
_OTHER = re.compile(r"[a-z]{3,}|提示|报错|错误|账号|帐号|用户名|昵称|手机号|发票|后.位|版本|锁型")
"""What stands between 密码 and a token that is something else."""
_REACH = 22


def find_emails(text: str) -> Iterator[Place]:
    if (
        "@" not in text
        and "艾特" not in text
        and " at " not in text
        and "#" not in text
        and "圈a" not in text
        and "at" not in text
    ):
        return
    for at in _AT.finditer(text):
        local = _LOCAL.search(text, max(0, at.start() - _LOCAL_REACH), at.start())
        domain = _DOMAIN.match(text, at.end())
        if not local or not domain or not re.match(r"[a-z0-9]", local.group()):
            continue
        if "@" not in at.group() and not (_SPELLED_DOMAIN.match(domain.group()) or domain.group().endswith("com")):
            continue
        yield Place(EMAIL, local.start(), domain.end())


def find_plates(text: str) -> Iterator[Place]:
    for match in _PLATE.finditer(text):
        rest = re.sub(r"[^a-z0-9]", "", match["rest"])
        if sum(character.isdigit() for character in rest) >= 3:
            yield Place(PLATE, *match.span())


def find_handles(text: str) -> Iterator[Place]:
    """Ids by which a person is found in another app."""
    for match in _WXID.finditer(text):
        yield Place(ACCOUNT, *match.span())
    for match in _SOCIAL.finditer(text):
        if not _NO_HANDLE.search(match["lead"]) and _like_an_id(match["value"]):
            yield Place(ACCOUNT, *match.span("value"))
    for match in _OWNED.finditer(text):
        if _like_an_id(match["value"]):
            yield Place(ACCOUNT, *match.span("value"))
    for match in _HANDLE_GIVEN.finditer(text):
        yield Place(ACCOUNT, *match.span("value"))


def find_secrets(text: str) -> Iterator[Place]:
    """Passwords and one-time codes: the first code-like token after the word that announces it."""
    for cue in _SECRET.finditer(text):
        kind = PASSWORD if cue["kind"] in ("密码", "口令") or cue["kind"].startswith("p") else CODE
        if cue["kind"] == "校验码" and "发票" in text[max(0, cue.start() - 40) : cue.start()]:
            continue  # printed on every invoice
        stop = min(cue.end() + _REACH, _sentence_end(text, cue.end()))
        for match in _VALUE.finditer(text, cue.end(), min(len(text), stop + 24)):
            if match.start() > stop:
                break
            value = match["value"].rstrip(".?？")
            lead = text[cue.end() : match.start()]
            if _is_secret(kind, value, lead, text, match.start() + len(value)):
                yield Place(kind, match.start("value"), match.start("value") + len(value))
                break


def _sentence_end(text: str, start: int) -> int:
    found = [at for mark in "。；\n" if (at := text.find(mark, start, start + _REACH)) >= 0]
    return min(found, default=len(text))


def _is_secret(kind: str, value: str, lead: str, text: str, end: int) -> bool:
    digits = sum(character.isdigit() for character in value)
    if re.fullmatch(r"[a-z]{4,}", value) and re.search(r"(?:是|为|：|就是|叫)$", lead) and len(lead) <= 4:
        return kind == PASSWORD and text[end : end + 1] != " "
    spoken = bool(re.fullmatch(r"[^0-9a-z]+", value))
    if spoken:
        return len(lead) <= 4
    if len(value) < 3 or not digits or (len(value) < 4 and lead.strip("：是为 ，")):
        return False
    if ORDER_CUE.search(lead) or _OTHER.search(lead) or (value.isdigit() and _UNIT.match(text, end)):
        return False
    near = len(lead) <= 4
    # Farther off, the token must stand by itself: after a mark, or after a word that hands it over.
    return near or (
        bool(re.search(r"(?:[：，、→=“\"' ]|是|为|：|叫|发你|给你)$", lead)) and (digits < len(value) or digits >= 4)
    )


def _like_an_id(value: str) -> bool:
    return bool(re.search(rf"{DIGIT}|[_\-]", value)) or len(value) >= 6
