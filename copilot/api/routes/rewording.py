"""The agent's tools on a text; they need a language model and answer 503 without one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from copilot.api import problems
from copilot.api.auth import allowed
from copilot.domain.rewording import RefineRequest, RewordResult, RewriteRequest, TranslateRequest
from copilot.domain.roles import Permission
from copilot.rewording import Rewording

router = APIRouter(
    prefix="/v1", tags=["texts"], dependencies=[Depends(allowed(Permission.SUGGEST))],
    responses={503: {"model": problems.Problem}},
)  # fmt: skip


def _rewording(request: Request) -> Rewording:
    rewording: Rewording = request.app.state.services.rewording
    return rewording


RewordingDep = Annotated[Rewording, Depends(_rewording)]


@router.post("/drafts/refine")
def refine(request: RefineRequest, rewording: RewordingDep) -> RewordResult:
    """A draft changed as the agent says (更简短, 先安抚, 用英文); what the guard blocks is not given out."""
    return rewording.refine(request)


@router.post("/texts/rewrite")
def rewrite(request: RewriteRequest, rewording: RewordingDep) -> RewordResult:
    """The agent's own text, warmer, shorter or more formal."""
    return rewording.rewrite(request)


@router.post("/texts/translate")
def translate(request: TranslateRequest, rewording: RewordingDep) -> RewordResult:
    """Between Chinese and English; English replies are judged by their translation back."""
    return rewording.translate(request)
