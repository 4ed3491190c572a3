"""Approvals over HTTP: who may do what, from request to token, 403 beyond the caps, 409 in the wrong state, bad input."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.roles import Role
from copilot.store import audit
from copilot.store.tables import ApprovalRequestRow, ApprovalRow, AuditRow

APPROVALS = "/v1/approvals"
COUPON = {"kind": "coupon", "amount": "30.00", "order_id": "JD123", "ticket_id": "T-1", "basis": "延迟三天送达"}
ASKERS = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}
READERS = ASKERS | {Role.EVALUATOR}
DECIDERS = {Role.SUPERVISOR, Role.ADMIN}
ROUTES: dict[str, tuple[str, str, Any, set[Role]]] = {
    "request": ("POST", "", COUPON, ASKERS),
    "list": ("GET", "", None, READERS),
    "show": ("GET", "/{id}", None, READERS),
    "approve": ("POST", "/{id}/approve", None, DECIDERS),
    "reject": ("POST", "/{id}/reject", {"note": "无凭证"}, DECIDERS),
    "revoke": ("POST", "/{id}/revoke", None, DECIDERS),
    "use": ("POST", "/{id}/uses", {"reference": "sg_1"}, ASKERS),
}

Call = Callable[..., Any]


@pytest.fixture
def call(send: Call) -> Call:
    """call(role, method, path, body, status) → JSON; a path that does not begin with /v1 is one below the route's."""

    def below(role: Role, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        return send(role, method, path if path.startswith("/v1") else APPROVALS + path, body, status)

    return below


def written(services: Services) -> tuple[int, int, int]:
    with Session(services.engine) as session:
        counts = [
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (ApprovalRequestRow, ApprovalRow)
        ]
        audits = session.scalar(select(func.count()).where(AuditRow.action.startswith("approval."))) or 0
    return counts[0], counts[1], audits


def check(call: Call, token: Any, text: str = "已为您申请一张30元优惠券，请查收。", **ticket: Any) -> str:
    """The verdict on a reply whose ticket carries the token."""
    fields = {
        "id": "T-1", "messages": [{"role": "customer", "text": "晚了三天"}], "order": {"id": "JD123"},
        "approvals": [token],
    }  # fmt: skip
    return str(call(Role.AGENT, "POST", "/v1/compliance/check", {"text": text, "ticket": fields | ticket})["status"])


@pytest.mark.parametrize("name", ROUTES)
def test_roles_may_what_the_table_says(call: Call, client: TestClient, empty: Services, name: str) -> None:
    method, path, body, allowed = ROUTES[name]
    approval_id = call(Role.ADMIN, "POST", "", COUPON | {"basis": "另案"}, 201)["id"]
    path = APPROVALS + path.format(id=approval_id)
    assert client.request(method, path, json=body).status_code == 401
    for role in Role:
        key = empty.keys.create(role, "x", LOCAL)
        answer = client.request(method, path, json=body, headers={"X-API-Key": key})
        if role in allowed:
            assert answer.status_code in (200, 201, 409), (role, answer.text)
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), role


def test_from_request_to_a_token_that_lets_the_reply_pass(call: Call, empty: Services) -> None:
    asked = call(Role.AGENT, "POST", "", COUPON, 201)
    assert (asked["state"], asked["approval"]) == ("requested", None)
    assert call(Role.AGENT, "POST", "", COUPON, 201) == asked
    assert check(call, {**COUPON, "id": asked["id"]}) == "block"
    assert [one["id"] for one in call(Role.SUPERVISOR, "GET", "?state=requested&ticket_id=T-1")] == [asked["id"]]
    done = call(Role.SUPERVISOR, "POST", f"/{asked['id']}/approve", {"valid_hours": 24, "note": "同意"})
    token = done["approval"]
    assert (done["state"], done["note"], token["role"]) == ("approved", "同意", "supervisor")
    assert call(Role.SUPERVISOR, "POST", f"/{asked['id']}/approve") == done
    assert check(call, token) == "pass"
    assert check(call, {**token, "amount": "300.00"}, "已为您申请一张300元优惠券，请查收。") == "block"
    assert check(call, token, order={"id": "JD124"}) == "block"
    assert check(call, token, id="T-2") == "block"
    assert check(call, token, "已为您申请30元现金补偿，请查收。") == "block"
    assert check(call, token, opened_at="2026-11-21T10:00:01+08:00") == "block"
    call(Role.SUPERVISOR, "POST", f"/{asked['id']}/revoke", {"note": "误批"})
    assert check(call, token) == "block"
    assert call(Role.EVALUATOR, "GET", f"/{asked['id']}")["state"] == "revoked"
    assert written(empty) == (1, 1, 3)
    with Session(empty.engine) as session:
        assert audit.first_break(session) is None


def test_what_was_sent_is_no_longer_there_to_promise(call: Call) -> None:
    asked = call(Role.AGENT, "POST", "", COUPON, 201)
    token = call(Role.SUPERVISOR, "POST", f"/{asked['id']}/approve")["approval"]
    used = call(Role.AGENT, "POST", f"/{asked['id']}/uses", {"reference": "sg_1", "amount": "20"}, 201)
    assert (used["spent"], used["left"]) == ("20.00", "10.00")
    assert call(Role.AGENT, "POST", f"/{asked['id']}/uses", {"reference": "sg_1", "amount": "20"}, 201) == used
    assert check(call, token, "再给您补一张10元优惠券。") == "pass"
    assert check(call, token, "再给您补一张11元优惠券。") == "block"
    problem = call(Role.AGENT, "POST", f"/{asked['id']}/uses", {"reference": "sg_2", "amount": "11"}, 409)
    assert "10.00 of 30.00 CNY are left" in problem["detail"]
    shown = call(Role.AGENT, "GET", f"/{asked['id']}")
    assert (shown["spent"], shown["left"], shown["uses"]) == ("20.00", "10.00", 1)


