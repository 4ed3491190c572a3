"""The HTTP face: keys, permissions, problem documents, nothing written for bad input."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.roles import PERMISSIONS, Permission, Role
from copilot.store import audit
from copilot.store.tables import AuditRow, SuggestionRow

TICKET = {"id": "T-9", "platform": "jd", "messages": [{"role": "customer", "text": "杯子收到就是裂的，怎么退"}]}
BODIES: dict[str, tuple[str, str, Any]] = {
    "suggest": ("POST", "/v1/suggestions", TICKET),
    "read_suggestions": ("GET", "/v1/suggestions/sg_none", None),
    "check": ("POST", "/v1/compliance/check", {"text": "您好，我帮您核实。"}),
    "search": ("POST", "/v1/kb/search", {"query": "运费谁出"}),
}


@pytest.fixture
def key(empty: Services) -> str:
    return empty.keys.create(Role.AGENT, "test", LOCAL)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def written(services: Services) -> tuple[int, int]:
    with Session(services.engine) as session:
        suggestions = session.scalar(select(func.count()).select_from(SuggestionRow)) or 0
        audits = session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.action != "key.created"))
        return suggestions, audits or 0


def test_health_needs_no_key(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"
    assert client.get("/openapi.json").status_code == 200


def test_the_pages_of_docs_need_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("/docs", "/redoc"):
        page = client.get(path).text
        assets = re.findall(r"(?:src|href)=[\"']([^\"']+)", page)
        assert assets
        for asset in assets:
            if not asset.startswith("data:"):
                assert asset.startswith("/"), asset
                assert client.get(asset).status_code == 200, asset


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer ack_no_such"}, {"X-API-Key": "x"}])
def test_every_route_but_health_asks_for_a_key(client: TestClient, name: str, headers: dict[str, str]) -> None:
    method, path, body = BODIES[name]
    answer = client.request(method, path, json=body, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", BODIES)
def test_roles_may_what_the_table_says(client: TestClient, empty: Services, role: Role, permission: str) -> None:
    method, path, body = BODIES[permission]
    answer = client.request(method, path, json=body, headers=bearer(empty.keys.create(role, "x", LOCAL)))
    if Permission(permission) in PERMISSIONS[role]:
        assert answer.status_code in (200, 201, 404), answer.text
    else:
        assert answer.status_code == 403
        assert answer.json()["code"] == "forbidden"


def test_a_suggestion_is_stored_before_it_is_sent_and_audited(client: TestClient, key: str, empty: Services) -> None:
    made = client.post("/v1/suggestions", json=TICKET, headers=bearer(key))
    assert made.status_code == 201, made.text
    again = client.get(f"/v1/suggestions/{made.json()['id']}", headers={"X-API-Key": key})
    assert again.json() == made.json()
    assert written(empty) == (1, 1)
    with Session(empty.engine) as session:
        assert audit.first_break(session) is None


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "messages"),
        ({"messages": []}, 422, "messages"),
        ({"messages": [{"role": "customer", "text": ""}]}, 422, "messages.0.text"),
        ({"messages": [{"role": "customer", "text": " \n"}]}, 422, "messages.0.text"),
        ({"messages": [{"role": "boss", "text": "x"}]}, 422, "messages.0.role"),
        ({"messages": [{"role": "agent", "text": "x"}]}, 422, "messages"),
        ({"messages": [{"role": "customer", "text": "x"}] * 1000}, 422, "messages"),
        ({**TICKET, "colour": "red"}, 422, "colour"),
        ({**TICKET, "order": {"nr": 1}}, 422, "order.nr"),
        ({**TICKET, "opened_at": "2026-13-45"}, 422, "opened_at"),
        ({**TICKET, "opened_at": 1718676120}, 422, "opened_at"),
        ({**TICKET, "order": {"amount": "NaN"}}, 422, "order.amount"),
        ([TICKET], 422, ""),
    ],
)
def test_bad_tickets_name_the_field_and_write_nothing(
    client: TestClient, key: str, empty: Services, body: Any, status: int, field: str
) -> None:
    answer = client.post("/v1/suggestions", json=body, headers=bearer(key))
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert field in problem["detail"]
    assert problem["errors"]
    assert written(empty) == (0, 0)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"messages": [', 400, "malformed"),
        (b'{"messages": [{"role": "customer", "text": "\xff\xfe"}]}', 400, "malformed"),
        (json.dumps({"messages": [{"role": "customer", "text": "x" * 10_000_000}]}).encode(), 413, "too_large"),
        (b'{"messages": [{"role": "customer", "text": "\\ud800"}]}', 422, "bad_request"),
        (b"", 422, "bad_request"),
    ],
)
def test_bad_bodies_are_refused(
    client: TestClient, key: str, empty: Services, content: bytes, status: int, code: str
) -> None:
    headers = {**bearer(key), "Content-Type": "application/json"}
    answer = client.post("/v1/suggestions", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert written(empty) == (0, 0)


def test_a_body_without_length_is_cut_off_at_the_limit(client: TestClient, key: str) -> None:
    def stream() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 100_000

    answer = client.post("/v1/suggestions", content=stream(), headers=bearer(key))
    assert answer.status_code == 413


def test_unknown_ids_routes_and_methods_are_problems_too(client: TestClient, key: str) -> None:
    for method, path, status in [
        ("GET", "/v1/suggestions/sg_none", 404), ("GET", "/nowhere", 404), ("DELETE", "/v1/suggestions", 405),
    ]:  # fmt: skip
        answer = client.request(method, path, headers=bearer(key))
        assert answer.status_code == status
        assert answer.json()["status"] == status


def test_the_key_itself_is_never_stored(empty: Services) -> None:
    key = empty.keys.create(Role.AGENT, "desk", LOCAL)
    found = empty.keys.find(key)
    assert found is not None
    assert found.role is Role.AGENT
    empty.engine.dispose()
    for path in empty.settings.home.rglob("*"):
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path
