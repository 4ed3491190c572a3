"""Short titles at the head of an item, set off by a colon, a line end, or only by how Chinese headings
end."""

from __future__ import annotations

import re

from kb.tokenize import simplify

_PUNCTUATION = re.compile(r"[。，,；;！!？?…]")
_COLON = re.compile(r"^[^。，,；;！!？?：:\n]{2,20}(?=[：:])")
_ENDINGS = (
    "目标|目的|定位|目标定位|适用范围|范围|原则|定义|职责|流程|机制|标准|要求|规范|策略|步骤|分析|逻辑|追踪|跟踪|防控|应对|受理|"
    "确认|沉淀|分级|分类|优化|构建|管理|处理|说明|方式|渠道|采集|调度|迭代|处置|培训|监督|考核|总则|附则"
)
_OPENERS = (
    "本|为|通过|在|对|以|由|根据|依据|当|如|若|建立|首次|需|应|将|客服|客户|一线|系统|每|按|凡|所有|任何|各|"
    "投诉|线上|内部|合规|话术|溝通|沟通|商品类|数据|规则|资料|结果|职业"
)
_UNMARKED = re.compile(rf"^.{{0,12}}?(?:{_ENDINGS})(?=(?:{_OPENERS}))")
_SENTENCE = re.compile(r"^([^。，,；;！!？?：:\n]{2,14})[。；;]\s*\S")
_ASKS = re.compile(
    r"怎么|怎麼|怎样|怎樣|如何|为什么|為什麼|为何|為何|为啥|咋|什么|什麼|啥|多久|多少|多长|多長|几天|幾天|几个|哪|谁|誰|是否|"
    r"能不能|可不可以|可否|能否|要不要|会不会|會不會|有没有|有沒有|是不是|[吗嗎呢么麼]$"
)
_ITEM = re.compile(
    r"^[\s>*_]*(?:(?:问题?|問題?|Q)\s*\d{0,3}\s*[.．、:：]|第[一二三四五六七八九十\d]{1,3}[问問][：:、\s]|"
    r"[（(]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:[.．、)）](?!\d))+|[①-⑳]|[-–—+•●◆■▪](?=\s))\s*",
    re.IGNORECASE,
)
HEADING_LENGTH = 40
_QUESTION_LENGTH = 60


def is_heading(text: str) -> bool:
    """Whether the whole of `text` is a heading rather than a sentence."""
    bare = text.strip().rstrip("：:")
    return 0 < len(bare) <= HEADING_LENGTH and not _PUNCTUATION.search(bare) and "\n" not in bare


def is_question(text: str) -> bool:
    """Whether the whole of `text` is one short question, with or without its mark."""
    bare = bare_question(text)
    if not 2 <= len(bare) <= _QUESTION_LENGTH or "\n" in bare or _PUNCTUATION.search(bare.rstrip("？?")[-1:] or "？"):
        return False
    return bare.endswith(("？", "?")) or (is_heading(bare) and _ASKS.search(bare) is not None)


def bare_question(text: str) -> str:
    """A question without the number or mark in front of it."""
    return _ITEM.sub("", text.strip(), count=1).strip(" *_") or text.strip()


def title_of(body: str) -> str:
    """The title at the head of an item's text (without its number), empty when none can be told."""
    body = body.strip()
    first_line = body.split("\n", 1)[0].strip()
    if "\n" in body and is_heading(first_line):
        return first_line.rstrip("：:")
    unmarked = _UNMARKED.match(simplify(body[:40]))
    colon = _COLON.match(body)
    if colon and not (unmarked and 4 <= unmarked.end() <= colon.end() - 2):
        return colon.group().strip()
    if is_heading(body):
        return body.rstrip("：:")
    if unmarked and unmarked.end() >= 2:
        return body[: unmarked.end()]
    sentence = _SENTENCE.match(body)
    return sentence.group(1).strip() if sentence else ""
