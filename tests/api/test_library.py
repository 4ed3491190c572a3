"""Keeping the knowledge base over HTTP: who may do what, the whole life of a document, bad input."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.roles import Role
from copilot.store import audit
from copilot.store.tables import AuditRow

DOCUMENTS = "/v1/kb/documents"
UPLOAD = {"name": "退货须知.md", "kind": "policy", "text": "# 退货须知\n\n## 运费 {#freight}\n\n退回运费由顾客承担。\n"}
KEEPERS = {Role.KB_EDITOR, Role.KB_REVIEWER, Role.ADMIN}
WRITERS = {Role.KB_EDITOR, Role.ADMIN}
REVIEWERS = {Role.KB_REVIEWER, Role.ADMIN}

ROUTES: dict[str, tuple[str, str, Any, set[Role]]] = {
    "list": ("GET", "", None, KEEPERS),
    "add": ("POST", "", UPLOAD, WRITERS),
    "show": ("GET", "/{document}", None, KEEPERS),
    "clauses": ("GET", "/{document}/clauses", None, KEEPERS),
    "versions": ("GET", "/{document}/versions", None, KEEPERS),
    "history": ("GET", "/{document}/history", None, KEEPERS),
    "diff": ("GET", "/{document}/diff", None, KEEPERS),
    "submit": ("POST", "/{document}/submit", None, WRITERS),
    "approve": ("POST", "/{document}/approve", None, REVIEWERS),
    "reject": ("POST", "/{document}/reject", {"note": "再改"}, REVIEWERS),
    "publish": ("POST", "/{document}/publish", None, REVIEWERS),
    "rollback": ("POST", "/{document}/rollback", None, REVIEWERS),
    "archive": ("POST", "/{document}/archive", None, REVIEWERS),
    "retire": ("POST", "/{document}/retire", None, REVIEWERS),
    "clause": ("GET", "/../clauses/{clause}", None, KEEPERS),
    "wordings": ("GET", "/../clauses/{clause}/wordings", None, KEEPERS),
    "set wordings": ("PUT", "/../clauses/{clause}/wordings", {"texts": ["邮费谁出"]}, WRITERS),
    "impact": ("GET", "/../impact?document_id={document}", None, KEEPERS),
}

Call = Callable[..., Any]


@pytest.fixture
def call(send: Call) -> Call:
    """call(role, method, path, body, status) → JSON; a path that does not begin with /v1 is one below the route's."""

    def below(role: Role, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        return send(
            role,
            method,
            path if path.startswith("/v1") else (DOCUMENTS + path).replace("/documents/..", ""),
            body,
            status,
        )

    return below


@pytest.mark.parametrize("name", ROUTES)
def test_roles_may_what_the_table_says(call: Call, client: TestClient, empty: Services, name: str) -> None:
    method, path, body, allowed = ROUTES[name]
    document = call(Role.ADMIN, "POST", "", UPLOAD, 201)["document_id"]
    [clause] = call(Role.ADMIN, "GET", f"/{document}/clauses")
    path = (DOCUMENTS + path.format(document=document, clause=clause["clause_id"])).replace("/documents/..", "")
    assert client.request(method, path, json=body).status_code == 401
    for role in Role:
        key = empty.keys.create(role, "x", LOCAL)
        answer = client.request(method, path, json=body, headers={"X-API-Key": key})
        if role in allowed:
            assert answer.status_code in (200, 201, 409), (role, answer.text)
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), role


