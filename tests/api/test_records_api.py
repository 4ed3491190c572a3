"""The register over HTTP: who may read it, the three formats, bad periods."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.roles import Role
from copilot.domain.ticket import Ticket

READERS = {Role.SUPERVISOR, Role.ADMIN}


@pytest.fixture
def stored(empty: Services) -> str:
    ticket = {"id": "=T-1", "messages": [{"role": "customer", "text": "杯子收到就是裂的，怎么退"}]}
    return empty.desk.suggest(Ticket.model_validate(ticket), LOCAL).id


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read(send: Callable[..., Any], role: Role) -> None:
    send(role, "GET", "/v1/records", status=200 if role in READERS else 403)


def test_json(send: Callable[..., Any], stored: str) -> None:
    [row] = send(Role.SUPERVISOR, "GET", "/v1/records")
    assert (row["suggestion_id"], row["ticket_id"], row["record"]["status"]) == (stored, "=T-1", "waiting_customer")
    assert send(Role.ADMIN, "GET", "/v1/records?until=2026-11-19") == []
    assert len(send(Role.ADMIN, "GET", "/v1/records?since=2026-11-20&until=2026-11-20")) == 1


def test_files(client: TestClient, empty: Services, stored: str) -> None:
    headers = {"Authorization": f"Bearer {empty.keys.create(Role.SUPERVISOR, 's', LOCAL)}"}
    answer = client.get("/v1/records", params={"format": "csv"}, headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="records.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert (row["建议编号"], row["工单号"]) == (stored, "'=T-1")
    answer = client.get("/v1/records", params={"format": "xlsx"}, headers=headers)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert [cell.value for cell in list(sheet.rows)[1]][-2:] == ["'=T-1", stored]


@pytest.mark.parametrize(
    "query", ["format=pdf", "since=yesterday", "since=2026-02-30", "since=2026-11-20&until=2026-11-01"]
)
def test_bad_questions(send: Callable[..., Any], query: str) -> None:
    problem = send(Role.ADMIN, "GET", f"/v1/records?{query}", status=422)
    assert query.split("=")[0] in problem["detail"] or "until" in problem["detail"]
