"""Contexts against which any text is judged, and the guard that tests of many texts use."""

from typing import Any

from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.guard.features import Features
from copilot.guard.meaning import load_meaning
from copilot.rulebook.compliance import ComplianceRules

from .conftest import NOW

FULL: dict[str, Any] = {
    "now": NOW,
    "own_draft": True,
    "reply_within": ["PT2H"],
    "clauses": [
        {
            "clause_id": "cl_1",
            "document": "售后政策手册",
            "citation_id": "c1",
            "text": "签收次日起7天内可申请退货，验货后48小时内提交退款。",
        }
    ],
    "entitlements": [
        {
            "action": "return_refund",
            "verdict": "allowed",
            "rule": "r1",
            "deadline": "2026-06-25T23:59:59+08:00",
            "freight": {"borne_by": "merchant"},
        },
        {"action": "exchange", "verdict": "denied", "rule": "r2"},
        {"action": "compensation", "verdict": "allowed", "rule": "r3", "reason": "按规则赔付5元"},
    ],
    "approvals": [{"approval": {"id": "APR-1", "kind": "cash", "amount": "30.00"}}],
    "ticket": {
        "messages": [{"role": "customer", "text": "请帮我处理一下"}],
        "order": {
            "id": "JD1",
            "status": "signed",
            "signed_at": "2026-06-12T15:00:00+08:00",
            "amount": "199.00",
            "freight_insurance": True,
        },
    },
}
"""A ticket and policy against which every check has something to compare."""
BARE = GuardContext(now=NOW)
RICH = GuardContext.model_validate(FULL)


def without_embeddings(rules: ComplianceRules) -> Guard:
    """Rules and n-grams: embeddings could only add to what is blocked, and each takes longer than all the rest."""
    return Guard(rules, load_meaning(Features(rules.sounds.syllables)))
