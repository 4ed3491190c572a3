"""Every error as one JSON shape: RFC 9457 problem documents."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from copilot.desk import innermost, message_of
from copilot.errors import CopilotError, place_of
from kb.errors import KbError

_log = structlog.get_logger()


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """The body of every error (application/problem+json)."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []


def problem(
    status: int, code: str, detail: str, errors: list[FieldProblem] | None = None, headers: Any = None
) -> JSONResponse:
    body = Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, errors=errors or [])
    return JSONResponse(body.model_dump(), status_code=status, media_type="application/problem+json", headers=headers)


def install(app: FastAPI) -> None:
    """Registers the handlers."""

    @app.exception_handler(CopilotError)
    async def _copilot(_: Request, error: CopilotError) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status_code == 401 else None
        return problem(error.status_code, error.code, error.message, headers=headers)

    @app.exception_handler(KbError)
    async def _kb(_: Request, error: KbError) -> JSONResponse:
        return problem(error.status_code, error.code, error.message)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return _validation(error)

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        return problem(error.status_code, code, str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        _log.error("request.failed", path=request.url.path, error=place_of(error))
        return problem(500, "internal_error", "the request failed on our side; the log says where")


def _validation(error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        reason = str(first.get("ctx", {}).get("error", "not valid JSON"))
        return problem(400, "malformed", f"the body is not valid JSON: {reason}")
    found = [
        FieldProblem(field=".".join(str(part) for part in entry["loc"][1:]) or "body", message=message_of(entry))
        for entry in innermost(error.errors())
    ]
    detail = "; ".join(f"{entry.field}: {entry.message}" for entry in found[:5])
    return problem(422, "bad_request", detail, found)
