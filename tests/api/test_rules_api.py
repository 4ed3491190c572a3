"""Stale rows over the API: who may see and confirm them, and what a confirmation changes."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from copilot.bootstrap import Services
from copilot.domain.roles import Role

TEXT = "# 退货\n\n## 期限\n\n### 七日期限 {#law.no-reason.period}\n\n签收次日起七日内，商品完好的，可以无理由退货。\n"
TICKET = {
    "messages": [{"role": "customer", "text": "不喜欢，想退货退款", "at": "2026-11-20T10:00:00+08:00"}],
    "order": {"id": "JD1", "status": "signed", "signed_at": "2026-11-17T10:00:00+08:00"},
}


@pytest.fixture
def changed(empty: Services) -> Services:
    added = empty.knowledge.add_text("规则.md", TEXT.encode(), kind="policy", actor="local")
    empty.knowledge.publish(added.document_id, actor="local", administrator=True)
    return empty


def verdict(send: Callable[..., Any]) -> str:
    answer = send(Role.AGENT, "POST", "/v1/suggestions", TICKET, status=201)
    return next(str(each["verdict"]) for each in answer["entitlements"] if each["action"] == "return_refund")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.KB_REVIEWER])
def test_a_stale_row_is_listed_and_confirmed(changed: Services, send: Callable[..., Any], role: Role) -> None:
    rows = send(role, "GET", "/v1/rules/stale")
    (row,) = [row for row in rows if row["row"] == "return.no-reason"]
    assert (row["action"], row["verdict"]) == ("return_refund", "allowed")
    assert row["clauses"][0]["sha256"] not in row["clauses"][0]["confirmed"]
    assert verdict(send) == "needs_approval"

    done = send(role, "POST", "/v1/rules/return.no-reason/confirm")
    assert done == {"row": "return.no-reason", "clauses": row["clauses"]}
    assert verdict(send) == "allowed"
    assert send(role, "POST", "/v1/rules/return.no-reason/confirm")["clauses"] == []
    assert "return.no-reason" not in [row["row"] for row in send(role, "GET", "/v1/rules/stale")]


def test_nothing_is_stale_on_an_empty_home(send: Callable[..., Any]) -> None:
    assert send(Role.KB_REVIEWER, "GET", "/v1/rules/stale") == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.KB_EDITOR, Role.EVALUATOR])
def test_others_may_not(changed: Services, send: Callable[..., Any], role: Role) -> None:
    assert "rules_confirm" in send(role, "GET", "/v1/rules/stale", status=403)["detail"]
    send(role, "POST", "/v1/rules/return.no-reason/confirm", status=403)


@pytest.mark.parametrize("row", ["return.never", "return.approved-late", "x" * 200, "%00", "退货"])
def test_an_unknown_row_is_not_found(changed: Services, send: Callable[..., Any], row: str) -> None:
    assert send(Role.ADMIN, "POST", f"/v1/rules/{row}/confirm", status=404)["code"] == "not_found"


def test_without_a_key_nothing_is_told(client: TestClient) -> None:
    assert client.get("/v1/rules/stale").status_code == 401
