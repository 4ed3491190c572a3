"""Documents of the knowledge base: brought in, listed, read, compared."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from copilot.api.auth import allowed
from copilot.api.deps import LibraryDep
from copilot.api.problems import Problem
from copilot.api.schemas import AskedVersion, DocumentId, Upload
from copilot.domain.roles import Permission
from copilot.store.repository import Caller
from kb.life_models import DocumentDiff, ReviewStep
from kb.models import Clause, Document, DocumentVersion, IngestReport, VersionState

PATH = "/v1/kb/documents"
Reader = Annotated[Caller, Depends(allowed(Permission.KB_READ))]
Writer = Annotated[Caller, Depends(allowed(Permission.KB_WRITE))]

router = APIRouter(prefix=PATH, tags=["knowledge base: documents"], responses={404: {"model": Problem}})


@router.get("")
def documents(
    library: LibraryDep,
    who: Reader,
    archived: Annotated[bool, Query(description="Those put away too")] = False,
    state: Annotated[VersionState | None, Query(description="Of the latest version, such as in_review")] = None,
) -> list[Document]:
    """Every document with its state and the version in force."""
    return library.documents(who, archived=archived, state=state)


@router.post("", status_code=201, responses={415: {"model": Problem}})
def add(upload: Upload, library: LibraryDep, who: Writer) -> IngestReport:
    """Cleans and splits a document and keeps it as a draft: a new one, or a new version of the one with this file
    name, kind, platform, operator and shop. The report names everything that was dropped or could not be repaired."""
    return library.add(who, upload.name, upload.data(), upload.labels())


@router.get("/{document_id}")
def document(document_id: DocumentId, library: LibraryDep, who: Reader) -> Document:
    """One document."""
    return library.document(who, document_id)


@router.get("/{document_id}/versions")
def versions(document_id: DocumentId, library: LibraryDep, who: Reader) -> list[DocumentVersion]:
    """All versions, oldest first."""
    return library.versions(who, document_id)


@router.get("/{document_id}/clauses")
def clauses(document_id: DocumentId, library: LibraryDep, who: Reader, version: AskedVersion = None) -> list[Clause]:
    """The clauses of a version (the latest), in order."""
    return library.clauses(who, document_id, version)


@router.get("/{document_id}/history")
def history(document_id: DocumentId, library: LibraryDep, who: Reader) -> list[ReviewStep]:
    """Every step of its life: who did what, when, why, and where a second pair of eyes was waived."""
    return library.history(who, document_id)


@router.get("/{document_id}/diff")
def diff(
    document_id: DocumentId,
    library: LibraryDep,
    who: Reader,
    older: Annotated[
        int | None, Query(alias="from", ge=1, le=1_000_000, description="Default: the version in force, else before")
    ] = None,
    newer: Annotated[int | None, Query(alias="to", ge=1, le=1_000_000, description="Default: the latest")] = None,
) -> DocumentDiff:
    """What a version changes, clause by clause, changed texts word by word."""
    return library.diff(who, document_id, older, newer)
