"""Takes the frame off a web page: menus, breadcrumbs, footers, related links, forms, hidden parts."""

from __future__ import annotations

import re
from typing import Any

from kb.loaders.converted import Writer

_SILENT = (
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "object",
    "canvas",
    "audio",
    "video",
    "link",
    "meta",
    "head",
)
_CONTROLS = (
    "form",
    "button",
    "select",
    "textarea",
    "input",
    "label",
)
_FRAME_TAGS = {"nav": "导航", "footer": "页脚", "aside": "侧栏", "header": "页头"}
_FRAME_ROLES = {
    "navigation": "导航",
    "banner": "页头",
    "contentinfo": "页脚",
    "search": "搜索",
    "complementary": "侧栏",
}
# Words that sites build class names and ids of; compared with whole words (`site-footer`, `sideMenu`), never within one.
_FRAME_NAMES: tuple[tuple[str, set[str]], ...] = (
    (
        "导航",
        {
            "nav",
            "navbar",
            "navigation",
            "menu",
            "menus",
            "breadcrumb",
            "breadcrumbs",
            "crumb",
            "crumbs",
            "topbar",
            "toolbar",
            "pagination",
            "pager",
        },
    ),
    ("侧栏", {"sidebar", "side", "aside"}),
    ("页脚", {"footer", "foot", "copyright", "beian"}),
    ("页头", {"header", "topnav", "banner", "masthead"}),
    ("相关推荐", {"related", "recommend", "recommended", "recommendation", "hot", "hots"}),
    (
        "互动",
        {
            "share",
            "feedback",
            "comment",
            "comments",
            "rating",
            "vote",
            "login",
            "signin",
            "register",
            "search",
            "qrcode",
            "useful",
            "helpful",
        },
    ),
    ("广告", {"ad", "ads", "advert", "advertisement", "cookie", "cookies"}),
)
# Sites also set notes and warnings of the document itself in these.
_MAYBE_REMARKS = ("侧栏", "页头", "广告")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SENTENCE = re.compile(r"[。！？；，]")
# What tells a badly named content block from a menu: this many characters outside links, in sentences.
_PROSE = 120
_PROSE_MARKS = 4
# A list or block whose text is links by more than this share, without a sentence, leads elsewhere.
_LINK_SHARE = 0.7
# The part of a page that holds this share of its prose is the document; the rest frames it.
_MAIN_SHARE = 0.95
_HEADINGS = ("h1", "h2", "h3")
_NOISE = re.compile(
    r"(?:以上|此)?(?:内容|回答|文章|答案).{0,6}(?:是否|有没有).{0,10}(?:帮助|解决|有用).{0,12}|(?:更新|发布)(?:时间|日期)[:：].{0,40}|"
    r"(?:阅读|浏览|点击)(?:量|次数|数)?[:：]?\s*\d+.{0,20}|(?:上|下)一篇[:：].{0,60}|(?:返回|回到)(?:顶部|首页|列表|上一页)|"
    r"当前位置[:：].{0,80}|(?:打印|收藏|分享)(?:本页|到.{0,10})?|copyright.{0,80}|.{0,40}(?:版权所有|ICP[备证]|公网安备).{0,60}",
    re.IGNORECASE,
)  # fmt: skip


def strip(body: Any, writer: Writer) -> Any:
    """The element that holds the document, freed of its frame; everything taken out with words is reported."""
    for element in list(body.iter(*_SILENT)):
        element.drop_tree()
    for element in list(body.iter()):
        if element is body or not _attached(element, body):
            continue
        reason = _reason(element)
        if reason:
            writer.drop(reason, _text(element))
            element.drop_tree()
    return _main(body, writer)


def _attached(element: Any, body: Any) -> bool:
    """Whether an element is still part of the page (its parent may have been taken out before it)."""
    return isinstance(element.tag, str) and any(above is body for above in element.iterancestors())