def test_the_whole_life_of_a_document(call: Call, empty: Services) -> None:
    report = call(Role.KB_EDITOR, "POST", "", UPLOAD, 201)
    document = report["document_id"]
    assert (report["state"], report["clauses"]) == ("draft", 1)
    call(Role.KB_REVIEWER, "POST", f"/{document}/publish", None, 409)
    step = {"note": "请审", "valid_from": "2026-01-01"}
    assert call(Role.KB_EDITOR, "POST", f"/{document}/submit", step)["valid_from"] == "2026-01-01"
    assert [found["document_id"] for found in call(Role.KB_REVIEWER, "GET", "?state=in_review")] == [document]
    call(Role.KB_REVIEWER, "POST", f"/{document}/reject", {"note": "写清楚些"})
    call(Role.KB_EDITOR, "POST", f"/{document}/submit")
    call(Role.KB_REVIEWER, "POST", f"/{document}/approve")
    call(Role.KB_REVIEWER, "POST", f"/{document}/publish")
    search = {"query": "退回运费谁承担"}
    assert call(Role.AGENT, "POST", "/v1/kb/search", search)["hits"][0]["version"] == 1
    second = {**UPLOAD, "text": UPLOAD["text"].replace("顾客", "商家")}
    call(Role.KB_EDITOR, "POST", "", second, 201)
    diff = call(Role.KB_REVIEWER, "GET", f"/{document}/diff")
    assert [(span["op"], span["text"]) for span in diff["clauses"][0]["spans"] if span["op"] != "equal"] == [
        ("delete", "顾客"), ("insert", "商家"),
    ]  # fmt: skip
    call(Role.KB_EDITOR, "POST", f"/{document}/submit", {"version": 2})
    call(Role.ADMIN, "POST", f"/{document}/approve", {"version": 2})
    call(Role.ADMIN, "POST", f"/{document}/publish", {"version": 2, "valid_from": "2027-01-01"})
    found = call(Role.KB_EDITOR, "GET", f"/{document}")
    assert (found["published_version"], found["planned_version"]) == (1, 2)
    call(Role.KB_REVIEWER, "POST", f"/{document}/rollback", {"to": 1})
    assert call(Role.KB_EDITOR, "GET", f"/{document}")["planned_version"] is None
    assert call(Role.KB_REVIEWER, "POST", f"/{document}/archive")["archived"]
    assert call(Role.KB_EDITOR, "GET", "") == []
    assert len(call(Role.KB_EDITOR, "GET", "?archived=true")) == 1
    assert call(Role.AGENT, "POST", "/v1/kb/search", search)["hits"] == []
    call(Role.KB_REVIEWER, "POST", f"/{document}/rollback")
    call(Role.KB_REVIEWER, "POST", f"/{document}/retire")
    actions = [step["action"] for step in call(Role.KB_EDITOR, "GET", f"/{document}/history")]
    assert actions == [
        "add", "dates", "submit", "reject", "submit", "approve", "publish", "add", "submit", "approve", "dates",
        "publish", "rollback", "archive", "rollback", "retire", "retire",
    ]  # fmt: skip
    with Session(empty.engine) as session:
        rows = (
            session.execute(select(AuditRow).where(AuditRow.subject == document).order_by(AuditRow.seq)).scalars().all()
        )
        assert audit.first_break(session) is None
    assert len(rows) == len(actions)
    assert {row.action for row in rows} >= {"document.submitted", "document.rolled_back", "document.retired"}
    assert rows[3].detail["note"] == "写清楚些"


def test_an_author_does_not_approve(call: Call) -> None:
    document = call(Role.ADMIN, "POST", "", UPLOAD, 201)["document_id"]
    call(Role.KB_EDITOR, "POST", f"/{document}/submit")
    assert call(Role.ADMIN, "POST", f"/{document}/approve", None, 403)["code"] == "self_review"
    call(Role.KB_REVIEWER, "POST", f"/{document}/approve")


def test_wordings_serve_search(call: Call) -> None:
    document = call(Role.KB_EDITOR, "POST", "", UPLOAD, 201)["document_id"]
    call(Role.KB_EDITOR, "POST", f"/{document}/submit")
    call(Role.KB_REVIEWER, "POST", f"/{document}/approve")
    call(Role.KB_REVIEWER, "POST", f"/{document}/publish")
    [clause] = call(Role.KB_EDITOR, "GET", f"/{document}/clauses")
    path = f"/v1/kb/clauses/{clause['clause_id']}"
    done = call(Role.KB_EDITOR, "PUT", f"{path}/wordings", {"texts": ["寄快件要我掏钱不"]})
    assert [entry["text"] for entry in done["added"]] == ["寄快件要我掏钱不"]
    assert call(Role.KB_REVIEWER, "GET", f"{path}/wordings") == done
    assert call(Role.KB_REVIEWER, "GET", path)["questions"] == ["寄快件要我掏钱不"]
    assert (
        call(Role.AGENT, "POST", "/v1/kb/search", {"query": "寄快件掏钱"})["hits"][0]["clause_id"]
        == clause["clause_id"]
    )


