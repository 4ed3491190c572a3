"""What a version would change, what contradicts, what is missing, and short answers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from copilot.api.auth import allowed
from copilot.api.problems import Problem
from copilot.api.schemas import AskedVersion, DocumentId
from copilot.domain.base import Moment
from copilot.domain.promises import PublishReview
from copilot.domain.roles import Permission
from copilot.insight import Insights
from copilot.store.repository import Caller
from kb.insight_models import Answer, AskRequest, ConflictReport, Gap

router = APIRouter(prefix="/v1/kb", tags=["knowledge base: insight"])

Asker = Annotated[Caller, Depends(allowed(Permission.SEARCH))]
Reader = Annotated[Caller, Depends(allowed(Permission.KB_READ))]


def _insights(request: Request) -> Insights:
    insights: Insights = request.app.state.services.insights
    return insights


InsightsDep = Annotated[Insights, Depends(_insights)]


@router.get("/documents/{document_id}/review", responses={404: {"model": Problem}})
def review(document_id: DocumentId, insights: InsightsDep, who: Reader, version: AskedVersion = None) -> PublishReview:
    """What publishing a version (the latest) would mean: clauses that it repeats or contradicts, promises that the
    compliance rules forbid, and stored questions that would get another answer."""
    return insights.review(who, document_id, version)


@router.get("/conflicts")
def conflicts(insights: InsightsDep, who: Reader) -> ConflictReport:
    """Contradictions among everything that is in force now or will be, with the clause that goes first."""
    return insights.conflicts(who)


@router.get("/gaps")
def gaps(
    insights: InsightsDep,
    who: Reader,
    since: Annotated[Moment | None, Query(description="Only what was asked since then")] = None,
    min_count: Annotated[int, Query(ge=1, le=1_000_000, description="Only what was asked at least this often")] = 1,
) -> list[Gap]:
    """Questions that nothing in force answers well, grouped, the heaviest first."""
    return insights.gaps(who, since, min_count)


@router.post("/ask")
def ask(request: AskRequest, insights: InsightsDep, who: Asker) -> Answer:
    """A short answer made of quoted sentences of clauses in force, or a clear no (`confident` false). Only clauses
    of the audience customer may be quoted to one: ask for `"audiences": ["customer"]`."""
    return insights.ask(who, request)
