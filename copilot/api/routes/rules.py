"""Rows of the decision tables whose clauses changed, and their confirmation."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from copilot.api.auth import allowed
from copilot.api.problems import Problem
from copilot.domain.roles import Permission
from copilot.domain.rules import ConfirmedRow, StaleRow
from copilot.rules import Rules
from copilot.store.repository import Caller

router = APIRouter(prefix="/v1/rules", tags=["rules"])

Keeper = Annotated[Caller, Depends(allowed(Permission.RULES_CONFIRM))]
RowId = Annotated[str, Path(min_length=1, max_length=200, examples=["return.no-reason"])]


def _rules(request: Request) -> Rules:
    rules: Rules = request.app.state.services.rules
    return rules


RulesDep = Annotated[Rules, Depends(_rules)]


@router.get("/stale")
def stale(rules: RulesDep, who: Keeper) -> list[StaleRow]:
    """Rows that answer `needs_approval` because a clause in force under one of their anchors is not the text that
    their verdict was confirmed against; with the text as it is now and both hashes."""
    return list(rules.stale(who))


@router.post("/{row}/confirm", responses={404: {"model": Problem}})
def confirm(row: RowId, rules: RulesDep, who: Keeper) -> ConfirmedRow:
    """The row's verdict agrees with every clause that is in force for it now. A row that is not stale changes
    nothing."""
    return rules.confirm(who, row)
