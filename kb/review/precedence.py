"""Which of two clauses goes first, and whether they ever hold at the same time for the same order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from kb.store.moments import day_end, day_start
from kb.store.records import Scope, Window
from kb.tokenize import fold

Side = Literal["left", "right"]

_RANKS = ("faq", "sop", "policy", "platform", "law")
_RANK_NAMES = {"law": "法律法规", "platform": "平台规则", "policy": "制度", "sop": "操作规程", "faq": "常见问题"}
_LAW_FIELDS = (
    "authority",
    "rank",
    "level",
    "legal_level",
    "source_type",
    "document_type",
    "效力级别",
    "法律效力",
    "文件类型",
    "性质",
)
_LAW_VALUES = re.compile(r"law|statute|regulation|legislation|法律|法规|规章|司法解释|国家标准")
_LAW_TITLE = re.compile(
    r"法定|法律法规|司法解释|法释|国家标准|中华人民共和国|最高人民法院|最高人民检察院|国务院|人民代表大会|人大常委|"
    r"(?:[一-鿿]{2,}(?<!办)(?<!方)(?<!做)(?<!用)(?<!算)(?<!玩)(?<!打)(?<!手)(?<!说)(?<!书)(?<!魔)法|^[刑宪民]法|法典|修正案|条例|"
    r"实施(?:细则|办法))(?:实施(?:条例|细则|办法))?(?:》.{0,12})?(?:\(.*\))?$"
)
# 办法 and 规定 are names of shop rules too; issued by the state they name who issued them, or what they carry out.
_STATE_TITLE = re.compile(
    r"^(?:.{2,12}(?:省|市|自治区|自治州|自治县|特区|总局|部|委员会|人大).{0,40}|.*实施《[^》]*(?:法|条例)》.*|.*《[^》]*法》.*|"
    r"(?:网络购买商品|部分商品|家用汽车|移动电话机|微型计算机|侵害消费者|网络交易|快递市场|明码标价|互联网).{0,40})"
    r"(?:办法|规定|规则|解释|细则|决定|决议|守则|条例)(?:\(.*\))?$"
)
_SHOP_TITLE = re.compile(r"公司|集团|客服部?|店铺|本店|商城|门店|旗舰店|会员|退换货(?!责任)|我们|内部|部门")
_PLATFORM_RULE = re.compile(r"平台.{0,12}(?:规则|规范|政策|标准|协议|公约)|规则中心")


@dataclass(frozen=True, slots=True)
class Standing:
    """A clause's place in the order of precedence."""

    rank: str
    specific: bool
    begins: date | None

    @property
    def order(self) -> int:
        return _RANKS.index(self.rank)


def is_law(kind: str, title: str, metadata: Mapping[str, Any]) -> bool:
    """Whether a document states the law.

    It does when its front matter says so in one of the usual fields (`authority: law`, `效力级别: 法律`), or
    when it is a policy with the title of a statute or of a collection of statutory rights.
    """
    if kind != "policy":
        return False
    said = [str(metadata[name]).lower() for name in _LAW_FIELDS if metadata.get(name) is not None]
    if said:
        return any(_LAW_VALUES.search(value) for value in said)
    plain = fold(title).strip()
    if _SHOP_TITLE.search(plain) and "法定" not in plain and "公司法" not in plain:
        return False
    return bool(_LAW_TITLE.search(plain) or _STATE_TITLE.search(plain))


def standing(scope: Scope, law: bool) -> Standing:
    """Where a clause stands: law, then platform rule, policy, SOP, FAQ; then the platform's own, then the newer."""
    rank: str = scope.kind
    if law:
        rank = "law"
    elif scope.kind == "policy" and (scope.platform is not None or _PLATFORM_RULE.search(scope.title)):
        rank = "platform"
    return Standing(rank, scope.platform is not None, scope.valid_from)


def first(left: Standing, right: Standing) -> tuple[Side | None, str]:
    """Which side goes first, and why."""
    if left.order != right.order:
        higher, lower = (left, right) if left.order > right.order else (right, left)
        side: Side = "left" if higher is left else "right"
        return side, f"{_RANK_NAMES[higher.rank]}优先于{_RANK_NAMES[lower.rank]}"
    if left.specific != right.specific:
        return ("left" if left.specific else "right"), "平台专门规定优先于通用规定"
    before, after = left.begins or date.min, right.begins or date.min
    if before != after:
        return ("left" if before > after else "right"), "同级规定，生效日期较新的优先"
    return None, "两条同级且同日生效，请人工确定"


def overlaps(left: Scope, right: Scope) -> bool:
    """Whether an order can fall under both: no platform, operator, shop or category keeps them apart."""
    return all(
        one is None or other is None or fold(one) == fold(other)
        for one, other in (
            (left.platform, right.platform),
            (left.operator, right.operator),
            (left.shop, right.shop),
            (left.category, right.category),
        )
    )


def windows_of(scope: Scope, now: int) -> tuple[Window, ...]:
    """When a scope is in force from now on; of a version that is not published, when it would be."""
    own = scope.windows
    if not own:
        start = None if scope.valid_from is None else day_start(scope.valid_from)
        own = ((start, None if scope.valid_to is None else day_end(scope.valid_to)),)
    return tuple((start, end) for start, end in own if end is None or end > now)


def meet(left: tuple[Window, ...], right: tuple[Window, ...]) -> bool:
    """Whether two sets of windows share a moment."""
    return any(
        (end is None or other_start is None or other_start < end)
        and (other_end is None or start is None or start < other_end)
        for start, end in left
        for other_start, other_end in right
    )
