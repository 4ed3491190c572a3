"""Review, conflicts, gaps and answers over HTTP: permissions, problem documents, audit, no personal data kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.app import create_app
from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.roles import Permission, Role, may
from copilot.domain.ticket import Ticket
from copilot.errors import Forbidden, NotFound
from copilot.insight import Insights
from copilot.store import audit
from copilot.store.repository import Caller
from copilot.store.tables import AuditRow
from kb.models import SearchRequest

IN_FORCE = "# 规则\n### 退货期限\n商品签收后7天内，外观完好的，可以申请无理由退货。\n"
DRAFT = (
    "# 新规则\n### 无理由退货\n买家收到商品之日起十五日内，外观完好的，支持无理由退货。特价商品拆封后一律不退不换。\n"
)


@pytest.fixture
def insights(empty: Services) -> Insights:
    return empty.insights


@pytest.fixture
def client(empty: Services, insights: Insights) -> Iterator[TestClient]:
    with TestClient(create_app(empty), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def draft(empty: Services) -> str:
    """A published rule and a draft that contradicts it; gives the draft's id."""
    empty.knowledge.add_text("规则.md", IN_FORCE.encode(), kind="policy", publish=True, actor="local")
    return empty.knowledge.add_text("新规则.md", DRAFT.encode(), kind="faq", actor="local").document_id


