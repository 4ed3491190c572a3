"""What a document's own words say about it: its title and its kind."""

from __future__ import annotations

import re

from kb.chunk.markdown import first_heading
from kb.models import DocumentKind
from kb.tokenize import fold

_TITLE_FIELD = re.compile(r"^【(?:.{0,4}(?:名称|标题|题目))】\s*(\S.*)$")
_NO_TITLE = re.compile(r"[。，,；;！!？?：:]|^\d|^[一二三四五六七八九十]、|^第")
_MARKUP = re.compile(r"^(?:#{1,6}(?:\s|$)|[-*+>|]|```|~~~)")


def title_of_document(text: str, *, markdown: bool) -> str:
    """The title in the text: the heading of all, a title field, or a first line that reads like one; else empty."""
    if markdown and (heading := first_heading(text)):
        return heading
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for line in lines[:8]:
        field_match = _TITLE_FIELD.match(line)
        if field_match:
            return field_match.group(1)
    first = lines[0] if lines else ""
    if markdown and _MARKUP.match(first):
        return ""
    return first if len(lines) > 1 and 4 <= len(first) <= 40 and not _NO_TITLE.search(first) else ""


def kind_of_document(hint: str) -> DocumentKind:
    """The kind that a name suggests. When in doubt an SOP, whose clauses are never quoted to a customer."""
    folded = fold(hint)
    if re.search(r"faq|常见问题|问答|答疑", folded):
        return "faq"
    if re.search(r"sop|流程|职责|话术|培训|操作|内部|指引|工作", folded):
        return "sop"
    if re.search(r"政策|规则|规定|办法|条例|法|须知|说明|公告|手册|协议|标准", folded):
        return "policy"
    return "sop"
