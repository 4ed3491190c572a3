"""`copilot rules` and what `doctor` says of stale rows, as whole processes."""

import json
from pathlib import Path

import pytest

from copilot.rulebook.confirmed import ConfirmedFile
from copilot.rulebook.loader import DATA
from copilot.rulebook.source import read
from tests.cli.test_cli import copilot, lines

CONFIRMED = read(DATA / "confirmed.yaml", ConfirmedFile)
TEXT = "# 退货\n\n## 期限\n\n### 七日期限 {#law.no-reason.period}\n\n签收次日起七日内，商品完好的，可以无理由退货。\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a clause that the shipped confirmations do not know."""
    file = tmp_path / "规则.md"
    file.write_text(TEXT, encoding="utf-8")
    copilot(tmp_path / "home", "kb", "add", str(file), "--kind", "policy", "--publish")
    return tmp_path / "home"


def test_doctor_lists_a_stale_row_until_it_is_confirmed(home: Path) -> None:
    told = copilot(home, "doctor", code=1).stdout.decode()
    assert "✗ rules: 3 rows rest on clauses that changed" in told
    shipped = CONFIRMED.of("return.no-reason", "law.no-reason.period")[0][:12]
    assert f"return.no-reason: law.no-reason.period in 退货 v1: confirmed {shipped}, in force" in told
    (finding,) = [each for each in lines(copilot(home, "doctor", "--jsonl", code=1)) if each["name"] == "rules"]
    assert finding["ok"] is False
    assert len(finding["details"]) == 3  # type: ignore[arg-type]

    copilot(home, "rules", "confirm", "return.no-reason")
    assert "✗ rules: 2 rows" in copilot(home, "doctor", code=1).stdout.decode()
    copilot(home, "rules", "confirm", "--all")
    assert "✓ rules: every row" in copilot(home, "doctor").stdout.decode()


def test_stale_rows_are_shown_with_the_text_as_it_is_now(home: Path) -> None:
    told = copilot(home, "rules", "stale").stdout.decode()
    assert "return.no-reason（return_refund → allowed）" in told
    assert "可以无理由退货。" in told
    rows = lines(copilot(home, "rules", "stale", "--jsonl"))
    assert {row["row"] for row in rows} == {"return.late", "return.no-reason", "return.no-reason-insured"}
    (clause,) = rows[0]["clauses"]  # type: ignore[misc]
    assert len(clause["sha256"]) == 64
    assert clause["confirmed"]

    (done,) = lines(copilot(home, "rules", "confirm", "return.late", "--jsonl"))
    assert done["row"] == "return.late"
    assert "没有需要确认的变更" in copilot(home, "rules", "confirm", "return.late").stdout.decode()
    copilot(home, "rules", "confirm", "--all")
    assert copilot(home, "rules", "stale", "--jsonl").stdout == b""
    assert "没有待确认的规则" in copilot(home, "rules", "stale").stdout.decode()


def test_a_stale_row_shows_in_a_suggestion(home: Path) -> None:
    ticket = {
        "messages": [{"role": "customer", "text": "不喜欢，想退货退款"}],
        "order": {"id": "JD1", "status": "signed", "signed_at": "2026-06-17T10:00:00+08:00"},
        "opened_at": "2026-06-18T10:00:00+08:00",
    }
    (answer,) = lines(copilot(home, "suggest", "--jsonl", text=json.dumps(ticket).encode()))
    (entry,) = [each for each in answer["entitlements"] if each["action"] == "return_refund"]  # type: ignore[attr-defined]
    assert (entry["verdict"], entry["stale"]) == ("needs_approval", ["law.no-reason.period"])


@pytest.mark.parametrize("arguments", [(), ("return.late", "--all")])
def test_confirm_wants_a_row_or_all(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = copilot(tmp_path / "home", "rules", "confirm", *arguments, code=1)
    assert done.stderr.decode().startswith("error [bad_request]: ROW, --all: give one of them")


def test_an_unknown_row_is_one_error_line(tmp_path: Path) -> None:
    done = copilot(tmp_path / "home", "rules", "confirm", "return.never", code=1)
    assert "error [not_found]: no row 'return.never'" in done.stderr.decode()
