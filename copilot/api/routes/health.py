"""Liveness and readiness, open to load balancers without a key."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from copilot.api.deps import DeskDep
from copilot.api.problems import problem

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", response_model=None)
def readyz(desk: DeskDep) -> dict[str, Any] | JSONResponse:
    """The database and the knowledge base answer."""
    try:
        return {"status": "ready", **desk.ready()}
    except SQLAlchemyError:
        return problem(503, "not_ready", "the database does not answer; check COPILOT_DATABASE_URL")
