"""The FastAPI application around services that bootstrap built."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from copilot import __version__
from copilot.api import problems
from copilot.api.limits import BodyLimits
from copilot.api.routes import (
    approvals,
    compliance,
    conversations,
    health,
    insight,
    kb_clauses,
    kb_documents,
    kb_life,
    knowledge,
    records,
    rewording,
    rules,
    suggestions,
)
from copilot.bootstrap import Services


def create_app(services: Services, max_body_bytes: int = 2 * 1024 * 1024) -> FastAPI:
    """The application; every route but health asks for an API key."""
    # The plain FastAPI loads the pages of /docs from a CDN: they would stay blank on a closed network.
    app = FastAPIOffline(
        title="Aftersales Copilot",
        version=__version__,
        description="Classified, cited, policy-compliant suggestions for after-sales agents.",
        responses={code: {"model": problems.Problem} for code in (400, 401, 403, 413, 422)},
    )
    app.state.services = services
    app.add_middleware(
        BodyLimits, limit=max_body_bytes, upload_limit=max(max_body_bytes, services.settings.max_upload_bytes),
        upload_path=kb_documents.PATH,
    )  # fmt: skip
    problems.install(app)
    for routes in (
        health, suggestions, compliance, approvals, knowledge, kb_documents, kb_life, kb_clauses, insight, records,
        conversations, rules, rewording,
    ):  # fmt: skip
        app.include_router(routes.router)
    return app
