"""From bytes to a version that is ready to be written: load, clean, split, identify."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import astuple, dataclass, field, replace
from datetime import date
from pathlib import PurePath
from typing import Any

from kb import loaders
from kb.chunk.clauses import ClauseDraft, split_clauses
from kb.chunk.documents import kind_of_document, title_of_document
from kb.chunk.entries import split_entries
from kb.chunk.markdown import faults
from kb.chunk.scope import within
from kb.chunk.wordings import is_note
from kb.clean import Cleaned, clean, mend
from kb.errors import EmptyDocument, FrontMatterError, InvalidMetadata
from kb.index.memory import digest
from kb.loaders.loaded import LoadedText
from kb.models import (
    AUDIENCES,
    DEFAULT_AUDIENCE,
    KINDS,
    SCOPE_ID_PATTERN,
    SCOPE_NAME_LENGTH,
    Audience,
    DocumentKind,
    DroppedText,
    UnrepairedText,
)
from kb.store.records import DocumentRow

_FIELDS = ("kind", "platform", "operator", "shop", "category", "audience", "title", "valid_from", "valid_to")
READER = 3
"""Counts the changes of loading, cleaning and splitting: a file read by another one is read again."""
_TITLE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller says about a file; None leaves it to the front matter, then to what the text shows."""

    kind: DocumentKind | None = None
    platform: str | None = None
    operator: str | None = None
    audience: Audience | None = None
    title: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    shop: str | None = None
    category: str | None = None
    folder: str = ""
    """Folders above the file, where another file of the same import has its name; part of its identity."""

    def checked(self) -> Given:
        """This, or InvalidMetadata naming the field."""
        if self.kind is not None and self.kind not in KINDS:
            raise InvalidMetadata(f"kind: {self.kind!r} is unknown; use one of {', '.join(KINDS)}")
        if self.audience is not None and self.audience not in AUDIENCES:
            raise InvalidMetadata(f"audience: {self.audience!r} is unknown; use one of {', '.join(AUDIENCES)}")
        for name, value in (("platform", self.platform), ("operator", self.operator)):
            if value is not None and not re.match(SCOPE_ID_PATTERN, value):
                raise InvalidMetadata(f"{name}: {value!r} is no id; use lower-case letters, digits, - and _ (jd)")
        for name, value in (("shop", self.shop), ("category", self.category)):
            if value is not None and not 0 < len(value.strip()) <= SCOPE_NAME_LENGTH:
                raise InvalidMetadata(f"{name}: write a name of 1 to {SCOPE_NAME_LENGTH} characters")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise InvalidMetadata(f"valid_to: {self.valid_to} is before valid_from {self.valid_from}")
        return self


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file's content, ready to become a version."""

    document: DocumentRow
    title: str
    audience: Audience
    valid_from: date | None
    valid_to: date | None
    metadata: dict[str, Any]
    drafts: tuple[ClauseDraft, ...]
    content_sha256: str
    category: str | None = None
    dropped: tuple[DroppedText, ...] = ()
    unrepaired: tuple[UnrepairedText, ...] = ()
    repaired: int = 0
    warnings: tuple[str, ...] = field(default=())


