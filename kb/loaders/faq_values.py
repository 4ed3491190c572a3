"""Words in the scope columns of a FAQ sheet: platforms, who may read it, from when until when, goods."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from kb.models import SCOPE_ID_PATTERN, SCOPE_NAME_LENGTH, Audience
from kb.tokenize import fold

Several = Callable[[str], tuple[str, ...]]

_SEVERAL = re.compile(r"[/／、,，;；|｜+＋&\s]+|(?<=.)[和及与](?=.)")
_NONE = {"", "-", "--", "—", "/", "无", "空", "n/a", "na", "none", "null", "不限", "不限制"}

# Taobao and Tmall shops are run in one seller's console under one set of rules: both are `tmall` here.
_PLATFORMS: dict[str, tuple[str, ...]] = {
    "jd": ("京东", "京东自营", "京东pop", "京东第三方", "jingdong", "jd.com"),
    "tmall": ("天猫", "天猫国际", "淘宝", "淘系", "淘宝天猫", "taobao", "tmall.com"),
    "lashou": ("拉手", "拉手团购"),
    "own": ("自营", "自有", "自建", "官网", "官方", "独立站", "品牌官网"),
}  # fmt: skip
_PLATFORM_OF = {name: platform for platform, names in _PLATFORMS.items() for name in (*names, platform)}
_PLATFORM_TAIL = re.compile(r"(?:平台|商城|旗舰店|专营店|网店|店铺|店|网|渠道|端|app)+$")
_EVERYWHERE = re.compile(
    r"^(?:全|所有|全部|各|任意|不限|不分|通用|all|any|every)(?:部|的|个)*(?:平台|渠道|店铺|网店|店)?$"
)

_AUDIENCES: dict[Audience, tuple[str, ...]] = {
    "customer": (
        "客户", "顾客", "用户", "买家", "消费者", "客户可见", "顾客可见", "用户可见", "买家可见", "对客", "可对客", "外部", "对外",
        "外部可见", "对外可见", "公开", "全部可见", "所有人", "全员", "全部", "是", "y", "yes", "true", "1", "√", "✓", "public", "external",
    ),
    "agent": (
        "客服", "坐席", "座席", "一线", "一线客服", "客服可见", "仅客服", "仅客服可见", "内部", "仅内部", "内部可见", "仅内部可见", "对内", "不对客",
        "不可对客", "客户不可见", "员工", "内部员工", "否", "n", "no", "false", "0", "×", "internal", "staff",
    ),
    "supervisor": (
        "主管", "主管可见", "仅主管", "仅主管可见", "组长", "班长", "经理", "店长", "领导", "管理", "管理层", "管理员", "管理人员", "manager",
    ),
}  # fmt: skip
_AUDIENCE_OF = {name: audience for audience, names in _AUDIENCES.items() for name in (*names, audience)}
_OPENNESS: tuple[Audience, ...] = ("customer", "agent", "supervisor")

_DAY = re.compile(
    r"(?<!\d)(\d{4})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})(?!\d)\s*日?|(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)"
)
_OPEN_END = re.compile(r"^(?:长期|永久|永远|一直|持续|不限|无限)(?:有效|期)?$|^至?今$|^另行通知$")
# What after-sales matters are called; a column of such words sorts questions and names no goods.
_MATTERS = re.compile(
    r"退|换|修|款|费|票|物流|配送|快递|发货|投诉|账号|帐号|账户|活动|促销|优惠|价保|订单|支付|会员|服务|咨询|售前|售后|安装|使用|质量|系统|规则|政策|流程|其他|其它|通用"
)


def platforms(text: str) -> tuple[str, ...]:
    """The ids of the platforms that a cell names, empty for all of them. Raises ValueError for a name nobody knows."""
    if fold(text).strip() in _NONE:
        return ()
    found: list[str] = []
    for part in _parts(text):
        name = fold(part).strip("（）()【】[]“”\"' ")
        bare = _PLATFORM_TAIL.sub("", name)
        known = _PLATFORM_OF.get(name) or _PLATFORM_OF.get(bare)
        if known is None and (_EVERYWHERE.match(name) or not bare):
            return ()
        if known is None and not re.match(SCOPE_ID_PATTERN, name):
            raise ValueError(f"不认识平台“{part}”，请写平台 id（jd、tmall、lashou、own 等）")
        found.append(known or name)
    return tuple(dict.fromkeys(found))


def names_platform(text: str) -> bool:
    """Whether a cell names a platform that is known here."""
    return any(name in _PLATFORM_OF or _PLATFORM_TAIL.sub("", name) in _PLATFORM_OF for name in map(fold, _parts(text)))


def names_audience(text: str) -> bool:
    """Whether a cell says who may read."""
    return any(fold(part) in _AUDIENCE_OF for part in _parts(text))


def audience(text: str) -> Audience | None:
    """Who may read a row: of several the most open one; None for an empty cell. Raises ValueError for other words."""
    if fold(text).strip() in _NONE:
        return None
    found: set[Audience] = set()
    for part in _parts(text):
        known = _AUDIENCE_OF.get(fold(part))
        if known is None:
            raise ValueError(f"“{part}”没有说明谁可以看，请写客户、客服或主管")
        found.add(known)
    return next(audience for audience in _OPENNESS if audience in found)


def categories(text: str) -> tuple[str, ...]:
    """The goods that a row holds for, empty for all. Raises ValueError for what is no name."""
    if fold(text).strip() in _NONE or re.match(
        r"^(?:全|所有|各|通用)(?:部|的)?(?:品类|类目|商品|分类)?$", fold(text).strip()
    ):
        return ()
    found = tuple(dict.fromkeys(part for part in _parts(text) if part))
    if any(len(name) > SCOPE_NAME_LENGTH for name in found):
        raise ValueError(f"品类超过 {SCOPE_NAME_LENGTH} 个字，请写简短的名称")
    return found


def is_matter(text: str) -> bool:
    """Whether a word names an after-sales matter (退款, 物流) and no goods (家电)."""
    return _MATTERS.search(fold(text)) is not None


def tags(text: str) -> tuple[str, ...]:
    """The words of a tag cell."""
    words = (part.strip() for part in re.split(r"[/／、,，;；|｜#\n]+", text))
    return tuple(dict.fromkeys(word for word in words if word))


def days(text: str) -> list[date]:
    """The days that a cell names, none for an empty or open one. Raises ValueError where it says something else."""
    if fold(text).strip() in _NONE or _OPEN_END.match(text.strip()):
        return []
    try:
        found = [date(*(int(part) for part in match.groups() if part)) for match in _DAY.finditer(text)]
    except ValueError:
        found = []
    if not found:
        raise ValueError(f"“{text}”不是日期，请写成 2025-01-31")
    return found


def period(text: str) -> tuple[date | None, date | None]:
    """The first and the last day of a cell such as `2025-01-01 至 2025-12-31`. Raises ValueError."""
    found = days(text)
    if len(found) == 2 and found[0] <= found[1]:
        return found[0], found[1]
    if len(found) == 1 and re.search(r"起|开始|之后|以后|[至到~～—-]\s*(?:今|长期|永久)?\s*$", text):
        return found[0], None
    if len(found) == 1 and re.search(r"止|截|之前|以前|前$|^\s*[至到~～—]", text):
        return None, found[0]
    if not found:
        return None, None
    raise ValueError(f"“{text}”不是起止日期，请写成 2025-01-01 至 2025-12-31")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _SEVERAL.split(text.strip()) if part and part.strip()]
