"""Finds the header of a FAQ sheet: which column asks, which answers, which holds wordings, tags, scope or dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kb.loaders import faq_values
from kb.tokenize import fold

_LONGEST_HEADER = 24
_SPLIT = re.compile(r"[/／|｜\n]|\s{2,}")
_EXTRAS = re.compile(r"[（(【\[].*?[)）】\]]|[*＊:：\s_\-.]")
_COUNTER = re.compile(r"(?:\d{1,2}|[①-⑳]|[一二三四五六七八九十])$")

# The names that shops give their columns (folded), by what they hold; the first in a list is the surest.
_NAMES: dict[str, tuple[str, ...]] = {
    "question": (
        "问题", "标准问题", "标准问", "主问题", "问题标题", "问题名称", "问题内容", "常见问题", "客户问题", "用户问题", "顾客问题",
        "买家问题", "咨询问题", "问题描述", "提问", "客户提问", "客户咨询", "客户问法", "问法", "知识标题", "问", "question", "questions",
        "q", "query", "customerquestion", "title", "标题",
    ),
    "answer": (
        "答案", "标准答案", "标准回复", "标准回答", "标准话术", "回复话术", "参考话术", "推荐话术", "客服话术", "回复", "回答", "解答",
        "答复", "答复内容", "回复内容", "回答内容", "答案内容", "参考答案", "参考回复", "客服回复", "话术", "处理方案", "处理办法",
        "解决方案", "解决办法", "知识内容", "内容", "答", "answer", "answers", "a", "reply", "response", "solution", "content",
    ),
    "similar": (
        "相似问", "相似问题", "相似问法", "相似说法", "扩展问", "扩展问题", "扩展问法", "同义问", "同义问法", "其他问法", "其它问法", "类似问题",
        "类似问法", "近似问法", "常见问法", "客户常问", "用户问法", "用户常问", "口语问法", "别名", "similarquestions", "similar", "variants", "aliases",
    ),
    "tags": ("标签", "关键词", "关键字", "tag", "tags", "keyword", "keywords", "label", "labels", "问题分类", "问题类型", "问题类别", "业务分类",
             "业务类型", "知识分类", "一级分类", "二级分类", "三级分类", "模块", "主题", "topic"),
    "category": ("商品分类", "商品类目", "商品品类", "商品类别", "适用品类", "适用类目", "适用商品", "品类", "类目", "分类", "类别", "category", "categories"),
    "platform": ("平台", "适用平台", "所属平台", "销售平台", "电商平台", "渠道", "适用渠道", "platform", "platforms", "channel", "店铺"),
    "audience": (
        "受众", "可见范围", "可见对象", "可见性", "可见", "客户可见", "顾客可见", "用户可见", "是否客户可见", "是否对客", "对客", "是否对外", "对外",
        "是否公开", "内外部", "使用对象", "适用对象", "阅读对象", "对象", "查看权限", "权限", "适用角色", "角色", "audience", "visibility", "visible",
    ),
    "valid_from": ("生效日期", "生效时间", "生效日", "开始日期", "开始时间", "起始日期", "启用日期", "validfrom", "effectivedate", "startdate"),
    "valid_to": ("失效日期", "失效时间", "失效日", "结束日期", "结束时间", "截止日期", "截止时间", "到期日期", "到期时间", "有效期至", "终止日期",
                 "validto", "expiredate", "expirydate", "enddate"),
    "period": ("有效期", "有效期限", "有效时间", "有效日期", "起止日期", "起止时间", "生效期间"),
    "state": ("状态", "启用", "启用状态", "是否启用", "是否有效", "有效", "发布状态", "status", "state", "enabled", "active"),
    # What only the sheet's keepers need, and no customer may read.
    "keeping": (
        "序号", "编号", "行号", "no", "id", "#", "创建人", "更新人", "修改人", "维护人", "负责人", "责任人", "录入人", "审核人", "作者",
        "创建时间", "创建日期", "更新时间", "更新日期", "修改时间", "修改日期", "录入时间", "版本", "版本号", "author", "owner", "createdby",
        "updatedby", "createdat", "updatedat", "version",
    ),
}  # fmt: skip
_OFF = {
    "停用", "已停用", "停用中", "禁用", "已禁用", "作废", "已作废", "废止", "已废止", "失效", "已失效", "下线", "已下线", "过期", "已过期", "删除",
    "已删除", "无效", "否", "未启用", "暂停", "暂停使用", "关闭", "已关闭", "草稿", "待审核", "n", "no", "off", "false", "0", "disabled", "inactive",
    "deprecated", "draft", "retired",
}  # fmt: skip
# Names that other sheets use for something else; what stands below decides.
_DOUBTFUL: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(("渠道", "适用渠道", "channel", "店铺"), faq_values.names_platform),
    **dict.fromkeys(
        ("使用对象", "适用对象", "对象", "查看权限", "权限", "适用角色", "角色"), faq_values.names_audience
    ),
}
_GOODS_OR_MATTER = {"分类", "类别", "category", "categories"}

Column = tuple[int, str]


@dataclass(frozen=True, slots=True)
class FaqColumns:
    """What a sheet's columns hold (numbers from 0). `others` keep their header as label; `keeping` are left out;
    `roles` are the columns that become fields of an entry."""

    question: int
    answers: tuple[Column, ...]
    others: tuple[Column, ...]
    keeping: tuple[Column, ...]
    state: int | None
    roles: dict[str, tuple[Column, ...]]

    def is_off(self, row: Sequence[str]) -> bool:
        """Whether the row's own state says that it is not in use."""
        return self.state is not None and fold(row[self.state]).strip() in _OFF

    def cells(self, role: str, row: Sequence[str]) -> list[Column]:
        """The filled cells of a role in a row: column and text."""
        return [(column, row[column]) for column, _ in self.roles.get(role, ()) if row[column]]


