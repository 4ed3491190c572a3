"""Facts in words for the decision tables: one case for each row, with the verdict and who bears the freight."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from copilot.decide.entitlements import Entitlements, Ruling
from copilot.domain.facts import Facts
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action, ApprovalKind
from copilot.rulebook.loader import DATA
from copilot.rulebook.models import EntitlementFile
from copilot.rulebook.source import read

FILE = read(DATA / "entitlements.yaml", EntitlementFile)
TABLES = Entitlements(FILE, {})
TICKET = Ticket.model_validate({"messages": [{"role": "customer", "text": "怎么处理"}]})


def view(**given: Any) -> dict[str, Any]:
    """The facts as conditions see them: those of the ticket, the approved kinds, the subtype where one is given."""
    facts = Facts.model_validate({name: value for name, value in given.items() if name in Facts.model_fields})
    seen = {name: getattr(facts, name) for name in Facts.model_fields}
    seen["approved_kinds"] = frozenset(map(ApprovalKind, given.get("approved_kinds", ())))
    if "issue_subtype" in given:
        seen["issue_subtype"] = given["issue_subtype"]
    return seen


def ruling(action: Action | str, ticket: Ticket = TICKET, **given: Any) -> Ruling:
    (found,) = TABLES.rule([Action(action)], view(**given), ticket)
    return found


def signed(days: int | None, *tags: str, **given: Any) -> dict[str, Any]:
    """A signed order, `days` after signing, whose item has these tags."""
    return {
        "order_known": True,
        "order_status": "signed",
        "days_since_signing": days,
        "tags": frozenset(tags),
        **given,
    }


class Case(NamedTuple):
    row: str
    verdict: str
    given: Mapping[str, Any]
    freight: str | None = None


PAID = {"order_known": True, "order_status": "paid"}
CASES: tuple[Case, ...] = (
    Case("return.approved-late", "allowed", signed(40, approved_kinds=["late_return"])),
    Case("return.closed", "conditional", signed(3) | {"order_status": "refunded"}),
    Case("return.unsigned", "conditional", {"order_status": "shipped"}),
    Case("return.fault-verified-7d", "allowed", signed(7, "opened", fault="verified"), "merchant"),
    Case("return.fault-claimed-7d", "conditional", signed(7, fault="claimed"), "merchant"),
    Case("return.fault-later", "conditional", signed(8, fault="claimed"), "merchant"),
    Case("return.fault-undated", "conditional", signed(None, fault="claimed"), "merchant"),
    Case("return.wrong-item", "conditional", signed(3, issue_subtype="wrong_item"), "merchant"),
    Case("return.package-damaged", "conditional", signed(1, issue_subtype="package_damaged"), "merchant"),
    Case("return.not-as-described", "conditional", signed(9, issue_subtype="false_advertising"), "merchant"),
    Case("return.under-way", "conditional", signed(9, application_state="approved")),
    Case("return.customized", "denied", signed(1, "customized")),
    Case("return.fresh", "denied", signed(1, category="fresh")),
    Case("return.digital-opened", "denied", signed(1, "digital", "opened")),
    Case("return.asked-in-time", "conditional", signed(8, application_state="submitted")),
    Case("return.late", "denied", signed(8)),
    Case("return.not-intact", "denied", signed(3, "washed")),
    Case(
        "return.application-refused-insured",
        "conditional",
        signed(3, application_state="refused", freight_insurance=True),
        "insurance",
    ),
    Case("return.application-refused", "conditional", signed(3, application_state="refused"), "customer"),
    Case("return.medical", "conditional", signed(3, category="drug")),
    Case("return.virtual", "conditional", signed(3, category="virtual")),
    Case("return.secondhand-insured", "conditional", signed(3, "secondhand", freight_insurance=True), "insurance"),
    Case("return.secondhand", "conditional", signed(3, "secondhand"), "customer"),
    Case(
        "return.seal-opened-insured",
        "conditional",
        signed(3, "opened", category="food", freight_insurance=True),
        "insurance",
    ),
    Case("return.seal-opened", "conditional", signed(3, "opened", category="cosmetics"), "customer"),
    Case("return.opened-insured", "allowed", signed(3, "opened", freight_insurance=True), "insurance"),
    Case("return.opened", "allowed", signed(3, "opened"), "customer"),
    Case("return.no-reason-insured", "allowed", signed(3, freight_insurance=True), "insurance"),
    Case("return.no-reason", "allowed", signed(3), "customer"),
    Case("refund.approved", "allowed", signed(3, approved_kinds=["partial_refund"])),
    Case("refund.overdue-by-law", "allowed", {"order_status": "returning", "hours_since_return_received": 192}),
    Case("refund.overdue-after-return", "allowed", {"order_status": "returning", "hours_since_return_received": 48.5}),
    Case("refund.after-return", "conditional", {"order_status": "returning", "hours_since_return_received": 48}),
    Case("refund.done", "allowed", {"order_status": "refunded"}),
    Case("refund.double-charge", "conditional", PAID | {"issue_subtype": "wrong_charge"}),
    Case("refund.spoiled", "conditional", signed(1, category="food", fault="claimed")),
    Case("refund.lost", "conditional", {"order_status": "shipped", "issue_subtype": "lost"}),
    Case("refund.not-received", "conditional", signed(2, issue_subtype="signed_not_received")),
    Case("refund.missing-item", "conditional", signed(2, issue_subtype="missing_item")),
    Case("refund.unshipped", "allowed", PAID),
    Case("refund.returning", "conditional", {"order_status": "refunding"}),
    Case("refund.application", "conditional", signed(3, application_state="submitted")),
    Case("refund.fault", "needs_approval", signed(3, fault="verified", category="appliance")),
    Case("refund.otherwise", "needs_approval", signed(3)),
    Case("exchange.approved", "allowed", signed(3, approved_kinds=["exchange"])),
    Case("exchange.wrong-item", "conditional", signed(30, issue_subtype="wrong_item"), "merchant"),
    Case("exchange.fault-verified-15d", "allowed", signed(15, fault="verified"), "merchant"),
    Case("exchange.fault-15d", "conditional", signed(15, fault="claimed"), "merchant"),
    Case("exchange.fault-later", "conditional", signed(16, fault="verified"), "merchant"),
    Case("exchange.fault-undated", "conditional", signed(None, fault="claimed"), "merchant"),
    Case("exchange.package-damaged", "conditional", signed(1, issue_subtype="package_damaged"), "merchant"),
    Case("exchange.not-as-described", "conditional", signed(9, issue_subtype="false_advertising"), "merchant"),
    Case("exchange.under-way", "conditional", signed(9, application_kind="exchange", application_state="received")),
    Case(
        "exchange.asked-in-time",
        "conditional",
        signed(8, application_kind="exchange", application_state="submitted"),
    ),
    Case("exchange.excluded", "denied", signed(1, "customized")),
    Case("exchange.late", "denied", signed(8)),
    Case("exchange.not-intact", "denied", signed(3, "tag_removed")),
    Case("exchange.own-wish", "conditional", signed(7), "customer"),
    Case("resend.approved", "allowed", signed(3, approved_kinds=["resend"])),
    Case("resend.lost", "needs_approval", {"issue_subtype": "lost"}),
    Case("resend.missing", "needs_approval", {"issue_subtype": "gift"}),
    Case("resend.wrong", "needs_approval", {"issue_subtype": "wrong_item"}),
    Case("resend.otherwise", "needs_approval", {}),
    Case("repair.approved", "allowed", signed(900, approved_kinds=["repair"])),
    Case("repair.abuse", "conditional", signed(20, fault="refuted")),
    Case("repair.verified-year", "allowed", signed(365, fault="verified"), "merchant"),
    Case("repair.warranty-year", "conditional", signed(365, fault="claimed"), "merchant"),
    Case("repair.later", "conditional", signed(366, fault="verified")),
    Case("freight.approved", "allowed", signed(3, approved_kinds=["freight"]), "merchant"),
    Case("freight.seller-fault", "allowed", signed(3, fault="verified"), "merchant"),
    Case("freight.wrong-item", "conditional", signed(3, issue_subtype="wrong_item"), "merchant"),
    Case("freight.fault-claimed", "conditional", signed(3, fault="claimed"), "merchant"),
    Case("freight.package-damaged", "conditional", signed(1, issue_subtype="package_damaged"), "merchant"),
    Case("freight.not-as-described", "conditional", signed(9, issue_subtype="false_advertising"), "merchant"),
    Case("freight.insured", "conditional", signed(3, freight_insurance=True), "insurance"),
    Case("freight.own-wish", "denied", signed(3), "customer"),
    Case("compensation.approved", "allowed", signed(3, approved_kinds=["coupon"])),
    Case("compensation.promise-passed", "needs_approval", {"promise_passed": True}),
    Case("compensation.injury", "needs_approval", signed(3, injury=True)),
    Case("compensation.food", "needs_approval", signed(3, fault="claimed", category="food")),
    Case("compensation.fraud", "needs_approval", signed(3, issue_subtype="counterfeit")),
    Case("compensation.otherwise", "needs_approval", signed(3)),
    Case("price.excluded", "denied", signed(3, "secondhand")),
    Case("price.check", "conditional", signed(3, hours_since_payment=100.0)),
    Case("cancel.unshipped", "allowed", PAID),
    Case("cancel.shipped", "conditional", {"order_status": "shipped"}),
    Case("cancel.closed", "denied", {"order_status": "refunding"}),
    Case("cancel.signed", "denied", signed(1)),
    Case("invoice.unpaid", "denied", {"order_status": "unpaid"}),
    Case("invoice.correct", "conditional", signed(3, issue_subtype="correction")),
    Case("invoice.due", "allowed", signed(3)),
    Case("special.late-return", "needs_approval", signed(8)),
    Case("special.earlier-promise", "needs_approval", signed(3, claims_earlier_promise=True)),
    Case("special.other", "needs_approval", signed(3)),
)