def as_role(services: Services, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {services.keys.create(role, 'test', LOCAL)}"}


def actions(services: Services) -> list[tuple[str, dict[str, Any]]]:
    with Session(services.engine) as session:
        rows = session.execute(select(AuditRow).order_by(AuditRow.seq)).scalars().all()
        assert audit.first_break(session) is None
        return [(row.action, row.detail) for row in rows]


def test_a_review_shows_everything_and_is_audited(client: TestClient, empty: Services, draft: str) -> None:
    answer = client.get(f"/v1/kb/documents/{draft}/review?version=1", headers=as_role(empty, Role.KB_REVIEWER))
    assert answer.status_code == 200
    body = answer.json()
    (contradiction,) = body["review"]["contradictions"]
    assert (contradiction["left_fact"]["quote"], contradiction["right_fact"]["quote"]) == ("十五日", "7天")
    (forbidden,) = body["forbidden"]
    assert forbidden["category"] == "illegal_denial"
    assert forbidden["quote"] == contradiction["left"]["text"][forbidden["start"] : forbidden["end"]]
    action, detail = actions(empty)[-1]
    assert action == "document.examined"
    assert (detail["version"], detail["contradictions"], detail["forbidden"]) == (1, 1, 1)


def test_conflicts_of_everything(client: TestClient, empty: Services, draft: str) -> None:
    headers = as_role(empty, Role.KB_EDITOR)
    assert client.get("/v1/kb/conflicts", headers=headers).json()["contradictions"] == []
    again = empty.knowledge.add_text("新规则.md", DRAFT.encode(), kind="faq", publish=True, actor="local")
    assert again.document_id == draft
    found = client.get("/v1/kb/conflicts", headers=headers).json()
    assert (found["clauses"], len(found["contradictions"])) == (2, 1)


def test_an_answer_and_a_clear_no(client: TestClient, empty: Services, draft: str) -> None:
    headers = as_role(empty, Role.AGENT)
    yes = client.post("/v1/kb/ask", json={"id": "q", "query": "签收后几天内可以申请无理由退货"}, headers=headers).json()
    assert (yes["id"], yes["confident"], yes["citations"][0]["marker"]) == ("q", True, "[1]")
    no = client.post("/v1/kb/ask", json={"query": "火星上怎样种土豆", "platform": "jd"}, headers=headers).json()
    assert (no["confident"], no["citations"]) == (False, [])


def test_gaps_come_from_questions_and_hold_no_personal_data(
    client: TestClient, empty: Services, insights: Insights
) -> None:
    agent = as_role(empty, Role.AGENT)
    text = "冷冻食品化冻了联系我13912345678可以退吗"
    client.post("/v1/kb/ask", json={"query": text}, headers=agent)
    empty.desk.search(SearchRequest(query=text))
    gaps = client.get("/v1/kb/gaps?min_count=2", headers=as_role(empty, Role.KB_EDITOR)).json()
    (gap,) = gaps
    assert (gap["count"], gap["label"]) == (2, "冷冻食品化冻了联系我[手机号1]可以退吗")
    assert "13912345678" not in str(gaps)
    later = client.get("/v1/kb/gaps", params={"since": "2026-11-21T00:00:00+08:00"}, headers=as_role(empty, Role.ADMIN))
    assert later.json() == []


def test_suggestions_without_any_clause_are_signals(empty: Services, insights: Insights) -> None:
    ticket = {"id": "T1", "messages": [{"role": "customer", "text": "我买的电饭煲坏了，加热不了，电话13912345678"}]}
    suggestion = empty.desk.suggest(Ticket.model_validate(ticket), LOCAL)
    assert suggestion.citations == ()
    (gap,) = insights.gaps(LOCAL)
    assert gap.sources == ("suggestion",)
    assert "13912345678" not in gap.label


def test_a_draft_for_a_gap_is_audited(empty: Services, insights: Insights) -> None:
    insights._insight.asked("礼品卡过期了还能用吗", platform=None, source="search", top=None, score=0, confident=False)
    gap, report = insights.draft(LOCAL, 1)
    assert empty.knowledge.get_document(report.document_id).state == "draft"
    assert gap.label == "礼品卡过期了还能用吗"
    assert "gap.drafted" in [action for action, _ in actions(empty)]
    with pytest.raises(NotFound, match="gaps"):
        insights.draft(LOCAL, 9)


@pytest.mark.parametrize("role", list(Role))
def test_permissions(client: TestClient, empty: Services, insights: Insights, draft: str, role: Role) -> None:
    headers = as_role(empty, role)
    reads = 200 if may(role, Permission.KB_READ) else 403
    for path in (f"/v1/kb/documents/{draft}/review", "/v1/kb/conflicts", "/v1/kb/gaps"):
        assert client.get(path, headers=headers).status_code == reads, path
        assert client.get(path).status_code == 401
    asks = 200 if may(role, Permission.SEARCH) else 403
    assert client.post("/v1/kb/ask", json={"query": "退货"}, headers=headers).status_code == asks
    if not may(role, Permission.KB_WRITE):
        with pytest.raises(Forbidden):
            insights.draft(Caller(id="x", role=role, label="x"), 1)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("GET", "/v1/kb/documents/doc_none/review", None, 404, "doc_none"),
        ("GET", "/v1/kb/documents/doc_none/review?version=0", None, 422, "version"),
        ("GET", "/v1/kb/gaps?since=yesterday", None, 422, "since"),
        ("GET", "/v1/kb/gaps?min_count=0", None, 422, "min_count"),
        ("POST", "/v1/kb/ask", {"query": "  "}, 422, "query"),
        ("POST", "/v1/kb/ask", {"query": "退货", "audiences": ["boss"]}, 422, "audiences"),
        ("POST", "/v1/kb/ask", {"query": "退货", "as_of": "soon"}, 422, "as_of"),
        ("POST", "/v1/kb/ask", {"query": "退货", "colour": 1}, 422, "colour"),
    ],
)
def test_bad_requests_name_the_field(
    client: TestClient, empty: Services, method: str, path: str, body: Any, status: int, field: str
) -> None:
    answer = client.request(method, path, json=body, headers=as_role(empty, Role.ADMIN))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.text


def test_noting_a_question_never_fails(
    empty: Services, insights: Insights, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> str:
        raise ValueError("broken")

    monkeypatch.setattr("copilot.insight.hide", broken)
    request = SearchRequest(query="退款多久")
    insights.searched(request, empty.desk.search(request))
    assert "could not be redacted" in caplog.text
    assert insights._insight.questions() == []
