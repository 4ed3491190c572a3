"""What document-sharing sites wrap around a document: download notices, page lists, licences, related
documents.

No site is known by name. A line is judged by what such lines say; most words may also stand in a real
document (下载, 附件, 评论), so they count only on a page that shows several plain signs of such a site, and
only before and after the document's body, never inside it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from kb.clean.lines import Line, excerpt
from kb.models import DroppedText
from kb.tokenize import fold

_PAGE_OF_TITLE = re.compile(r"^(.{2,80}?)[_\-—\s]*第\s*\d{1,4}\s*页\s*$")
_PREFIX = re.compile(r"^[\s\-–—•·*●◆■▪>#]*(?:\d{1,2}\s*[、.．)）]\s*)?")

# (what it is, pattern on the folded line): each is a sign of a document site by itself.
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern))
    for reason, pattern in (
        ("页码列表", r"^.{2,80}[_\-—]第\d{1,4}页$"),
        ("页码列表", r"^第\s*\d+\s*页\s*/\s*共\s*\d+\s*页$|^\d+\s*/\s*\d+\s*页?$"),
        (
            "阅读提示",
            r"已阅读\d+页|还剩\d+页未读|全部预览完|超出免费预览|继续(?:免费)?阅读|展开(?:阅读)?全文|阅读全文|点击(?:查看|加载)更多|剩余\d+页",
        ),
        (
            "版权提示",
            r"(?:本文档|文档|资料|资源|内容).{0,12}(?:用户|会员|网友|合作方).{0,8}(?:提供|上传|分享|发布)",
        ),
        (
            "版权提示",
            r"(?:侵权|侵犯).{0,30}(?:举报|认领|联系|删除|申诉|纠正|告知)|版权申诉|收益归属|未经.{0,10}(?:授权|同意).{0,30}(?:复制|传播|盈利|商业)",
        ),
        (
            "网站信息",
            r"icp[备证]|公网安备|经营许可证\s*[:：]|版权所有|copyright\s*©|all rights|(?:电脑|手机)版\s*\|",
        ),
        (
            "网站信息",
            r"(?:本站|本网站|网站).{0,40}(?:下载|资源|文档|规则|图纸|上传|不保证|存储空间|侵权|用户)",
        ),
        ("下载提示", r"(?:winrar|压缩包|压缩文件|解压|rar|图纸软件|pdf阅读器|office\s*20\d\d)"),
        (
            "下载提示",
            r"(?:付费|vip|会员|金币|积分|下载券|下载权益).{0,30}(?:下载|阅读|文档|权益)|下载.{0,20}(?:付费|vip|会员|金币|积分|退款)",
        ),
        (
            "文档信息",
            r"上传(?:人|者|时间|日期)\s*[:：]|文档编号\s*[:：]|格式\s*[:：]\s*(?:doc|pdf|ppt|xls|txt|wps)|页数\s*[:：]\s*\d|大小\s*[:：]\s*[\d.]+\s*[km]b",
        ),
        (
            "文档信息",
            r"由.{1,30}(?:会员|用户|网友)?(?:上传)?分享.{0,20}(?:在线阅读|更多相关)|在.{1,20}(?:文库|网)(?:上)?搜索",
        ),
        (
            "文档信息",
            r"浏览(?:人气|次数|量)\s*[:：]|下载次数\s*[:：]|收藏次数\s*[:：]|字数\s*[:：]\s*约|发布(?:时间|日期)\s*[:：].{0,30}发布于",
        ),
        ("相关文档", r"^.{2,120}\.(?:docx?|pdf|pptx?|xlsx?|wps|txt|rar|zip|et|dps)(?:\s*vip)?$"),
        (
            "相关文档",
            r"^(?:您|你)?(?:可能|也许)?(?:感兴趣|关注|喜欢|需要)的?(?:的)?(?:相关)?(?:文档|资料|文章|内容)|^相关(?:文档|资源|搜索|推荐|资料|文章)|^最(?:近|新)(?:下载|文档|上传)|^猜(?:您|你)喜欢|^热门(?:文档|推荐|搜索)",
        ),
        ("网站信息", r"^当前位置\s*[:：]|^首页\s*[>›»]"),
    )
)

# Words of such sites that a real document may use as well; they count by how much of a short line they are.
_WORDS = re.compile(
    r"下载|上传|文档|文库|会员|vip|版权|侵权|举报|收藏|分享|评论|评分|点赞|登录|注册|返回|相关|推荐|简介|描述|预览|全文|搜索|浏览|附件|"
    r"图纸|资源|资料|本站|网站|客服热线|温馨提示|免责声明|声明|扫码|公众号|app|金币|积分|页数|大小|格式|编号|时间|人人|立即|免费|"
    r"最新|最近|热门|更多|加载|展开|首页|位置|试题|考题|提交|0/\d+|打开|复制|链接|广告|关于我们|联系我们|帮助中心|隐私"
)
_NOTICE_HEADS = re.compile(
    r"^(?:温馨提示|免责声明|版权声明|特别说明|下载须知|使用须知|文档简介|文档介绍|资源描述|文档描述|内容简介|网友评论|评论|最新文档|相关资源)[:：]?$"
)
_ONLY_SITES = {"页码列表", "阅读提示", "文档信息", "相关文档"}
_SHORT = 60
_BODY = 80
_WORD_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Page:
    """The document's own lines, the title that a page list gave away, and whether the text was scraped from
    a site."""

    lines: list[Line]
    title: str
    scraped: bool
    dropped: tuple[DroppedText, ...]


def strip(lines: list[Line], *, markdown: bool) -> Page:
    """Takes a site's frame off. A text without plain signs of a site comes back as it is (comments and
    rules aside)."""
    folded = [fold(line.text).strip() for line in lines]
    signs = [_sign(text) for text in folded]
    title = _title(lines, folded)
    if not _is_scraped(signs):
        return _only_layout(lines, markdown)
    first, last = _body(folded, signs)
    kept: list[Line] = []
    dropped: list[DroppedText] = []
    for index, line in enumerate(lines):
        inside = first <= index <= last
        reason = _frame_reason(folded[index], signs[index], inside)
        if reason and folded[index]:
            dropped.append(DroppedText(reason=reason, text=excerpt(line.text), line=line.number))
        elif inside or folded[index]:
            kept.append(line)
    return Page(kept, title, True, tuple(dropped))


def _sign(text: str) -> str | None:
    """What a line is, if it can only come from a document site; long body text is never judged."""
    bare = _PREFIX.sub("", text)
    if not bare or len(bare) > 400:
        return None
    return next((reason for reason, pattern in _SIGNS if pattern.search(bare)), None)


def _word_share(text: str) -> float:
    return sum(len(match.group()) for match in _WORDS.finditer(text)) / max(1, len(text))


def _is_scraped(signs: list[str | None]) -> bool:
    """Several signs of more than one sort, one of them a sort that only document sites have."""
    found = [reason for reason in signs if reason]
    return len(found) >= 3 and len(set(found)) >= 2 and any(reason in _ONLY_SITES for reason in found)


def _body(folded: list[str], signs: list[str | None]) -> tuple[int, int]:
    """First and last line of the document: from behind the site's head to before its foot.

    The long lines that say nothing about a site are the document for certain; head and foot reach up to the
    nearest sign on either side of them.
    """
    certain = [
        index
        for index, text in enumerate(folded)
        if signs[index] is None and len(text) >= _BODY and _word_share(text) < 0.12
    ]
    if not certain:
        certain = [
            index
            for index, text in enumerate(folded)
            if signs[index] is None
            and len(text) >= 8
            and _word_share(text) < _WORD_SHARE
            and not _NOTICE_HEADS.match(text)
        ]
    if not certain:
        return len(folded), -1
    frame = [index for index, text in enumerate(folded) if signs[index] or _NOTICE_HEADS.match(text)]
    first = max((index + 1 for index in frame if index < certain[0]), default=0)
    last = min((index - 1 for index in frame if index > certain[-1]), default=len(folded) - 1)
    return first, last


def _frame_reason(text: str, sign: str | None, inside: bool) -> str | None:
    """Why a line is dropped, None to keep it. Between head and foot only page counts are."""
    if inside:
        return sign if sign in ("页码列表", "阅读提示") and len(text) <= _SHORT else None
    if sign:
        return sign
    return "网站信息" if text else None


def _title(lines: list[Line], folded: list[str]) -> str:
    """The title that the page list repeats (`…_第1页`)."""
    found: Counter[str] = Counter()
    for line, text in zip(lines, folded, strict=True):
        match = _PAGE_OF_TITLE.match(text)
        if match:
            found[line.text.strip()[: len(match.group(1))].strip("_-— ")] += 1
    best = found.most_common(1)
    return best[0][0] if best and best[0][1] >= 2 else ""


_COMMENT = re.compile(r"^\s*<!--.*-->\s*$")
_RULE = re.compile(r"^\s*(?:[=＝_~*]{4,}|[-—]{6,})(?:.{0,12}[=＝_~*\-—]{4,})?\s*$")


def _only_layout(lines: list[Line], markdown: bool) -> Page:
    kept: list[Line] = []
    dropped: list[DroppedText] = []
    for line in lines:
        if _COMMENT.match(line.text):
            dropped.append(DroppedText(reason="注释", text=excerpt(line.text), line=line.number))
        elif not markdown and _RULE.match(line.text):
            dropped.append(DroppedText(reason="分隔线", text=excerpt(line.text), line=line.number))
        else:
            kept.append(line)
    return Page(kept, "", False, tuple(dropped))
