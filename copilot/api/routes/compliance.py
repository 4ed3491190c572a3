"""The compliance check of a text, fast enough to run while the agent types."""

from fastapi import APIRouter, Depends

from copilot.api.auth import allowed
from copilot.api.deps import DeskDep
from copilot.domain.compliance import CheckRequest, CheckResult
from copilot.domain.roles import Permission

router = APIRouter(prefix="/v1/compliance", tags=["compliance"])


@router.post("/check", dependencies=[Depends(allowed(Permission.CHECK))])
def check(request: CheckRequest, desk: DeskDep) -> CheckResult:
    """Judges a reply against the rulebook, the ticket's entitlements and the clauses in force."""
    return desk.check(request)
