"""File formats: each loader turns bytes into text with its front matter; `load` picks one by suffix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from kb.errors import UnsupportedFormat
from kb.loaders import docx, html, md, office, pdf, sheet, slides, txt
from kb.loaders.loaded import LoadedText

_LOADERS: dict[str, Callable[[str, bytes], LoadedText]] = {
    ".txt": txt.load,
    ".text": txt.load,
    ".md": md.load,
    ".markdown": md.load,
    ".docx": docx.load,
    ".pdf": pdf.load,
    ".html": html.load,
    ".htm": html.load,
    ".pptx": slides.load,
    **dict.fromkeys((".xlsx", ".xlsm", ".csv", ".tsv"), sheet.load),
    **dict.fromkeys(office.SUFFIXES, office.load),
}

SUPPORTED = tuple(sorted(_LOADERS))


def load(name: str, data: bytes) -> LoadedText:
    """The text of a file. Raises UnsupportedFormat, UnknownEncoding, UnreadableFile, EncryptedFile, FileTooLarge,
    EmptyDocument, FrontMatterError."""
    suffix = PurePath(name).suffix.lower()
    loader = _LOADERS.get(suffix)
    if loader is None:
        raise UnsupportedFormat(
            f"{name}: {suffix or 'a name without suffix'} is not supported; use one of {', '.join(SUPPORTED)}"
        )
    return loader(name, data)
