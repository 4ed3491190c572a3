"""PDF files with text: columns in reading order, page furniture off, pages without text reported by number."""

from __future__ import annotations

import io
import logging
from typing import Any

from kb.errors import EmptyDocument, FileTooLarge, UnreadableFile
from kb.loaders import locked, pdf_columns, pdf_furniture, pdf_page
from kb.loaders.converted import Writer
from kb.loaders.loaded import LoadedText
from kb.loaders.pdf_page import Page
from kb.loaders.pdf_text import Paragraphs

# About 0.15 s for a page of 2,000 characters: a manual of this length takes a minute and a half. Books are split.
MAX_PAGES = 600
# Single stray characters (a stamp, a scanner's mark) do not make a page readable.
_FEWEST_LETTERS = 4
# A share of characters without a meaning from which the page has to be looked at.
_UNMAPPED_SHARE = 0.01


def load(name: str, data: bytes) -> LoadedText:
    """The text pages as markdown. Headers, footers, page numbers and watermarks are reported as dropped; pages
    without text, and fonts that hide what their letters are, as unrepaired with the page number.

    Raises EncryptedFile, UnreadableFile (damaged), FileTooLarge (too many pages), EmptyDocument (only scans).
    """
    if not data:
        raise UnreadableFile(f"{name}: the file is empty")
    if b"%PDF-" not in data[:1024]:
        raise UnreadableFile(f"{name}: not a PDF file (it does not begin like one)")
    pages, title = _read(name, data)
    blank = [page for page in pages if _letters(page) < _FEWEST_LETTERS]
    if len(blank) == len(pages):
        what = "scans without text" if any(page.pictures for page in pages) else "blank"
        raise EmptyDocument(
            f"{name}: all {len(pages)} pages are {what}; run text recognition (OCR) over the file and add it again"
        )
    writer = Writer(name, "pdf")
    for item in pdf_furniture.take_off(pages):
        writer.drop(item.reason, f"{item.text}（{item.pages} 页）" if item.pages > 1 else item.text)
    _write(pages, blank, writer)
    return writer.finish(title)


def _read(name: str, data: bytes) -> tuple[list[Page], str]:
    import pdfplumber
    from pdfminer.pdfdocument import PDFEncryptionError
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    # What pdfminer calls warnings are the oddities of a file that it could read all the same.
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    number = 0
    try:
        with pdfplumber.open(io.BytesIO(data), raise_unicode_errors=False) as document:
            total = len(document.pages)
            if total > MAX_PAGES:
                raise FileTooLarge(f"{name}: {total} pages, at most {MAX_PAGES} are read; split the file")
            if total == 0:
                raise UnreadableFile(f"{name}: damaged, no page can be found in it; save it again")
            pages = []
            for number, page in enumerate(document.pages, start=1):
                pages.append(pdf_page.read(page, number))
                page.close()
            return pages, _title(document.metadata)
    except PdfminerException as error:
        cause = error.args[0] if error.args else error
        if isinstance(cause, PDFEncryptionError):  # the wrong password, or a lock of an unknown kind
            raise locked.error(name) from error
        raise UnreadableFile(_damaged(name, number, cause)) from error
    except (
        MalformedPDFException,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        AssertionError,
    ) as error:
        raise UnreadableFile(_damaged(name, number, error)) from error
    except RecursionError as error:
        raise UnreadableFile(_damaged(name, number, "its objects refer to each other in a circle")) from error


def _damaged(name: str, page: int, cause: object) -> str:
    where = f" after page {page}" if page else ""
    said = str(cause)[:200] or type(cause).__name__
    return f"{name}: damaged, it cannot be read{where} ({said}); save it again"


def _title(metadata: dict[str, Any]) -> str:
    found = metadata.get("Title")
    return found if isinstance(found, str) else ""


def _letters(page: Page) -> int:
    words = sum(len(word.text) for word in page.words)
    return words + sum(len(text) for table in page.tables for row in table.rows for text in row)


def _write(pages: list[Page], blank: list[Page], writer: Writer) -> None:
    empty = {page.number for page in blank}
    blocks = [
        (page.number, block)
        for page in pages
        if page.number not in empty
        for block in pdf_columns.blocks(page.words, page.tables)
    ]
    written = iter([*Paragraphs(blocks).markdown(), (len(pages) + 1, "")])
    page_of, text = next(written)
    for page in pages:
        _report(page, page.number in empty, writer)
        while page_of <= page.number:
            writer.add(text)
            page_of, text = next(written)


def _report(page: Page, empty: bool, writer: Writer) -> None:
    if empty:
        what = "是扫描图片，文字没有读出" if page.pictures else "没有文字（空白页，或文字是画出来的）"
        writer.flag("page_without_text", f"第 {page.number} 页{what}")
        return
    if page.turned:
        writer.flag("turned_page", f"第 {page.number} 页的文字是横躺的，顺序可能不对；把这一页转正后再加")
    if page.unmapped > max(3, _UNMAPPED_SHARE * _letters(page)):
        writer.flag("unmapped_font", f"第 {page.number} 页有 {page.unmapped} 个字的字体没有对应的文字")
    if page.slanted.strip():
        writer.drop("水印或竖排文字", f"第 {page.number} 页：{page.slanted}")
