"""A document's life: draft → in_review → approved → published → retired."""

from typing import Annotated

from fastapi import APIRouter, Depends

from copilot.api.auth import allowed
from copilot.api.deps import LibraryDep
from copilot.api.problems import Problem
from copilot.api.routes.kb_documents import PATH, Writer
from copilot.api.schemas import DatedStep, DocumentId, Rejection, Remark, Return, VersionStep
from copilot.domain.roles import Permission
from copilot.store.repository import Caller
from kb.models import Document, DocumentVersion

Reviewer = Annotated[Caller, Depends(allowed(Permission.KB_REVIEW))]
Publisher = Annotated[Caller, Depends(allowed(Permission.KB_PUBLISH))]

router = APIRouter(
    prefix=PATH + "/{document_id}", tags=["knowledge base: life of a document"],
    responses={404: {"model": Problem}, 409: {"model": Problem, "description": "The state does not allow it"}},
)  # fmt: skip


@router.post("/submit")
def submit(document_id: DocumentId, library: LibraryDep, who: Writer, step: DatedStep | None = None) -> DocumentVersion:
    """Hands a draft in for review, with its days of validity where they are given."""
    asked = step or DatedStep()
    return library.submit(
        who, document_id, asked.version, note=asked.note, valid_from=asked.valid_from, valid_to=asked.valid_to
    )


@router.post("/approve")
def approve(
    document_id: DocumentId, library: LibraryDep, who: Reviewer, step: VersionStep | None = None
) -> DocumentVersion:
    """Approves a version in review; its author and its submitter may not (403), unless the installation says solo."""
    asked = step or VersionStep()
    return library.approve(who, document_id, asked.version, note=asked.note)


@router.post("/reject")
def reject(document_id: DocumentId, library: LibraryDep, who: Reviewer, step: Rejection) -> DocumentVersion:
    """Sends a version in review back to draft, with the reason."""
    return library.reject(who, document_id, step.version, note=step.note)


@router.post("/publish")
def publish(
    document_id: DocumentId, library: LibraryDep, who: Publisher, step: DatedStep | None = None
) -> DocumentVersion:
    """Puts an approved version in force, on its `valid_from` where it has one; the one before ends there."""
    asked = step or DatedStep()
    return library.publish(
        who, document_id, asked.version, note=asked.note, valid_from=asked.valid_from, valid_to=asked.valid_to
    )


@router.post("/rollback")
def rollback(
    document_id: DocumentId, library: LibraryDep, who: Publisher, step: Return | None = None
) -> DocumentVersion:
    """Puts an earlier published version in force again from now on; questions about the time between keep their
    answer."""
    asked = step or Return()
    return library.rollback(who, document_id, asked.to, note=asked.note)


@router.post("/archive")
def archive(document_id: DocumentId, library: LibraryDep, who: Publisher, step: Remark | None = None) -> Document:
    """Puts a document away: not in force from now on, not listed; earlier days keep their answer. Publishing or
    rolling back brings it back."""
    return library.archive(who, document_id, note=(step or Remark()).note)


@router.post("/retire")
def retire(document_id: DocumentId, library: LibraryDep, who: Publisher, step: VersionStep | None = None) -> Document:
    """Withdraws a published version (null: all): it is served for no date any more, past days included. For texts that
    were wrong from the beginning."""
    asked = step or VersionStep()
    return library.retire(who, document_id, asked.version, note=asked.note)
