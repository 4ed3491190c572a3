"""Scores and summaries over HTTP: who may ask, what comes back, bad bodies."""

from collections.abc import Callable
from typing import Any

import pytest

from copilot.domain.roles import Role

SCORERS = {Role.SUPERVISOR, Role.EVALUATOR, Role.ADMIN}
DESK = SCORERS | {Role.AGENT}
BODY = {
    "id": "T-1",
    "messages": [{"role": "customer", "text": "杯子碎了怎么退"}, {"role": "agent", "text": "您好，请拍一下照片"}],
}  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_who_may_ask(send: Callable[..., Any], role: Role) -> None:
    send(role, "POST", "/v1/conversations/score", BODY, 200 if role in SCORERS else 403)
    send(role, "POST", "/v1/conversations/summary", BODY, 200 if role in DESK else 403)


def test_a_score(send: Callable[..., Any]) -> None:
    label = {"issue_type": "quality", "issue_subtype": "damaged"}
    found = send(Role.EVALUATOR, "POST", "/v1/conversations/score", {**BODY, "label": label, "satisfaction": 5})
    assert found["id"] == "T-1"
    values = {item["id"]: item["score"] for item in found["items"]}
    assert (values["greeting"], values["classification"], values["satisfaction"], values["compliance"]) == (1, 1, 1, 1)
    assert found["messages"] == [{"message": 1, "status": "pass", "violations": [], "commitments": []}]
    assert found["rulebook"].startswith("sha256:")


def test_a_summary(send: Callable[..., Any]) -> None:
    found = send(Role.AGENT, "POST", "/v1/conversations/summary", {**BODY, "sentences": 3})
    assert found["whole"]
    assert [each["text"] for each in found["sentences"]] == ["杯子碎了怎么退", "您好，请拍一下照片"]


@pytest.mark.parametrize(
    ("path", "wrong", "field"),
    [
        ("score", {"satisfaction": 6}, "satisfaction"),
        ("score", {"label": {"issue_type": "nothing"}}, "label.issue_type"),
        ("score", {"sentences": 5}, "sentences"),
        ("summary", {"sentences": 2}, "sentences"),
        ("summary", {"messages": []}, "messages"),
    ],
)
def test_bad_bodies_name_the_field(send: Callable[..., Any], path: str, wrong: dict[str, Any], field: str) -> None:
    problem = send(Role.ADMIN, "POST", f"/v1/conversations/{path}", {**BODY, **wrong}, 422)
    assert field in [error["field"] for error in problem["errors"]]
