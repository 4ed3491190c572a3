"""Presentations (pptx): slide titles as headings, text, tables, charts and speaker notes in reading order."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from kb.errors import FileTooLarge, UnreadableFile
from kb.loaders import markup, package
from kb.loaders.converted import Writer
from kb.loaders.docx_numbering import render
from kb.loaders.loaded import LoadedText

# Training decks have up to a few hundred slides; each one is a page of text at most.
MAX_SLIDES = 1_000
# Shapes whose tops differ by less stand in one row, read from left to right (English Metric Units; 0.3 inch).
_ROW = 274_320
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
_DIAGRAM_POINT = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}pt"
_PICTURE_KINDS = "pic"
# Formats of DrawingML (`arabicPeriod`, `circleNumDbPlain`) by the numbers and the marks around them.
_AUTO_NUMBER = re.compile(r"^(arabic|alphaLc|alphaUc|romanLc|romanUc|ea1Chs|ea1Cht|ea1JpnKor|ea1JpnChs|circleNum)")
_NUMBER_FORMS = {
    "arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman",
    "romanUc": "upperRoman", "ea1Chs": "chineseCounting", "ea1Cht": "chineseCounting", "ea1JpnKor": "chineseCounting",
    "ea1JpnChs": "chineseCounting", "circleNum": "decimalEnclosedCircle",
}  # fmt: skip


def load(name: str, data: bytes) -> LoadedText:
    """Every shown slide. Hidden slides, slide footers and dates are reported; so is a slide of pictures only.

    Raises EncryptedFile, UnreadableFile (damaged), UnsupportedFormat, FileTooLarge, EmptyDocument.
    """
    package.check(name, data, "ppt/presentation.xml", "pptx")
    from lxml.etree import LxmlError
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    writer = Writer(name, "pptx")
    try:
        deck = Presentation(io.BytesIO(data))
        if len(deck.slides) > MAX_SLIDES:
            raise FileTooLarge(f"{name}: {len(deck.slides)} slides, at most {MAX_SLIDES} are read; split the file")
        _Deck(writer, PurePath(name).stem).write(list(deck.slides))
        title = deck.core_properties.title
    except (PythonPptxError, LxmlError, KeyError, ValueError, AttributeError) as error:
        raise UnreadableFile(
            f"{name}: not a whole pptx ({str(error)[:200]}); open it in PowerPoint, save it again"
        ) from error
    return writer.finish(title)


class _Deck:
    def __init__(self, writer: Writer, stem: str) -> None:
        self._writer = writer
        self._stem = stem
        self._last_title = ""
        self._headed = False

    def write(self, slides: list[Any]) -> None:
        for number, slide in enumerate(slides, start=1):
            shapes = [shape for shape in slide.shapes if not _is_furniture(shape)]
            if slide.element.get("show") == "0":
                self._writer.drop("隐藏的幻灯片", f"第 {number} 张：{' '.join(_all_words(slide.shapes))}")
                continue
            for shape in slide.shapes:
                if _is_furniture(shape) and shape.has_text_frame:
                    self._writer.drop("页脚", shape.text_frame.text)
            self._slide(slide, shapes, number)

    def _slide(self, slide: Any, shapes: list[Any], number: int) -> None:
        title = slide.shapes.title
        words = "" if title is None else _one_line(title.text_frame.text)
        blocks = list(_blocks(shape for shape in shapes if title is None or shape.shape_id != title.shape_id))
        notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        said = "" if notes is None else notes.text.strip()
        if not self._headed and (words or blocks or said):
            self._headed = True
            opening = words if _is_title_slide(slide) or not blocks else ""
            self._writer.add(markup.heading(1, opening or self._stem))
            words = "" if opening else words
        # A title that runs over several slides opens one section.
        if words and words != self._last_title:
            self._writer.add(markup.heading(2, words))
        elif not words and blocks and number > 1 and self._last_title:
            self._writer.add(markup.heading(2, f"第 {number} 张"))
        self._last_title = words or self._last_title
        for block in blocks:
            self._writer.add(block)
        pictures = sum(1 for shape in _flat(shapes) if _is_picture(shape))
        if pictures and not blocks:
            self._writer.flag("slide_without_text", f"第 {number} 张幻灯片只有图片，其中的文字没有读出")
        if said:
            self._writer.add(markup.plain("备注：" + _lines(said)))


def _is_title_slide(slide: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    title = slide.shapes.title
    return title is not None and title.placeholder_format.type == PP_PLACEHOLDER.CENTER_TITLE


def _is_furniture(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    return shape.is_placeholder and shape.placeholder_format.type in (
        PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER,
    )  # fmt: skip


def _is_picture(shape: Any) -> bool:
    return bool(shape.element.tag.endswith("}" + _PICTURE_KINDS))


def _flat(shapes: Any) -> Iterator[Any]:
    """The shapes with those of groups, each group in its place."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _flat(_in_order(shape.shapes))
        else:
            yield shape


