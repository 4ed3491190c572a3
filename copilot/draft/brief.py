"""What a model is told to write from: decisions, points to convey, numbered evidence, and what its words may rest on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from copilot.domain.approvals import VerifiedApproval
from copilot.domain.base import BEIJING, Model
from copilot.domain.suggestion import Entitlement
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action, ApprovalKind
from copilot.draft.composer import Cited, Plan, Sentence
from copilot.draft.support import figures, nearest_sentences
from copilot.draft.verify import Given, Numbered
from kb.models import Clause, SearchHit

MOST_EVIDENCE = 5
EVIDENCE_CHARACTERS = 110
_VERDICTS = {
    "allowed": "可以办理", "conditional": "有条件，核实前不能说成一定", "denied": "不符合条件",
    "needs_approval": "待审批，只能说会提交审核", "unknown": "待核实，只能说会核实",
}  # fmt: skip
_BEARERS = {"customer": "顾客", "merchant": "商家", "platform": "平台", "insurance": "运费险"}
_KINDS = {
    "cash": "现金补偿", "partial_refund": "部分退款", "coupon": "优惠券", "points": "积分", "freight": "运费",
    "gift": "赠品", "repair": "免费维修", "warranty": "延长保修", "resend": "补发", "exchange": "换货",
    "refund": "退款", "return_waiver": "免退回", "late_return": "超期退货",
}  # fmt: skip


class Material(Model, arbitrary_types_allowed=True):
    """What the stages before found out about one ticket."""

    ticket: Ticket
    plan: Plan
    view: Mapping[str, Any]
    composed: tuple[Sentence, ...]
    """The composer's full draft: its sentences are the points to convey."""
    clauses: tuple[Clause | SearchHit, ...]
    """Clauses for customers, those that matter most first."""
    entitlements: tuple[Entitlement, ...]
    approvals: tuple[VerifiedApproval, ...]
    actions: Mapping[Action, str]
    conversation: str
    order: str
    """Both redacted."""


class Brief(Model):
    """One question to the writer and what its answer is held against."""

    values: dict[str, str]
    """The variables of the draft prompt."""
    given: Given


def brief(material: Material) -> Brief:
    evidence = _evidence(material)
    numbers = {entry.cited: number for number, entry in enumerate(evidence, 1)}
    decisions = _decisions(material)
    policy = [each for each in material.composed if each.point in ("policy", "compensation", "earlier_promise")]
    lines = [f"- {each.text}{_marks(each, numbers)}" for each in policy]
    act = next((each for each in material.composed if each.point == "act"), None)
    asks = "、".join(next((each.facts for each in material.composed if each.point == "missing"), ())) or "无"
    placeholders, granted = _placeholders(material)
    order = material.ticket.order
    names = (order.id if order else None, material.plan.variables.get("order_id"),
             *(item.title for item in material.ticket.items()))  # fmt: skip
    return Brief(
        values={
            "restate": material.plan.playbook.restate, "decision": "\n".join([*decisions, *granted]) or "无",
            "points": "\n".join(lines) or "无", "missing": asks, "next_act": act.text if act else "会核实后回复",
            "evidence": "\n".join(f"[{number}] {entry.text}" for number, entry in enumerate(evidence, 1)) or "无",
            "order": material.order, "conversation": material.conversation,
        },
        given=Given(
            evidence=evidence, figures=figures("\n".join([*decisions, act.text if act else ""])),
            placeholders=placeholders, heard=material.conversation, names=tuple(name for name in names if name),
        ),
    )  # fmt: skip


def _evidence(material: Material) -> tuple[Numbered, ...]:
    """What the points cite first, then what else is near; each cut to the sentences that matter."""
    wanted = {cited: each.text for each in material.composed for cited in each.cites}
    known = {Cited(clause_id=clause.clause_id, version=clause.version): clause for clause in material.clauses}
    order = [cited for cited in dict.fromkeys((*wanted, *known)) if cited in known]
    query = material.plan.playbook.restate
    return tuple(
        Numbered(cited=cited, text=" ".join(
            nearest_sentences(known[cited].text, wanted.get(cited, query), EVIDENCE_CHARACTERS).split()
        ))
        for cited in order[:MOST_EVIDENCE] if known[cited].audience == "customer"
    )  # fmt: skip


def _decisions(material: Material) -> list[str]:
    return [_decision(entry, material.actions) for entry in material.entitlements]


def _decision(entry: Entitlement, actions: Mapping[Action, str]) -> str:
    parts = [f"{actions[entry.action]}：{_VERDICTS[entry.verdict]}"]
    if entry.conditions:
        parts.append(f"条件：{'、'.join(entry.conditions)}")
    if entry.freight and entry.freight.borne_by:
        parts.append(f"运费由{_BEARERS[entry.freight.borne_by]}承担")
    if entry.deadline:
        day = entry.deadline.astimezone(BEIJING)
        parts.append(f"最迟{day.month}月{day.day}日")
    return "；".join(parts)


def _placeholders(material: Material) -> tuple[dict[str, str], list[str]]:
    """What code fills in, and the lines that tell the model of it: amounts never pass through a model."""
    filled: dict[str, str] = {}
    lines: list[str] = []
    for number, verified in enumerate(material.approvals, 1):
        approval, name = verified.approval, "approved_amount" if number == 1 else f"approved_amount_{number}"
        told = ""
        if approval.amount is not None:
            unit = "积分" if approval.kind is ApprovalKind.POINTS else "元"
            filled[name], told = f"{approval.amount:f}".removesuffix(".00") + unit, f"，数额写 {{{{{name}}}}}"
        lines.append(f"已批准：{_KINDS.get(approval.kind, approval.kind)}{told}")
    order = material.ticket.order
    if order is not None and order.amount is not None:
        filled["order_amount"] = f"{order.amount:f}".removesuffix(".00") + "元"
    return filled, lines


def _marks(sentence: Sentence, numbers: Mapping[Cited, int]) -> str:
    return "".join(f"[{numbers[cited]}]" for cited in sentence.cites if cited in numbers)


def customer_clauses(
    clauses: Iterable[Clause | SearchHit], hits: Sequence[SearchHit]
) -> tuple[Clause | SearchHit, ...]:
    """Those that may be quoted to a customer, each once."""
    found = {
        (clause.clause_id, clause.version): clause for clause in (*clauses, *hits) if clause.audience == "customer"
    }
    return tuple(found.values())
