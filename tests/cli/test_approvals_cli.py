"""Approvals on the command line: imported and then counted by `check --jsonl`; asked for and granted by one person."""

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from copilot.cli.main import main

ROW: dict[str, Any] = {
    "id": "APR-1", "kind": "coupon", "amount": "30.00", "currency": "CNY", "order_id": "JD123",
    "approved_by": "sup-7", "role": "supervisor", "expires_at": "2090-06-30T23:59:00+08:00",
}  # fmt: skip
TEXT = "已为您申请一张30元优惠券，请查收。"


class Shell:
    """Runs `copilot` on one home as its entry point does; `told` is what standard error got."""

    def __init__(self, patch: pytest.MonkeyPatch, streams: pytest.CaptureFixture[bytes]) -> None:
        self._patch = patch
        self._streams = streams
        self.told = ""

    def __call__(self, *arguments: str, code: int = 0, text: bytes | str = b"") -> str:
        data = text.encode() if isinstance(text, str) else text
        self._patch.setattr(sys, "argv", ["copilot", *arguments])
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._streams.readouterr()
        self.told = err.decode()
        assert ended.value.code == code, self.told
        assert "Traceback" not in self.told
        return out.decode()

    def lines(self, *arguments: str, code: int = 0, text: bytes | str = b"") -> list[dict[str, Any]]:
        return [json.loads(line) for line in self(*arguments, "--jsonl", code=code, text=text).splitlines()]


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Shell]:
    monkeypatch.setenv("COPILOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COPILOT_EMBEDDINGS", "none")
    yield Shell(monkeypatch, capsysbinary)
    structlog.reset_defaults()  # it would go on writing to this test's standard error


def jsonl(*rows: Any) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def request(text: str = TEXT, *, order: str = "JD123", at: str = "2026-06-20T10:00:00+08:00", **approval: Any) -> Any:
    """A check of a reply on a ticket that carries the approval, with changes."""
    messages = [{"role": "customer", "text": "晚了三天", "at": at}]
    return {
        "id": "x", "text": text, "ticket": {"messages": messages, "order": {"id": order}, "approvals": [ROW | approval]}
    }  # fmt: skip


def verdicts(shell: Shell, *requests: Any) -> list[str]:
    return [str(answer["status"]) for answer in shell.lines("check", text=jsonl(*requests))]


def test_what_was_imported_backs_a_reply_and_nothing_else(shell: Shell) -> None:
    assert verdicts(shell, request()) == ["block"]
    assert shell.lines("approvals", "import", text=jsonl(ROW)) == [
        {"id": "APR-1", "outcome": "stored", "revoked": False}
    ]
    asked = {
        "as it is": request(),
        "another spelling": request(amount="30", expires_at="2090-06-30T15:59:00Z"),
        "more than granted": request("已为您申请一张31元优惠券，请查收。"),
        "amount altered": request("已为您申请一张300元优惠券，请查收。", amount="300.00"),
        "order": request(order="JD124"),
        "order altered": request(order="JD124", order_id="JD124"),
        "kind": request("已为您申请30元现金补偿，请查收。"),
        "kind altered": request("已为您申请30元现金补偿，请查收。", kind="cash"),
        "expired": request(at="2090-06-30T23:59:00+08:00"),
        "expiry altered": request(at="2090-07-01T10:00:00+08:00", expires_at="2090-12-30T23:59:00+08:00"),
        "id altered": request(id="APR-2"),
    }
    found = dict(zip(asked, verdicts(shell, *asked.values()), strict=True))
    assert found == {name: "pass" if name in ("as it is", "another spelling") else "block" for name in asked}


def test_bad_rows_are_answered_and_the_run_goes_on(shell: Shell) -> None:
    feed = jsonl(ROW).encode() + b"\n{\n" + jsonl(
        ROW | {"id": "APR-2", "kind": "bribe"}, ROW | {"id": "APR-3", "colour": "red"}, ROW | {"amount": "50"},
        ROW | {"id": None}, [], ROW | {"id": "APR-4", "expires_at": "2020-01-01T00:00:00+08:00"},
    ).encode() + b"\n\xff\n"  # fmt: skip
    answers = shell.lines("approvals", "import", code=3, text=feed)
    assert [answer.get("outcome") or answer["error"]["code"] for answer in answers] == [
        "stored", "malformed", "bad_request", "bad_request", "conflict", "bad_request", "bad_request", "stored",
        "malformed",
    ]  # fmt: skip
    assert [answer["id"] for answer in answers[:5]] == ["APR-1", None, "APR-2", "APR-3", "APR-1"]
    for answer, named in zip(answers[2:6], ("kind", "colour", "APR-1", "id"), strict=True):
        assert named in answer["error"]["message"]
    assert {found["id"] for found in shell.lines("approvals", "list")} == {"APR-1", "APR-4"}
    [old] = shell.lines("approvals", "list", "--state", "expired", "--order", "JD123")
    assert old["id"] == "APR-4"


