"""Word documents (docx): headings, rendered numbers, lists, tables, footnotes; tracked changes count as accepted."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from kb.errors import UnreadableFile
from kb.loaders import markup, package
from kb.loaders.converted import Writer
from kb.loaders.docx_numbering import BULLET, Numbering
from kb.loaders.docx_styles import Styles, outline_level, val
from kb.loaders.docx_text import NoteKey, Paragraph, on, plain_paragraphs, read_paragraph, tag
from kb.loaders.loaded import LoadedText

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
# Containers whose content stands where they stand.
_THROUGH = {"ins", "moveTo", "customXml", "smartTag", "sdt", "sdtContent"}
_FURNITURE = (("header", "页眉"), ("footer", "页脚"))
# A paragraph longer than this is text, even where somebody gave it a heading style for its looks.
_LONGEST_HEADING = 80
_LONGEST_TITLE = 40
_ENDS_SENTENCE = re.compile(r"[。！；;!，,：:]$")


def load(name: str, data: bytes) -> LoadedText:
    """The document as markdown. Headers, footers, deleted text, comments and the contents list are reported.

    Raises EncryptedFile, UnreadableFile (damaged), UnsupportedFormat, FileTooLarge, EmptyDocument.
    """
    package.check(name, data, "[Content_Types].xml", "docx")
    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    writer = Writer(name, "docx")
    try:
        document = Document(io.BytesIO(data))
        _Reader(document.part, writer).read(document.element.body)
        title = document.core_properties.title
    except (OpcError, LxmlError, KeyError, ValueError, AttributeError) as error:
        raise UnreadableFile(
            f"{name}: not a whole docx ({str(error)[:200]}); open it in Word, save it again"
        ) from error
    return writer.finish(title)


class _Reader:
    """Walks a document's body in order and writes what it finds."""

    def __init__(self, part: Any, writer: Writer) -> None:
        self._part = part
        self._writer = writer
        self._styles = Styles(self._root("styles"))
        self._numbering = Numbering(self._root("numbering"))
        self._notes: dict[NoteKey, str] = {
            (kind, val(note, None, "id")): "\n".join(plain_paragraphs(note))
            for kind in ("footnote", "endnote")
            for note in _children(self._root(f"{kind}s"), kind)
        }
        self._note_numbers: dict[NoteKey, int] = {}
        self._carried: Paragraph | None = None
        self._in_list = False
        self._begun = False

    def read(self, body: Any) -> None:
        """The whole document, with its page furniture and comments noted."""
        for kind, reason in _FURNITURE:
            for root in self._roots(kind):
                for text in plain_paragraphs(root):
                    self._writer.drop(reason, text)
        self._blocks(body)
        for comment in _children(self._root("comments"), "comment"):
            self._writer.drop("批注", " ".join(plain_paragraphs(comment)))

    def _roots(self, kind: str) -> list[Any]:
        from docx.oxml import parse_xml

        found = []
        for relation in self._part.rels.values():
            if relation.reltype == _RELATION + kind and not relation.is_external:
                part = relation.target_part
                root = getattr(part, "element", None)
                found.append(parse_xml(part.blob) if root is None else root)
        return found

    def _root(self, kind: str) -> Any | None:
        return next(iter(self._roots(kind)), None)

    def _blocks(self, container: Any) -> None:
        for child in container:
            what = tag(child)
            if what == "p":
                self._paragraph(child)
            elif what == "tbl":
                self._writer.add(markup.table(self._rows(child)))
                self._in_list = False
            elif what == "sdt" and _is_contents(child):
                self._writer.drop("目录", " ".join(plain_paragraphs(child)))
            elif what in _THROUGH:
                self._blocks(child)
            elif what in ("del", "moveFrom"):
                self._writer.drop("修订中已删除", " ".join(plain_paragraphs(child)))
        if container.tag == f"{_W}body" and self._carried is not None:
            self._writer.add(markup.plain(self._carried.text))

    def _paragraph(self, element: Any) -> None:
        read = read_paragraph(element, self._note_numbers)
        if self._carried is not None:
            read = self._carried.joined(read)
            self._carried = None
        if on(element, "pPr/rPr/del") or on(element, "pPr/rPr/moveFrom"):
            # The mark that ended this paragraph was deleted in a tracked change: it runs on into the next one.
            self._carried = read
            return
        if self._styles.is_contents(val(element.find(f"{_W}pPr"), "pStyle")):
            self._writer.drop("目录", read.text)
            return
        level, label, depth = self._place(element, read.text.strip())
        text = read.text.strip()
        if text and level:
            self._writer.add(markup.heading(level, markup.numbered("" if label == BULLET else label, text)))
            self._in_list = False
        elif text:
            line = markup.numbered(label, text) if label else markup.plain(text)
            self._writer.add("  " * depth + line if label == BULLET else line, tight=bool(label) and self._in_list)
            self._in_list = bool(label)
        self._note_beside(read)
        for box in read.boxes:
            self._blocks(box)

    def _place(self, element: Any, text: str) -> tuple[int, str, int]:
        """Heading level (0: none), number and list depth. An empty paragraph counts in its list all the same."""
        properties = element.find(f"{_W}pPr")
        style = val(properties, "pStyle")
        num, depth = self._styles.list_of(properties, style, self._numbering)
        label = self._numbering.label(num, depth) if num else ""
        level = outline_level(properties, style, self._styles)
        if len(text) > _LONGEST_HEADING:
            level = 0
        if text and not self._begun:
            self._begun = True
            centred = val(properties, "jc") == "center" or (not val(properties, "jc") and self._styles.centred(style))
            if centred and not level and len(text) <= _LONGEST_TITLE and not _ENDS_SENTENCE.search(text):
                level = 1  # the title as most offices set it: centred, without a style
        return level, label, depth

    def _note_beside(self, read: Paragraph) -> None:
        """Notes follow their paragraph; what was left out of it is reported here."""
        for number, key in read.notes:
            self._writer.add(f"[注{number}] {self._notes.get(key, '')}".rstrip())
        self._report(read)

    def _report(self, read: Paragraph) -> None:
        for text in read.deleted:
            self._writer.drop("修订中已删除", text)
        self._writer.drop("隐藏文字", read.hidden)
        for picture in read.pictures:
            self._writer.flag("picture", f"图片中的文字没有读出：{picture or '图片没有说明文字'}")

    def _rows(self, table: Any) -> list[list[str]]:
        """The cells' texts on the table's grid; a cell that spans several rows counts in each of them."""
        rows: list[list[str]] = []
        for row in _through(table, "tr"):
            if on(row, "trPr/del"):
                self._writer.drop("修订中已删除", " ".join(plain_paragraphs(row)))
                continue
            above = rows[-1] if rows else []
            texts = [""] * _number(val(row.find(f"{_W}trPr"), "gridBefore"))
            spans = [1] * len(texts)
            for cell in _through(row, "tc"):
                properties = cell.find(f"{_W}tcPr")
                merge = None if properties is None else properties.find(f"{_W}vMerge")
                text = self._cell(cell)
                column = sum(spans)
                if merge is not None and val(merge, None) != "restart" and not text and column < len(above):
                    text = above[column]
                texts.append(text)
                spans.append(_number(val(properties, "gridSpan")) or 1)
            rows.append(markup.spread(texts, spans))
        return rows

    def _cell(self, cell: Any) -> str:
        """A cell as lines; a table inside it reads row by row."""
        lines: list[str] = []
        for child in _through(cell, "p", "tbl"):
            if tag(child) == "tbl":
                lines.extend("，".join(filter(None, row)) for row in self._rows(child))
                continue
            read = read_paragraph(child, self._note_numbers)
            text = read.text.strip()
            _, label, _ = self._place(child, text)
            if text:
                lines.append(markup.numbered(label, text))
            lines.extend(f"[注{number}] {self._notes.get(key, '')}".rstrip() for number, key in read.notes)
            lines.extend(text for box in read.boxes for text in plain_paragraphs(box))
            self._report(read)
        return "\n".join(lines)


def _is_contents(control: Any) -> bool:
    gallery = control.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
    return gallery is not None and val(gallery, None) == "Table of Contents"


def _through(container: Any, *names: str) -> Iterator[Any]:
    """The children of these names, also those inside content controls and insertions."""
    for child in container:
        what = tag(child)
        if what in names:
            yield child
        elif what in _THROUGH:
            yield from _through(child, *names)


def _children(root: Any | None, name: str) -> list[Any]:
    return [] if root is None else list(root.findall(f"{_W}{name}"))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
