"""Search over what is published and in force."""

from fastapi import APIRouter, Depends

from copilot.api.auth import allowed
from copilot.api.deps import DeskDep
from copilot.domain.roles import Permission
from kb.models import SearchRequest, SearchResponse

router = APIRouter(prefix="/v1/kb", tags=["knowledge base"])


@router.post("/search", dependencies=[Depends(allowed(Permission.SEARCH))])
def search(request: SearchRequest, desk: DeskDep) -> SearchResponse:
    """The clauses nearest to the question, as of the day asked for."""
    return desk.search(request)
