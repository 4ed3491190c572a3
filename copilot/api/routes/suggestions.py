"""Suggestions: made from a ticket, at once or as a stream, read again by id."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.responses import StreamingResponse

from copilot.api import sse
from copilot.api.auth import allowed
from copilot.api.deps import DeskDep
from copilot.domain.roles import Permission
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.store.repository import Caller

router = APIRouter(prefix="/v1/suggestions", tags=["suggestions"])
_EVENT_ID = re.compile(r"(sg_[0-9a-f]{24})/(\d{1,6})")
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Events: classification, entitlements, next_steps, "
          "sentence, finding, suggestion, then done or error"}
}  # fmt: skip


@router.post("", status_code=201)
def create(ticket: Ticket, desk: DeskDep, who: Annotated[Caller, Depends(allowed(Permission.SUGGEST))]) -> Suggestion:
    """Classifies the ticket, decides what the rules allow, drafts a reply and plans the next steps."""
    return desk.suggest(ticket, who)


@router.post("/stream", responses=_STREAM, response_class=StreamingResponse)
async def stream(
    ticket: Ticket, desk: DeskDep, who: Annotated[Caller, Depends(allowed(Permission.SUGGEST))],
    last_event_id: Annotated[str | None, Header(description="`sg_…/n`: a stored result is told again")] = None,
) -> StreamingResponse:  # fmt: skip
    """As POST /v1/suggestions, told as it comes: what is known first, then the reply sentence by sentence.

    Every `sentence` has passed the guard after the ones before it. `suggestion` is the result as stored; it alone
    counts. Event ids are `<suggestion id>/<number>`.
    """
    known = _EVENT_ID.fullmatch(last_event_id or "")
    made, number = (known[1], int(known[2])) if known else (desk.new_id(), 0)
    events = sse.served(made, lambda: desk.stream(ticket, who, made), number + 1)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


@router.get("/{suggestion_id}", dependencies=[Depends(allowed(Permission.READ_SUGGESTIONS))])
def read(suggestion_id: str, desk: DeskDep) -> Suggestion:
    """A suggestion as it was sent."""
    return desk.suggestion(suggestion_id)
