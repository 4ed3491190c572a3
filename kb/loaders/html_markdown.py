"""HTML elements as markdown blocks, in the order of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kb.loaders import markup
from kb.loaders.converted import Writer

_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "button", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
    "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_WRAPPED_CJK = re.compile(rf"(?<=[{_CJK}])[ \t\r\f]*\n\s*(?=[{_CJK}])")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_BREAK = "\u2028"
_LONGEST_QUESTION = 60


def render(root: Any, writer: Writer) -> None:
    """Writes everything below `root`."""
    _Renderer(writer).children(root)


class _Renderer:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._level = 1

    def children(self, element: Any) -> None:
        """The content of a block: runs of inline text become paragraphs between the inner blocks."""
        inline = [element.text or ""]
        for child in element:
            if _is_block(child):
                self._paragraph("".join(inline))
                inline = []
                self._block(child)
            else:
                inline.append(_inline(child))
            inline.append(child.tail or "")
        self._paragraph("".join(inline))

    def _paragraph(self, text: str) -> None:
        self._writer.add(markup.plain(tidy(text)))

    def _heading(self, level: int, text: str) -> None:
        self._writer.add(markup.heading(level, tidy(text)))

    def _block(self, element: Any) -> None:
        tag = str(element.tag)
        if re.fullmatch(r"h[1-6]", tag):
            self._level = int(tag[1])
            self._heading(self._level, _inline(element))
        elif tag in ("ul", "ol"):
            for number, line in enumerate(_items(element, 0)):
                self._writer.add(line, tight=number > 0)
        elif tag in ("dt", "summary", "button"):
            self._question(_inline(element))
        elif tag == "table":
            self._table(element)
        elif tag == "pre":
            self._writer.add(markup.plain(str(element.text_content())))
        elif tag != "hr":
            self.children(element)

    def _question(self, text: str) -> None:
        """A folded question or a defined term, as a heading over what follows."""
        if len(text) <= _LONGEST_QUESTION:
            self._heading(self._level + 1, text)
        else:
            self._paragraph(text)

    def _table(self, element: Any) -> None:
        if _is_layout(element):
            for cell in _own(element, "td", "th"):
                self.children(cell)
            return
        for caption in element.iter("caption"):
            self._paragraph(_inline(caption))
        self._writer.add(markup.table(_grid(element)))


def tidy(text: str) -> str:
    """Source line breaks and runs of spaces as a browser shows them; between Chinese characters as nothing."""
    text = _SPACES.sub(" ", _WRAPPED_CJK.sub("", text.replace("\u00a0", " ")))
    return "\n".join(line.strip() for line in text.split(_BREAK)).strip()


def _is_block(element: Any) -> bool:
    if not isinstance(element.tag, str):
        return False
    return element.tag in _BLOCKS or any(inner.tag in _BLOCKS for inner in element.iter() if isinstance(inner.tag, str))


def _inline(element: Any) -> str:
    """An element's text on one line, `br` as a line break."""
    if not isinstance(element.tag, str):
        return ""
    if element.tag == "br":
        return _BREAK
    found = [element.text or ""]
    for child in element:
        edge = _BREAK if child.tag in _BLOCKS else ""
        found.extend((edge, _inline(child), edge, child.tail or ""))
    return "".join(found)


def _items(listed: Any, depth: int) -> Iterator[str]:
    """List items as lines; numbered ones carry their number, inner lists stand indented below their item."""
    number = int(listed.get("start")) if str(listed.get("start") or "").isdigit() else 1
    for item in listed:
        if item.tag in ("ul", "ol"):
            yield from _items(item, depth + 1)
            continue
        if item.tag != "li":
            continue
        inner = [child for child in item.iter("ul", "ol") if next(child.iterancestors("ul", "ol")) is listed]
        text = tidy(_without(item, inner))
        mark = f"{number}." if listed.tag == "ol" else "-"
        number += listed.tag == "ol"
        if text:
            yield "  " * depth + f"{mark} " + text.replace("\n", "\n" + "  " * (depth + 1))
        for child in inner:
            yield from _items(child, depth + 1)


def _without(element: Any, left_out: list[Any]) -> str:
    found = [element.text or ""]
    for child in element:
        if not any(child is other for other in left_out):
            edge = _BREAK if child.tag in _BLOCKS else ""
            found.extend((edge, _without(child, left_out) if child.tag != "br" else _BREAK, edge))
        found.append(child.tail or "")
    return "".join(found)


def _own(table: Any, *tags: str) -> list[Any]:
    """The rows or cells of a table, without those of tables inside it."""
    return [found for found in table.iter(*tags) if next(found.iterancestors("table")) is table]


def _is_layout(table: Any) -> bool:
    """Old pages place their parts with tables: cells with headings, lists or tables, or a single cell."""
    if table.get("role") == "presentation":
        return True
    cells = _own(table, "td", "th")
    if len(cells) == 1:
        return True
    return not _own(table, "th") and any(next(cell.iter("h1", "h2", "h3", "table"), None) is not None for cell in cells)


def _grid(table: Any) -> list[list[str]]:
    """The cells on a grid; one that spans rows or columns counts in each of them."""
    rows: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    for row in _own(table, "tr"):
        texts: list[str] = []
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        for cell in cells:
            _fill(texts, hanging)
            text = tidy(_inline(cell)).replace(_BREAK, "\n")
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            whole_row = len(cells) == 1 and not texts
            for offset in range(across):
                if down > 1:
                    hanging[len(texts)] = (down - 1, text)
                texts.append("" if offset and whole_row else text)
        _fill(texts, hanging)
        rows.append(texts)
    return rows


def _fill(texts: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Puts in what cells of the rows above still cover at this place."""
    while len(texts) in hanging:
        left, text = hanging.pop(len(texts))
        if left > 1:
            hanging[len(texts)] = (left - 1, text)
        texts.append(text)


def _span(cell: Any, name: str) -> int:
    """A span attribute within reason: browsers stop at 1,000 too."""
    given = str(cell.get(name) or "1").strip()
    return min(max(int(given), 1), 1000) if given.isdigit() else 1
