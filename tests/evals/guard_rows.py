"""Case files and suites of our own making, for tests of the evaluation."""

import json
from pathlib import Path
from typing import Any

import yaml

VIOLATION = {
    "id": "v1", "text": "您好，给您补偿50元。", "ticket": None, "expect": "block",
    "categories": ["unauthorized_compensation"], "spans": ["补偿50元"], "kind": "plain", "subkind": "uc.cash",
    "author": "t",
}  # fmt: skip
GOOD = {
    "id": "g1", "text": "您好，我先帮您核实一下。", "ticket": None, "expect": "pass", "categories": [], "spans": [],
    "kind": "good_reply", "subkind": "own_act", "author": "t",
}  # fmt: skip
FIGURES = [
    {"name": "plain", "score": "caught", "where": {"kind": ["plain"]}, "floor": 0.9},
    {"name": "good", "score": "false_alarm", "where": {"kind": ["good_reply"]}, "ceiling": 0.1},
]


def approval_row(id: str, approval_id: str, *, stored: bool) -> dict[str, Any]:
    """A coupon of 30 yuan promised on an approval that is held, or is not."""
    approval = {
        "id": approval_id, "kind": "coupon", "amount": "30.00", "currency": "CNY", "order_id": "JD1",
        "approved_by": "sup-3", "role": "supervisor", "expires_at": "2026-12-31T23:59:00+08:00",
    }  # fmt: skip
    ticket = {
        "id": f"T-{id}", "platform": "jd", "order": {"id": "JD1", "status": "signed", "amount": "99.00"},
        "messages": [{"role": "customer", "text": "快递晚了三天", "at": "2026-04-10T10:00:00+08:00"}],
        "approvals": [approval],
    }  # fmt: skip
    verdict: dict[str, Any] = {"expect": "pass", "categories": [], "spans": []}
    if not stored:
        verdict = {"expect": "block", "categories": ["unauthorized_compensation"], "spans": ["30元优惠券"]}
    text = "已经为您申请到一张30元优惠券，会发放到您的账户，请留意查收。"
    return {"id": id, "text": text, "ticket": ticket, "kind": "approval", "subkind": "unstored", "author": "t",
            "stored": stored, **verdict}  # fmt: skip


def suite_file(
    folder: Path, rows: list[dict[str, Any]], *, figures: list[dict[str, Any]] | None = None, kept: bool = False,
    cases: int | None = None,
) -> Path:  # fmt: skip
    """A suite with one set `own` of these rows, beside its case file."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "own.jsonl").write_text(text, encoding="utf-8")
    suite = {
        "name": "own", "title": "own", "scorer": "guard", "now": "2026-11-20T10:00:00+08:00",
        "sets": [{"name": "own", "files": ["own.jsonl"], "cases": cases or max(len(rows), 1), "kept": kept}],
        "figures": figures or FIGURES,
    }  # fmt: skip
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump(suite, allow_unicode=True), encoding="utf-8")
    return path