def prepare(name: str, data: bytes, given: Given) -> Prepared:
    """Loads, cleans and splits one file. Raises the KbError that says what is wrong with it."""
    given = given.checked()
    source_name = _source_name(name, given.folder)
    loaded = loaders.load(source_name, data)
    _check_headings(source_name, loaded)
    loaded, cleaned = _cleaned(loaded)
    warnings: list[str] = []
    told = {
        key: getattr(given, key) if getattr(given, key) is not None else loaded.front_matter.get(key) for key in _FIELDS
    }
    title = (told["title"] or _title(loaded, cleaned, source_name))[:_TITLE_LENGTH]
    kind: DocumentKind = told["kind"] or _kind(f"{title} {source_name}", warnings)
    found = (
        split_entries(loaded.entries, title)
        if loaded.entries
        else split_clauses(cleaned.text, markdown=loaded.markdown, title=title, faq=kind == "faq")
    )
    scoped = within(found, told["platform"], told["category"], told["audience"])
    drafts, outside = scoped.drafts, scoped.outside
    warnings.extend(scoped.warnings)
    if not drafts:
        left_out = len(cleaned.dropped) + len(outside)
        raise EmptyDocument(f"{source_name}: no text is left after cleaning ({left_out} passages dropped)")
    if told["valid_from"] and told["valid_to"] and told["valid_to"] < told["valid_from"]:
        raise InvalidMetadata(f"{source_name}: valid_to {told['valid_to']} is before valid_from {told['valid_from']}")
    audience: Audience = told["audience"] or DEFAULT_AUDIENCE[kind]
    metadata = {key: value for key, value in loaded.front_matter.items() if key not in _FIELDS}
    document = DocumentRow(
        identify(source_name, kind, told["platform"], told["operator"], told["shop"]),
        source_name,
        kind,
        told["platform"],
        told["operator"],
        told["shop"],
    )
    content = [
        title,
        audience,
        str(told["valid_from"]),
        str(told["valid_to"]),
        metadata,
        [[draft.text, draft.section_path, draft.anchor, draft.context, *_extras(draft)] for draft in drafts],
        *([told["category"]] if told["category"] else []),
    ]
    return Prepared(
        document=document,
        title=title,
        audience=audience,
        valid_from=told["valid_from"],
        valid_to=told["valid_to"],
        metadata=metadata,
        drafts=drafts,
        category=told["category"],
        content_sha256=digest(json.dumps(content, ensure_ascii=False, sort_keys=True)),
        dropped=(*loaded.dropped, *cleaned.dropped, *outside),
        unrepaired=(*loaded.unrepaired, *cleaned.unrepaired),
        repaired=cleaned.repaired,
        warnings=tuple(warnings),
    )


def _extras(draft: ClauseDraft) -> list[Any]:
    """What only some clauses have; left out of the hash where there is none, so that it stays what it was."""
    extras = [draft.questions, draft.tags, draft.platform, draft.audience, draft.category]
    return extras if any(extras) else []


def source_digest(name: str, data: bytes, given: Given) -> str:
    """Names everything that a version is made from: the file, what was said about it, and how files are read."""
    said = json.dumps([READER, name, [str(value) for value in astuple(given)]], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass") + b"\x1f" + data).hexdigest()


def identify(source_name: str, kind: str, platform: str | None, operator: str | None, shop: str | None = None) -> str:
    """A document's id: the same file for the same scope is the same document in every installation."""
    parts = (source_name, kind, platform or "", operator or "", *((shop,) if shop else ()))
    return "doc_" + digest("\x1f".join(parts))[:16]


def _source_name(name: str, folder: str) -> str:
    """The file's own name, behind its folders where these tell it from another one."""
    own = PurePath(name.replace("\\", "/")).name
    return unicodedata.normalize("NFC", f"{folder}/{own}" if folder else own)[-500:]


def _check_headings(source_name: str, loaded: LoadedText) -> None:
    for index, fault in faults(loaded.text) if loaded.markdown else ():
        raise FrontMatterError(source_name, loaded.first_line + index, fault.field, fault.problem, fault.remedy)


def _cleaned(loaded: LoadedText) -> tuple[LoadedText, Cleaned]:
    """The loaded text with its entries cleaned, and what cleaning found. A cell ends where its keeper ended it, and
    what looks like a page number in it was written on purpose: of entries only the characters are repaired."""
    if not loaded.entries:
        return loaded, clean(loaded.text, markdown=loaded.markdown, first_line=loaded.first_line, aside=is_note)
    whole = clean(loaded.text, markdown=True)
    mended = mend([item if isinstance(item, str) else item.answer for item in loaded.entries])
    entries = tuple(
        text if isinstance(item, str) else replace(item, answer=text)
        for item, text in zip(loaded.entries, mended, strict=True)
    )
    unrepaired = tuple(item for item in whole.unrepaired if item.reason != "cut_off")
    return replace(loaded, entries=entries), replace(whole, dropped=(), unrepaired=unrepaired)


def _title(loaded: LoadedText, cleaned: Cleaned, source_name: str) -> str:
    found = cleaned.title or title_of_document(cleaned.text, markdown=loaded.markdown)
    return found or PurePath(source_name).stem


def _kind(hint: str, warnings: list[str]) -> DocumentKind:
    kind = kind_of_document(hint)
    warnings.append(f"kind was not given; taken as {kind}")
    return kind