def of_header(row: Sequence[str], below: Sequence[Sequence[str]] = (), *, whole: bool = False) -> FaqColumns | None:
    """The columns, if this row is a FAQ header: it names a question and an answer.

    Args:
        below: the rows under it.
        whole: only cells that are names as a whole count, none of 问题/question; below a first header a row may be an
            entry that merely holds such a word.
    """
    named = {column: found for column, text in enumerate(row) if (found := _role(text, whole)) is not None}
    asking = [(rank, column) for column, (role, rank, _) in named.items() if role == "question"]
    question = min(asking)[1] if asking else None
    by_role: dict[str, list[Column]] = {}
    for column, text in enumerate(row):
        if column != question and text.strip():
            role, _, name = named.get(column, ("other", 0, ""))
            # A second column that asks holds other wordings of the first.
            role = "similar" if role == "question" else _settled(role, name, [cells[column] for cells in below])
            by_role.setdefault(role, []).append((column, " ".join(text.split())))
    if question is None or "answer" not in by_role:
        return None
    taken = {role: tuple(by_role.pop(role, ())) for role in ("answer", "other", "keeping", "state")}
    return FaqColumns(
        question,
        taken["answer"],
        (*taken["other"], *taken["state"][1:]),
        taken["keeping"],
        taken["state"][0][0] if taken["state"] else None,
        {role: tuple(columns) for role, columns in by_role.items()},
    )


def _settled(role: str, name: str, values: Iterable[str]) -> str:
    """The role of a column whose name leaves it open, by its values."""
    filled = [value for value in values if value.strip()]
    if name in _GOODS_OR_MATTER:
        return "tags" if any(map(faq_values.is_matter, filled)) else role
    if name in _DOUBTFUL and filled and not any(map(_DOUBTFUL[name], filled)):
        return "other"
    return role


def _role(text: str, whole: bool = False) -> tuple[str, int, str] | None:
    """What a header cell names, how far down the list of names it stands, and the name."""
    if not text.strip() or len(text) > _LONGEST_HEADER:
        return None
    for part in (text, *(() if whole else _SPLIT.split(text))):
        written = _EXTRAS.sub("", fold(part))
        for name in dict.fromkeys((written, _COUNTER.sub("", written))):
            for role, names in _NAMES.items():
                if name and name in names:
                    return role, names.index(name), name
    return None
