"""Who calls, by API key, and whether the role may do it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from copilot.domain.roles import Permission, may
from copilot.errors import Forbidden, Unauthorized
from copilot.store.repository import Caller

_bearer = HTTPBearer(auto_error=False, description="`Authorization: Bearer ack_…`, or the header X-API-Key")
_header = APIKeyHeader(name="X-API-Key", auto_error=False)


def caller(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    header: Annotated[str | None, Depends(_header)],
) -> Caller:
    """The caller of this request.

    Raises:
        Unauthorized: no key, or one that is unknown or revoked.
    """
    key = bearer.credentials if bearer else header
    if not key:
        raise Unauthorized("send an API key: Authorization: Bearer <key>; make one with `copilot keys create`")
    found: Caller | None = request.app.state.services.keys.find(key)
    if found is None:
        raise Unauthorized("the API key is unknown or revoked; make one with `copilot keys create`")
    return found


def allowed(permission: Permission) -> Callable[[Caller], Caller]:
    """A dependency that lets only roles with the permission through."""

    def check(who: Annotated[Caller, Depends(caller)]) -> Caller:
        if not may(who.role, permission):
            raise Forbidden(f"the role {who.role} may not do this; it needs the permission {permission}")
        return who

    return check
