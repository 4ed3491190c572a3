"""Bodies of requests that no other room has a model for."""

import base64
import binascii
import re
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from copilot.domain.base import Model
from copilot.library import Labels
from kb.models import Audience, DocumentKind, ScopeId, ScopeName

_ID = r"^[A-Za-z0-9_-]{1,64}$"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _only_days(value: Any) -> Any:
    # pydantic would read 1782864000 as a day since 1970: a wrong day that looks right.
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("must be a day as text, such as 2026-07-01")


def _no_control(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("holds a control character or broken Unicode; send plain text")
    return value


Day = Annotated[date, BeforeValidator(_only_days)]
"""A day in Beijing time, YYYY-MM-DD."""
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_no_control)
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_no_control)]
Reason = Annotated[Note, Field(min_length=1, description="What has to change")]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
"""A version's number."""

DocumentId = Annotated[str, Path(pattern=_ID, description="doc_…, see GET /v1/kb/documents")]
ClauseId = Annotated[str, Path(pattern=_ID, description="cl_…")]
AskedClause = Annotated[str | None, Query(pattern=_ID, description="cl_…")]
AskedDocument = Annotated[str | None, Query(pattern=_ID, description="doc_…")]
AskedVersion = Annotated[int | None, Query(ge=1, le=1_000_000, description="A version's number")]


class Upload(Model):
    """A document: its file name, and its content either as text or, for any format, base64. What is given beside it
    outranks the file's front matter."""

    name: Annotated[Line, Field(description="File name; its suffix names the format", examples=["退货须知.md"])]
    text: Annotated[str | None, Field(description="The content of a txt or Markdown file")] = None
    content_base64: Annotated[str | None, Field(description="The content of any file, base64")] = None
    kind: DocumentKind | None = None
    platform: Annotated[ScopeId | None, Field(description="Null: holds on every platform")] = None
    operator: Annotated[ScopeId | None, Field(description="platform or merchant; null: both")] = None
    shop: Annotated[ScopeName | None, Field(description="Null: holds in every shop")] = None
    category: Annotated[ScopeName | None, Field(description="Goods that it holds for; null: all")] = None
    audience: Audience | None = None
    title: Line | None = None
    valid_from: Annotated[Day | None, Field(description="First day of validity, Beijing time")] = None
    valid_to: Annotated[Day | None, Field(description="Last day of validity, Beijing time")] = None

    @model_validator(mode="after")
    def _one_content(self) -> "Upload":
        if (self.text is None) == (self.content_base64 is None):
            raise ValueError("text, content_base64: send one of them")
        self.data()
        return self

    def data(self) -> bytes:
        """The bytes of the file."""
        if self.text is not None:
            return self.text.encode()
        try:
            return base64.b64decode(self.content_base64 or "", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"content_base64: is not base64: {error}") from error

    def labels(self) -> Labels:
        return Labels(**{name: getattr(self, name) for name in Labels.__slots__})


class VersionStep(Model):
    """Which version (null: the latest), and a note for the history."""

    version: Number | None = None
    note: Note = ""


class DatedStep(VersionStep):
    """As VersionStep; the days set the validity of a version that was not published yet (null: as they are)."""

    valid_from: Day | None = None
    valid_to: Day | None = None


class Rejection(Model):
    """Which version (null: the latest), and why it goes back."""

    version: Number | None = None
    note: Reason


class Return(Model):
    """Which version comes back (null: the one before the one in force)."""

    to: Number | None = None
    note: Note = ""


class Remark(Model):
    """A note for the history."""

    note: Note = ""


class Grant(Model):
    """How long an approval holds (null: the rulebook's default), and a note for the record."""

    valid_hours: Annotated[int | None, Field(ge=1, le=24 * 366, strict=True)] = None
    note: Note = ""


class Refusal(Model):
    """Why a request is refused."""

    note: Annotated[Note, Field(min_length=1)]


class WordingTexts(Model):
    """The wordings that editors give a clause; they replace those given before."""

    texts: Annotated[tuple[Line, ...], Field(max_length=40, examples=[["邮费谁出", "寄回去要自己掏钱吗"]])]
