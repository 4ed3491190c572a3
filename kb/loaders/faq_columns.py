"""Finds the header of a FAQ sheet: which column asks, which answers, which holds tags, platform, other wordings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.tokenize import fold

_LONGEST_HEADER = 24
_SPLIT = re.compile(r"[/／|｜\n]|\s{2,}")
_EXTRAS = re.compile(r"[（(【\[].*?[)）】\]]|[*＊:：\s_\-.]")

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
        "相似问", "相似问题", "相似问法", "扩展问", "扩展问题", "扩展问法", "同义问", "同义问法", "其他问法", "类似问题",
        "similarquestions", "similar", "variants", "aliases",
    ),
    "tags": ("标签", "关键词", "关键字", "tag", "tags", "keyword", "keywords", "label", "labels"),
    "platform": ("平台", "适用平台", "所属平台", "渠道", "适用渠道", "platform", "platforms", "channel"),
    "state": ("状态", "启用状态", "是否启用", "是否有效", "有效", "发布状态", "status", "state", "enabled", "active"),
    # What only the sheet's keepers need, and no customer may read.
    "keeping": (
        "序号", "编号", "行号", "no", "id", "#", "创建人", "更新人", "修改人", "维护人", "负责人", "责任人", "录入人", "审核人", "作者",
        "创建时间", "创建日期", "更新时间", "更新日期", "修改时间", "修改日期", "录入时间", "版本", "版本号", "author", "owner", "createdby",
        "updatedby", "createdat", "updatedat", "version",
    ),
}  # fmt: skip
_LABELS = {"similar": "相似问法", "tags": "标签", "platform": "平台"}
_OFF = {
    "停用", "已停用", "禁用", "已禁用", "作废", "已作废", "废止", "已废止", "失效", "已失效", "下线", "已下线", "过期", "已过期", "删除",
    "已删除", "无效", "否", "草稿", "待审核", "n", "no", "off", "false", "disabled", "inactive", "deprecated", "draft", "retired",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FaqColumns:
    """What a sheet's columns hold (numbers from 0). `others` keep their header as label; `keeping` are left out."""

    question: int
    answers: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, str], ...]
    keeping: tuple[tuple[int, str], ...]
    state: int | None

    def is_off(self, row: Sequence[str]) -> bool:
        """Whether the row's own state says that it is not in use."""
        return self.state is not None and fold(row[self.state]).strip() in _OFF


def of_header(row: Sequence[str]) -> FaqColumns | None:
    """The columns, if this row is a FAQ header: it names a question and an answer."""
    roles: dict[int, tuple[str, int]] = {}
    for column, text in enumerate(row):
        role = _role(text)
        if role is not None:
            roles[column] = role
    asking = [(rank, column) for column, (role, rank) in roles.items() if role == "question"]
    question = min(asking)[1] if asking else None
    by_role: dict[str, list[tuple[int, str]]] = {"answer": [], "other": [], "keeping": [], "state": []}
    for column, text in enumerate(row):
        held = roles.get(column, ("other", 0))[0]
        if column != question and text.strip():
            label = _LABELS.get(held, " ".join(text.split()))
            by_role[held if held in by_role else "other"].append((column, label))
    if question is None or not by_role["answer"]:
        return None
    states = by_role["state"]
    return FaqColumns(
        question,
        tuple(by_role["answer"]),
        tuple(by_role["other"]),
        tuple(by_role["keeping"]),
        states[0][0] if states else None,
    )


def _role(text: str) -> tuple[str, int] | None:
    """What a header cell names, and how far down the list of names it stands."""
    if not text.strip() or len(text) > _LONGEST_HEADER:
        return None
    for part in (text, *_SPLIT.split(text)):
        name = _EXTRAS.sub("", fold(part))
        for role, names in _NAMES.items():
            if name in names:
                return role, names.index(name)
    return None
