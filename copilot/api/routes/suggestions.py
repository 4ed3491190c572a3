"""Suggestions: made from a ticket, read again by id."""

from typing import Annotated

from fastapi import APIRouter, Depends

from copilot.api.auth import allowed
from copilot.api.deps import DeskDep
from copilot.domain.roles import Permission
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.store.repository import Caller

router = APIRouter(prefix="/v1/suggestions", tags=["suggestions"])


@router.post("", status_code=201)
def create(ticket: Ticket, desk: DeskDep, who: Annotated[Caller, Depends(allowed(Permission.SUGGEST))]) -> Suggestion:
    """Classifies the ticket, decides what the rules allow, drafts a reply and plans the next steps."""
    return desk.suggest(ticket, who)


@router.get("/{suggestion_id}", dependencies=[Depends(allowed(Permission.READ_SUGGESTIONS))])
def read(suggestion_id: str, desk: DeskDep) -> Suggestion:
    """A suggestion as it was sent."""
    return desk.suggestion(suggestion_id)
