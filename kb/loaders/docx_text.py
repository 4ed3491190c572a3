"""The text of one Word paragraph as a reader sees it: insertions in, deletions and hidden text out, fields by result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_THROUGH = {"ins", "moveTo", "hyperlink", "smartTag", "customXml", "sdt", "sdtContent", "fldSimple", "dir", "bdo"}
_GONE = {"del", "moveFrom"}
_CHARACTERS = {"tab": "\t", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
NoteKey = tuple[str, str]


@dataclass(slots=True)
class Paragraph:
    """What stands in a paragraph, and beside it: notes, text boxes, pictures (their alternative text)."""

    text: str = ""
    deleted: list[str] = field(default_factory=list)
    hidden: str = ""
    notes: list[tuple[int, NoteKey]] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    def joined(self, other: Paragraph) -> Paragraph:
        """This paragraph and the next one as one."""
        return Paragraph(
            self.text + other.text,
            self.deleted + other.deleted,
            self.hidden + other.hidden,
            self.notes + other.notes,
            self.boxes + other.boxes,
            self.pictures + other.pictures,
        )


def read_paragraph(element: Any, numbers: dict[NoteKey, int]) -> Paragraph:
    """Reads a `w:p`. `numbers` counts the document's notes; a new reference gets the next one."""
    read = Paragraph()
    _walk(element, read, numbers)
    return read


def plain_paragraphs(root: Any) -> list[str]:
    """The texts of all paragraphs below an element, deleted ones too, for reports and notes."""
    found = []
    for paragraph in root.iter(f"{_W}p"):
        read = read_paragraph(paragraph, {})
        text = "".join((read.text, *read.deleted)).strip()
        if text:
            found.append(text)
    return found


def tag(element: Any) -> str:
    """The local name of an element, empty for comments and processing instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def on(element: Any, path: str) -> bool:
    """Whether a property (`pPr/rPr/del`) is there and not switched off."""
    found = element.find("/".join(_W + step for step in path.split("/")))
    return found is not None and found.get(f"{_W}val") not in ("0", "false", "off")


def _walk(element: Any, read: Paragraph, numbers: dict[NoteKey, int]) -> None:
    for child in element:
        name = tag(child)
        if name == "r":
            _run(child, read, numbers)
        elif name in _THROUGH:
            _walk(child, read, numbers)
        elif name in _GONE:
            read.deleted.append("".join(_words(child)))
        elif name in ("oMath", "oMathPara"):
            read.text += "".join(part.text or "" for part in child.iter() if tag(part) == "t")
        elif name == "AlternateContent":
            _walk(_chosen(child), read, numbers)


def _run(run: Any, read: Paragraph, numbers: dict[NoteKey, int]) -> None:
    if on(run, "rPr/vanish"):
        read.hidden += "".join(_words(run))
        return
    for child in run:
        name = tag(child)
        if name == "t":
            read.text += child.text or ""
        elif name == "delText":
            read.deleted.append(child.text or "")
        elif name in _CHARACTERS:
            read.text += _CHARACTERS[name]
        elif name == "br" and child.get(f"{_W}type") not in ("page", "column"):
            read.text += "\n"
        elif name in _NOTES:
            key = (_NOTES[name], str(child.get(f"{_W}id")))
            number = numbers.setdefault(key, len(numbers) + 1)
            read.text += f"[注{number}]"
            read.notes.append((number, key))
        elif name in ("drawing", "pict", "object"):
            _drawing(child, read)
        elif name == "AlternateContent":
            for inner in _chosen(child):
                _drawing(inner, read)


def _words(element: Any) -> Iterator[str]:
    """The words below an element, also those of deleted runs."""
    return (part.text or "" for part in element.iter(f"{_W}t", f"{_W}delText"))


def _chosen(alternate: Any) -> Any:
    """Word writes a drawing twice, for itself and for older programs; one of the two is read."""
    return next((child for child in alternate if tag(child) == "Choice"), alternate[0] if len(alternate) else alternate)


def _drawing(element: Any, read: Paragraph) -> None:
    boxes = list(element.iter(f"{_W}txbxContent"))
    read.boxes.extend(boxes)
    pictures = [part for part in element.iter() if tag(part) in ("blip", "imagedata")]
    if pictures and not boxes:
        described = next((part.get("descr") or part.get("alt") for part in element.iter() if tag(part) == "docPr"), "")
        read.pictures.append(described or "")
