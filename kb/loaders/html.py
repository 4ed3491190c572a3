"""Web pages (html, htm), also as saved from a browser or by Word: the main text with headings, lists and tables."""

from __future__ import annotations

import re
from typing import Any

from kb.errors import UnreadableFile
from kb.loaders import encoding, html_frame
from kb.loaders.converted import Writer
from kb.loaders.html_markdown import render
from kb.loaders.loaded import LoadedText
from kb.models import UnrepairedText

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{3,20})""", re.IGNORECASE)
_DECLARED_WITHIN = 4096
# Pages that call themselves GB2312 or GBK use characters of its superset.
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5-hkscs": "big5hkscs"}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# lxml keeps every text node in a tree; deeper nesting than this is an attack or a broken page, not a document.
_DEEPEST = 400
_SITE = re.compile(r"\s*(?:[-_|–—·]\s*[^-_|–—·]{1,30})$")


def load(name: str, data: bytes) -> LoadedText:
    """The page as markdown; menus, footers, related links and hidden parts are reported as dropped.

    Raises UnreadableFile, UnknownEncoding, EmptyDocument.
    """
    text, used, broken = _decoded(name, data)
    body, title = _parsed(name, text)
    writer = Writer(name, used)
    for item in broken:
        writer.flag(item.reason, item.text)
    kept = html_frame.strip(body, writer)
    render(kept, writer)
    heading = next((_words(found) for found in kept.iter("h1")), "")
    return writer.finish(heading or _SITE.sub("", title))


def _decoded(name: str, data: bytes) -> tuple[str, str, tuple[UnrepairedText, ...]]:
    """By the page's own word where that fits its bytes, else as any text file."""
    declared = _CHARSET.search(data[:_DECLARED_WITHIN])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        used = declared.group(1).decode("ascii").lower()
        used = _SUPERSETS.get(used, used)
        try:
            return data.decode(used), used, ()
        except (UnicodeDecodeError, LookupError):
            pass
    return encoding.decode(name, data)


def _parsed(name: str, text: str) -> tuple[Any, str]:
    """The body and the title."""
    from lxml import etree, html

    text = _DECLARATION.sub("", text.removeprefix("\ufeff")).replace("\x00", "")
    try:
        # Without `huge_tree` the parser drops what nests deeper than 256 levels and says nothing.
        parser = html.HTMLParser(no_network=True, remove_comments=True, huge_tree=True)
        root = html.document_fromstring(text, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableFile(f"{name}: holds no web page ({error})") from error
    body = root.find("body")
    if body is None:
        raise UnreadableFile(f"{name}: holds no web page (no body in it)")
    if _deeper_than(body, _DEEPEST):
        raise UnreadableFile(f"{name}: its elements nest more than {_DEEPEST} deep; save the page again as text")
    found = root.find(".//title")
    return body, "" if found is None else _words(found)


def _words(element: Any) -> str:
    return re.sub(r"\s+", " ", str(element.text_content())).strip()


def _deeper_than(element: Any, limit: int) -> bool:
    level = [element]
    for _ in range(limit):
        level = [child for parent in level for child in parent]
        if not level:
            return False
    return True
