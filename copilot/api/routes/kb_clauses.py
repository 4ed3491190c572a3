"""Clauses: read, worded, and traced to the suggestions that cited them."""

from typing import Annotated

from fastapi import APIRouter, Query

from copilot.api.deps import LibraryDep
from copilot.api.problems import Problem
from copilot.api.routes.kb_documents import Reader, Writer
from copilot.api.schemas import AskedClause, AskedDocument, AskedVersion, ClauseId, WordingTexts
from copilot.domain.impact import Impact
from copilot.library import MOST_CITATIONS
from kb.life_models import ClauseWordings
from kb.models import AsOf, Clause

router = APIRouter(prefix="/v1/kb", tags=["knowledge base: clauses"], responses={404: {"model": Problem}})


@router.get("/clauses/{clause_id}")
def clause(clause_id: ClauseId, library: LibraryDep, who: Reader, version: AskedVersion = None) -> Clause:
    """A clause as it stood in a version; without one, in the version in force, else the latest."""
    return library.clause(who, clause_id, version)


@router.get("/clauses/{clause_id}/wordings")
def wordings(clause_id: ClauseId, library: LibraryDep, who: Reader) -> ClauseWordings:
    """The ways in which people ask for a clause: those of its file, and those that editors added."""
    return library.wordings(who, clause_id)


@router.put("/clauses/{clause_id}/wordings")
def set_wordings(clause_id: ClauseId, body: WordingTexts, library: LibraryDep, who: Writer) -> ClauseWordings:
    """Replaces what editors added; search follows at once. Wordings are never quoted."""
    return library.set_wordings(who, clause_id, body.texts)


@router.get("/impact")
def impact(
    library: LibraryDep,
    who: Reader,
    clause_id: AskedClause = None,
    document_id: AskedDocument = None,
    version: AskedVersion = None,
    since: Annotated[AsOf | None, Query(description="A day (Beijing) or a moment; null: ever")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_CITATIONS, description="How many citations, newest first")] = 500,
) -> Impact:
    """Which suggestions and tickets relied on a clause or document, in which words, and whether these still hold."""
    return library.impact(who, clause_id=clause_id, document_id=document_id, version=version, since=since, limit=limit)