def test_an_import_from_a_file_again_and_changed(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "approvals.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + jsonl(ROW, ROW | {"id": "APR-2"}).encode())
    assert "导入 2 条，未变 0 条" in shell("approvals", "import", str(file))
    assert "导入 0 条，未变 2 条" in shell("approvals", "import", str(file))
    file.write_text(jsonl(ROW | {"amount": "50.00"}), encoding="utf-8")
    assert "失败 1 条" in shell("approvals", "import", str(file), code=3)
    assert "APR-1: [conflict]" in shell.told
    assert shell.lines("approvals", "import", str(file), "--replace")[0]["outcome"] == "replaced"
    assert verdicts(shell, request(), request(amount="50.00")) == ["block", "pass"]
    shell("approvals", "import", str(tmp_path / "none.jsonl"), code=1)
    assert "none.jsonl" in shell.told


def test_one_person_asks_grants_and_revokes(shell: Shell) -> None:
    fields = ("--kind", "coupon", "--amount", "30", "--order", "JD123", "--basis", "延迟三天送达")
    [asked] = shell.lines("approvals", "request", *fields)
    assert asked["state"] == "requested"
    assert shell("approvals", "request", *fields).split()[0] == asked["id"]
    printed = shell("approvals", "approve", str(asked["id"]), "--valid-hours", "48", "--note", "同意").splitlines()
    assert "以本机管理员身份批准，已记入审计" in shell.told
    token = json.loads(printed[1])
    assert (token["amount"], token["role"], token["approved_by"]) == ("30.00", "admin", "local")
    now = datetime.now(UTC).isoformat()
    ticket = {**request(at=now)["ticket"], "approvals": [token]}
    late = {
        **ticket,
        "messages": [{**ticket["messages"][0], "at": (datetime.now(UTC) + timedelta(days=3)).isoformat()}],
    }
    asked_of = [{"id": "a", "text": TEXT, "ticket": ticket}, {"id": "b", "text": TEXT, "ticket": late}]
    assert verdicts(shell, *asked_of) == ["pass", "block"]
    assert json.loads(shell("approvals", "show", str(asked["id"])))["waived"] == "admin"
    assert "30.00元" in shell("approvals", "list", "--order", "JD123", "--state", "approved")
    assert "已撤销" in shell("approvals", "revoke", str(asked["id"]), "--note", "误批")
    assert verdicts(shell, asked_of[0]) == ["block"]
    shell("approvals", "approve", str(asked["id"]))
    shell("doctor")


def test_a_refusal_needs_its_reason(shell: Shell) -> None:
    [asked] = shell.lines(
        "approvals", "request", "--kind", "gift", "--item", "杯盖", "--ticket", "T-1", "--basis", "漏水"
    )
    shell("approvals", "reject", str(asked["id"]), code=2)
    assert "--note" in shell.told
    assert "已驳回" in shell("approvals", "reject", str(asked["id"]), "--note", "无照片")
    [found] = shell.lines("approvals", "list", "--ticket", "T-1")
    assert (found["state"], found["note"]) == ("rejected", "无照片")
    shell("approvals", "approve", str(asked["id"]), code=1)
    assert "[conflict]" in shell.told


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("request", "--kind", "coupon", "--order", "JD1", "--basis", "x"), 1, "amount"),
        (("request", "--kind", "coupon", "--amount", "5", "--basis", "x"), 1, "order_id"),
        (("request", "--kind", "coupon", "--amount", "much", "--order", "JD1", "--basis", "x"), 1, "amount"),
        (("request", "--kind", "bribe", "--order", "JD1", "--basis", "x"), 2, "bribe"),
        (("request", "--kind", "coupon", "--amount", "5", "--order", "JD1"), 2, "--basis"),
        (("approve", "apr_none"), 1, "apr_none"),
        (("approve", "apr_none", "--valid-hours", "100000"), 1, "valid_hours"),
        (("reject", "apr_none", "--note", "x"), 1, "apr_none"),
        (("revoke", "apr_none"), 1, "apr_none"),
        (("show", "apr_none"), 1, "apr_none"),
        (("list", "--state", "lost"), 2, "lost"),
    ],
)
def test_bad_arguments_are_named(shell: Shell, arguments: tuple[str, ...], code: int, named: str) -> None:
    assert shell("approvals", *arguments, code=code) == ""
    assert named in shell.told
    assert shell.lines("approvals", "list") == []


def test_the_administrator_s_own_caps_hold_here_too(shell: Shell) -> None:
    fields = ("--kind", "cash", "--amount", "5000.01", "--order", "JD1", "--basis", "x")
    [asked] = shell.lines("approvals", "request", *fields)
    shell("approvals", "approve", str(asked["id"]), code=1)
    assert "[beyond_authority]" in shell.told
    assert "5000.00 CNY" in shell.told