def test_beyond_the_caps_the_answer_names_the_cap_and_who_could(call: Call) -> None:
    asked = call(Role.AGENT, "POST", "", COUPON | {"amount": "150"}, 201)
    problem = call(Role.SUPERVISOR, "POST", f"/{asked['id']}/approve", None, 403)
    assert problem["code"] == "beyond_authority"
    assert "100.00 CNY in one approval for coupon" in problem["detail"]
    assert "admin could approve it" in problem["detail"]
    assert call(Role.ADMIN, "POST", f"/{asked['id']}/approve")["approval"]["role"] == "admin"


def test_nobody_approves_their_own_request(call: Call) -> None:
    for role in DECIDERS:
        asked = call(role, "POST", "", COUPON, 201)
        assert call(role, "POST", f"/{asked['id']}/approve", None, 403)["code"] == "self_approval"


def test_a_decided_request_answers_409(call: Call) -> None:
    asked = call(Role.AGENT, "POST", "", COUPON, 201)["id"]
    call(Role.SUPERVISOR, "POST", f"/{asked}/revoke", None, 409)
    call(Role.AGENT, "POST", f"/{asked}/uses", {"reference": "sg_1"}, 409)
    refused = call(Role.SUPERVISOR, "POST", f"/{asked}/reject", {"note": "无凭证"})
    assert call(Role.SUPERVISOR, "POST", f"/{asked}/reject", {"note": "无凭证"}) == refused
    for role, path, body in (
        (Role.ADMIN, "approve", None), (Role.SUPERVISOR, "approve", None), (Role.ADMIN, "reject", {"note": "x"}),
        (Role.ADMIN, "revoke", None),
    ):  # fmt: skip
        assert call(role, "POST", f"/{asked}/{path}", body, 409)["code"] == "conflict"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": "bribe"}, "kind"), ({"amount": "0"}, "amount"), ({"amount": "1.001"}, "amount"),
        ({"amount": None}, "amount"), ({"amount": True}, "amount"), ({"amount": None, "percent": "5"}, "order_amount"),
        ({"currency": "USD"}, "currency"), ({"order_id": None, "ticket_id": None}, "order_id"),
        ({"order_id": "a\x00"}, "order_id"), ({"ticket_id": ""}, "ticket_id"), ({"basis": " "}, "basis"),
        ({"requested_by": "me"}, "requested_by"), ({"id": "apr_mine"}, "id"),
    ],
)  # fmt: skip
def test_bad_requests_name_the_field_and_write_nothing(
    call: Call, empty: Services, changes: dict[str, Any], named: str
) -> None:
    problem = call(Role.AGENT, "POST", "", COUPON | changes, 422)
    assert named in problem["detail"]
    assert problem["errors"]
    assert written(empty) == (0, 0, 0)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "named"),
    [
        ("GET", "/apr_none", None, 404, "apr_none"),
        ("POST", "/apr_none/approve", None, 404, "apr_none"),
        ("POST", "/apr_none/uses", {"reference": "sg_1"}, 404, "apr_none"),
        ("GET", "/a%00b", None, 422, "approval_id"),
        ("GET", "/" + "x" * 500, None, 422, "approval_id"),
        ("GET", "?state=lost", None, 422, "state"),
        ("GET", "?limit=0", None, 422, "limit"),
        ("GET", "?order_id=%00", None, 422, "order_id"),
        ("POST", "/{id}/approve", {"valid_hours": 0}, 422, "valid_hours"),
        ("POST", "/{id}/approve", {"valid_hours": 721}, 422, "valid_hours"),
        ("POST", "/{id}/approve", {"valid_hours": "soon"}, 422, "valid_hours"),
        ("POST", "/{id}/approve", {"amount": "500"}, 422, "amount"),
        ("POST", "/{id}/approve", {"note": "\x00"}, 422, "note"),
        ("POST", "/{id}/reject", {}, 422, "note"),
        ("POST", "/{id}/reject", {"note": " "}, 422, "note"),
        ("POST", "/{id}/uses", {}, 422, "reference"),
        ("POST", "/{id}/uses", {"reference": "sg_1", "amount": "-1"}, 422, "amount"),
        ("POST", "/{id}/uses", {"reference": "sg_1", "approval": {"id": "x"}}, 422, "approval.kind"),
    ],
)
def test_bad_calls_name_what_is_wrong_and_change_nothing(
    call: Call, empty: Services, method: str, path: str, body: Any, status: int, named: str
) -> None:
    asked = call(Role.AGENT, "POST", "", COUPON, 201)
    assert named in call(Role.ADMIN, method, path.format(id=asked["id"]), body, status)["detail"]
    assert call(Role.AGENT, "GET", f"/{asked['id']}") == asked
    assert written(empty) == (1, 0, 1)


@pytest.mark.parametrize("field", ["basis", "order_id"])
def test_broken_unicode_is_refused(client: TestClient, empty: Services, field: str) -> None:
    key = empty.keys.create(Role.AGENT, "x", LOCAL)
    body = b'{"kind":"coupon","amount":"30","order_id":"JD1","basis":"x","%s":"\\ud800"}' % field.encode()
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    answer = client.post(APPROVALS, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
    approval = b'{"id":"\\ud800","kind":"coupon","item":"\\ud800","signature":"\\ud800"}'
    ticket = b'{"messages":[{"role":"customer","text":"x"}],"approvals":[%s]}' % approval
    answer = client.post("/v1/compliance/check", content=b'{"text":"x","ticket":%s}' % ticket, headers=headers)
    assert answer.status_code in (200, 422), answer.text