def _in_order(shapes: Any) -> list[Any]:
    """Top to bottom, then left to right; a shape without a place of its own keeps its rank."""
    placed = sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    rows: list[list[Any]] = []
    for shape in placed:
        if rows and (shape.top or 0) - (rows[-1][0].top or 0) < _ROW:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    return [shape for row in rows for shape in sorted(row, key=lambda item: item.left or 0)]


def _blocks(shapes: Iterator[Any]) -> Iterator[str]:
    for shape in _flat(_in_order(shapes)):
        if shape.has_text_frame:
            yield from _paragraphs(shape)
        elif getattr(shape, "has_table", False):
            yield markup.table(_cells(shape.table))
        elif getattr(shape, "has_chart", False):
            yield _chart(shape.chart)
        else:
            yield from _diagram(shape)


def _paragraphs(shape: Any) -> Iterator[str]:
    """A body placeholder's paragraphs as list lines, with their numbers; a text box's as they stand."""
    lines: list[str] = []
    counts: dict[int, int] = {}
    listed = shape.is_placeholder
    for paragraph in shape.text_frame.paragraphs:
        text = _lines(paragraph.text)
        if not text:
            continue
        properties = paragraph._p.find(f"{_A}pPr")
        auto = None if properties is None else properties.find(f"{_A}buAutoNum")
        plain = properties is not None and properties.find(f"{_A}buNone") is not None
        bullet = properties is not None and properties.find(f"{_A}buChar") is not None
        for deeper in [
            level for level in counts if level > paragraph.level or (level == paragraph.level and auto is None)
        ]:
            del counts[deeper]
        indent = "  " * paragraph.level
        if auto is not None:
            counts[paragraph.level] = counts.get(paragraph.level, int(auto.get("startAt") or 1) - 1) + 1
            lines.append(indent + markup.numbered(_label(str(auto.get("type")), counts[paragraph.level]), text))
        elif bullet or (listed and not plain and _is_body(shape)):
            lines.append(f"{indent}- {text}")
        else:
            lines.append(markup.plain(text))
    if lines:
        yield "\n".join(lines)


def _is_body(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    return shape.placeholder_format.type in (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT)


def _label(form: str, value: int) -> str:
    match = _AUTO_NUMBER.match(form)
    text = render(_NUMBER_FORMS[match.group(1)] if match else "decimal", value)
    if form.endswith("ParenBoth"):
        return f"（{text}）"
    if form.endswith("ParenR"):
        return f"{text})"
    return f"{text}、" if form.startswith("ea1") else text if form.startswith("circleNum") else f"{text}."


def _cells(table: Any) -> list[list[str]]:
    """A table on its grid; merged cells count in each place that they cover."""
    rows: list[list[str]] = []
    for row in table.rows:
        texts: list[str] = []
        spans: list[int] = []
        for cell in row.cells:
            if cell.is_spanned and spans and cell._tc.get("hMerge") in ("1", "true"):
                spans[-1] += 1
                continue
            text = _lines(cell.text)
            if cell.is_spanned and not text and rows:
                text = rows[-1][sum(spans)]
            texts.append(text)
            spans.append(1)
        rows.append(markup.spread(texts, spans))
    return rows


def _chart(chart: Any) -> str:
    """A chart's numbers as a table: a row for each category."""
    plot = chart.plots[0]
    names = [str(name) for name in plot.categories]
    series = list(plot.series)
    head = ["", *(str(one.name) for one in series)]
    rows = [[name, *("" if one.values[index] is None else f"{one.values[index]:g}" for one in series)]
            for index, name in enumerate(names)]  # fmt: skip
    title = chart.chart_title.text_frame.text if chart.has_title and chart.chart_title.has_text_frame else ""
    return "\n\n".join(filter(None, (markup.plain(title), markup.table([head, *rows]))))


def _diagram(shape: Any) -> Iterator[str]:
    """The texts of a SmartArt drawing, in the order in which they were entered."""
    from pptx.oxml import parse_xml

    found = [node for node in shape.element.iter() if str(node.tag).endswith("}relIds")]
    for node in found:
        for relation in shape.part.rels.values():
            if relation.rId in node.attrib.values() and relation.reltype == _DIAGRAM:
                root = parse_xml(relation.target_part.blob)
                texts = [
                    "".join(part.text or "" for part in point.iter(f"{_A}t")) for point in root.iter(_DIAGRAM_POINT)
                ]
                yield "\n".join(f"- {text}" for text in texts if text.strip())


def _all_words(shapes: Any) -> Iterator[str]:
    return (_one_line(shape.text_frame.text) for shape in _flat(shapes) if shape.has_text_frame)


def _one_line(text: str) -> str:
    return re.sub(r"\s*[\v\n]\s*", " ", text).strip()


def _lines(text: str) -> str:
    return text.replace("\v", "\n").strip()