def test_any_format_comes_in_as_base64(call: Call) -> None:
    text = "运费须知\n\n退回运费由顾客承担。".encode("gb18030")
    body = {"name": "运费须知.txt", "content_base64": base64.b64encode(text).decode(), "kind": "faq", "shop": "旗舰店"}
    report = call(Role.KB_EDITOR, "POST", "", body, 201)
    assert call(Role.KB_EDITOR, "GET", f"/{report['document_id']}")["shop"] == "旗舰店"
    assert "退回运费由顾客承担。" in call(Role.KB_EDITOR, "GET", f"/{report['document_id']}/clauses")[0]["text"]


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({}, 422, "name"),
        ({"name": "a.md"}, 422, "content_base64"),
        ({"name": "a.md", "text": "x", "content_base64": "eA=="}, 422, "content_base64"),
        ({"name": "a.md", "content_base64": "***"}, 422, "content_base64"),
        ({"name": "a.mp3", "text": "x"}, 415, "a.mp3"),
        ({"name": "a.md", "text": ""}, 422, "a.md"),
        ({"name": "a\u0000.md", "text": "x"}, 422, "name"),
        ({"name": "a.md", "text": "x", "kind": "poem"}, 422, "kind"),
        ({"name": "a.md", "text": "x", "platform": "京东"}, 422, "platform"),
        ({"name": "a.md", "text": "x", "valid_from": 20260701}, 422, "valid_from"),
        ({"name": "a.md", "text": "x", "valid_from": "2026-02-30"}, 422, "valid_from"),
        ({"name": "a.md", "text": "x", "valid_from": "2026-07-02", "valid_to": "2026-07-01"}, 422, "valid_to"),
        ({"name": "a.md", "text": "---\nkind: poem\n---\nx"}, 422, "a.md:2"),
        ({"name": "a.md", "text": "x", "colour": "red"}, 422, "colour"),
        ({"name": "a.docx", "text": "x"}, 422, "a.docx"),
    ],
)
def test_bad_uploads_name_the_field_and_write_nothing(
    call: Call, empty: Services, body: Any, status: int, named: str
) -> None:
    assert named in call(Role.KB_EDITOR, "POST", "", body, status)["detail"]
    assert empty.knowledge.list_documents(archived=True) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/doc_none", None, 404),
        ("GET", "/doc%00none", None, 422),
        ("GET", "/" + "x" * 500, None, 422),
        ("GET", "/{document}/clauses?version=0", None, 422),
        ("GET", "/{document}/clauses?version=99999999999999999999", None, 422),
        ("GET", "/{document}/clauses?version=7", None, 404),
        ("GET", "/{document}/diff?from=7", None, 404),
        ("GET", "?state=lost", None, 422),
        ("POST", "/{document}/submit", {"version": "two"}, 422),
        ("POST", "/{document}/submit", {"version": 10**30}, 422),
        ("POST", "/{document}/submit", {"note": "x" * 3000}, 422),
        ("POST", "/{document}/submit", {"note": "\u0000"}, 422),
        ("POST", "/{document}/submit", {"valid_from": "2026-07-02", "valid_to": "2026-07-01"}, 422),
        ("POST", "/{document}/submit", [], 422),
        ("POST", "/{document}/reject", None, 422),
        ("POST", "/{document}/reject", {"note": " "}, 422),
        ("POST", "/{document}/rollback", {"to": 7}, 404),
        ("PUT", "/../clauses/cl_none/wordings", {"texts": ["好"]}, 404),
        ("PUT", "/../clauses/cl_none/wordings", {"texts": "好"}, 422),
        ("PUT", "/../clauses/cl_none/wordings", {"texts": ["好"] * 41}, 422),
        ("GET", "/../impact", None, 422),
        ("GET", "/../impact?clause_id=cl_none", None, 404),
        ("GET", "/../impact?document_id=doc_none", None, 404),
        ("GET", "/../impact?clause_id=cl_a&document_id=doc_a", None, 422),
        ("GET", "/../impact?clause_id=cl_a&since=yesterday", None, 422),
        ("GET", "/../impact?clause_id=cl_a&since=0001-01-01", None, 422),
    ],
)
def test_bad_requests_are_problems_and_change_nothing(
    call: Call, empty: Services, method: str, path: str, body: Any, status: int
) -> None:
    document = call(Role.KB_EDITOR, "POST", "", UPLOAD, 201)["document_id"]
    before = empty.knowledge.history(document)
    call(Role.ADMIN, method, path.format(document=document), body, status)
    assert empty.knowledge.history(document) == before


def test_documents_may_be_larger_than_other_bodies(call: Call) -> None:
    text = "# 大全\n\n" + "\n\n".join(f"## 第{number}节\n\n{'退回运费由顾客承担。' * 45}" for number in range(1800))
    assert len(text.encode()) > 2 * 1024 * 1024
    report = call(Role.KB_EDITOR, "POST", "", {"name": "大全.md", "kind": "policy", "text": text}, 201)
    assert report["clauses"] >= 1800
    problem = call(Role.AGENT, "POST", "/v1/kb/search", {"query": text}, 413)
    assert problem["code"] == "too_large"
    huge = call(Role.KB_EDITOR, "POST", "", {"name": "a.md", "text": "x" * 21_000_000}, 413)
    assert "split the document" in huge["detail"]


def test_every_route_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    kept = {path: methods for path, methods in paths.items() if path.startswith("/v1/kb/")}
    assert len(kept) >= 17
    for path, methods in kept.items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
