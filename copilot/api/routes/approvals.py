"""Approvals: asked for, decided within a role's caps, held as signed tokens, used up by what is sent."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from copilot.api.auth import allowed
from copilot.api.problems import Problem
from copilot.api.schemas import Grant, Refusal, Remark
from copilot.approvals import MOST_LISTED, Approvals
from copilot.domain.approvals import (
    ApprovalRecord,
    ApprovalRequest,
    ApprovalState,
    ApprovalUse,
    RecordedUse,
)
from copilot.domain.roles import Permission
from copilot.store.repository import Caller

router = APIRouter(
    prefix="/v1/approvals", tags=["approvals"],
    responses={404: {"model": Problem}, 409: {"model": Problem, "description": "The state does not allow it"}},
)  # fmt: skip

_PLAIN = r"^[^\x00-\x1f\x7f]{1,200}$"
ApprovalId = Annotated[str, Path(pattern=_PLAIN, description="apr_…, or the id that was imported")]
Asker = Annotated[Caller, Depends(allowed(Permission.APPROVAL_REQUEST))]
Reader = Annotated[Caller, Depends(allowed(Permission.APPROVAL_READ))]
Decider = Annotated[Caller, Depends(allowed(Permission.APPROVAL_DECIDE))]


def _approvals(request: Request) -> Approvals:
    approvals: Approvals = request.app.state.services.approvals
    return approvals


ApprovalsDep = Annotated[Approvals, Depends(_approvals)]


@router.post("", status_code=201)
def request(asked: ApprovalRequest, approvals: ApprovalsDep, who: Asker) -> ApprovalRecord:
    """Asks for an approval. Sent twice while nobody has decided, it is one request. With `standing` it is granted at
    once, where a standing authority of the caller's role covers it (403 otherwise)."""
    return approvals.request(who, asked)


@router.get("")
def approvals(
    approvals: ApprovalsDep,
    who: Reader,
    ticket_id: Annotated[str | None, Query(pattern=_PLAIN)] = None,
    order_id: Annotated[str | None, Query(pattern=_PLAIN)] = None,
    state: Annotated[ApprovalState | None, Query(description="As of now: what ended by itself is expired")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="How many, newest first")] = 200,
) -> list[ApprovalRecord]:
    """Requests and imported approvals, newest first."""
    return list(approvals.list(who, ticket_id=ticket_id, order_id=order_id, state=state, limit=limit))


@router.get("/{approval_id}")
def approval(approval_id: ApprovalId, approvals: ApprovalsDep, who: Reader) -> ApprovalRecord:
    """One approval or request, with the token and what was sent under it."""
    return approvals.show(who, approval_id)


@router.post("/{approval_id}/approve")
def approve(
    approval_id: ApprovalId, approvals: ApprovalsDep, who: Decider, step: Grant | None = None
) -> ApprovalRecord:
    """Grants a request; `approval` is the signed token for `ticket.approvals`. Beyond the role's caps the answer is 403
    and names the cap and who could approve; so it is for one's own request, unless the installation says solo."""
    asked = step or Grant()
    return approvals.approve(who, approval_id, valid_hours=asked.valid_hours, note=asked.note)


@router.post("/{approval_id}/reject")
def reject(approval_id: ApprovalId, approvals: ApprovalsDep, who: Decider, step: Refusal) -> ApprovalRecord:
    """Refuses a request, with the reason."""
    return approvals.reject(who, approval_id, note=step.note)


@router.post("/{approval_id}/revoke")
def revoke(
    approval_id: ApprovalId, approvals: ApprovalsDep, who: Decider, step: Remark | None = None
) -> ApprovalRecord:
    """Ends an approval for good, its token included."""
    return approvals.revoke(who, approval_id, note=(step or Remark()).note)


@router.post("/{approval_id}/uses", status_code=201)
def use(approval_id: ApprovalId, approvals: ApprovalsDep, who: Asker, sent: ApprovalUse) -> RecordedUse:
    """Records that a reply is sent under an approval; 409 where less is left. Each `reference` counts once."""
    return approvals.record_sent(who, approval_id, sent)