def _reason(element: Any) -> str:
    """Why an element belongs to the frame, empty for the document's own parts."""
    text = _text(element)
    if element.tag in _CONTROLS:
        return "" if _carries_text(element, text) else "表单"
    if not text:
        return ""
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        # Saved help pages keep folded answers this way; only what is no sentence is hidden for good.
        return "" if len(_SENTENCE.findall(text)) and len(text) >= 12 else "隐藏内容"
    named = _named(element)
    if named and not _is_prose(element) and not (named in _MAYBE_REMARKS and _is_remark(element, text)):
        return named
    if element.tag in ("ul", "ol", "div", "p", "table", "td", "section") and _only_links(element, text):
        return "导航"
    if element.tag in ("p", "div", "span", "li", "h3", "h4", "h5") and len(text) < 100 and _NOISE.fullmatch(text):
        return "网站信息"
    return ""


def _carries_text(element: Any, text: str) -> bool:
    """Forms that wrap a whole page, and buttons and labels that unfold an answer."""
    if element.tag in ("button", "label"):
        unfolds = element.get("aria-expanded") is not None or element.get("aria-controls") is not None
        in_heading = any(re.fullmatch("h[1-6]", str(above.tag)) for above in element.iterancestors())
        return bool(text) and (unfolds or in_heading or text.endswith(("？", "?")))
    return element.tag in ("form", "label") and "。" in text


def _is_remark(element: Any, text: str) -> bool:
    """A sentence without links, set beside the text as a note."""
    return "。" in text and next(element.iter("a"), None) is None


def _named(element: Any) -> str:
    tag = str(element.tag)
    if tag in _FRAME_TAGS and not (tag == "header" and _inside_article(element)):
        return _FRAME_TAGS[tag]
    role = _FRAME_ROLES.get(element.get("role") or "")
    if role:
        return role
    if tag in ("h1", "h2", "h3", "body", "main", "article", "td", "tr", "table") or element.find(".//h1") is not None:
        return ""
    words = {word.lower() for word in _WORD.findall(f"{element.get('class') or ''} {element.get('id') or ''}")}
    return next((reason for reason, names in _FRAME_NAMES if words & names), "")


def _inside_article(element: Any) -> bool:
    return (
        any(above.tag in ("article", "main") for above in element.iterancestors()) or element.find(".//h1") is not None
    )


def _text(element: Any) -> str:
    return re.sub(r"\s+", " ", str(element.text_content())).strip()


def _link_length(element: Any) -> int:
    return sum(len(_text(link)) for link in element.iter("a"))


def _only_links(element: Any, text: str) -> bool:
    links = len(list(element.iter("a")))
    return links >= 2 and not _is_prose(element) and _link_length(element) > _LINK_SHARE * len(text)


def _is_prose(element: Any) -> bool:
    """Whether a block holds a text that somebody wrote, whatever it is called."""
    text = _text(element)
    return len(text) - _link_length(element) >= _PROSE and len(_SENTENCE.findall(text)) >= _PROSE_MARKS


def _main(body: Any, writer: Writer) -> Any:
    """Goes down to the element that holds nearly all prose, as long as no heading stands beside it."""
    whole = _prose_length(body)
    current = body
    while whole:
        inner = next((child for child in _elements(current) if _prose_length(child) >= _MAIN_SHARE * whole), None)
        if inner is None or inner.tag in ("table", "ul", "ol", "dl", "p", *_HEADINGS):
            break
        beside = [child for child in _elements(current) if child is not inner]
        if any(child.tag in _HEADINGS or next(child.iter(*_HEADINGS), None) is not None for child in beside):
            break
        for child in beside:
            writer.drop("正文以外", _text(child))
        current = inner
    return current


def _elements(parent: Any) -> list[Any]:
    return [child for child in parent if isinstance(child.tag, str)]


def _prose_length(element: Any) -> int:
    """Characters of the sentences below an element, links left out."""
    text = _text(element)
    return max(0, len(text) - _link_length(element)) if _SENTENCE.search(text) else 0
