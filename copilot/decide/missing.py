"""What the ticket still lacks: the playbook's needs and the facts that leave an entitlement unknown."""

from collections.abc import Mapping
from typing import Any

from copilot.decide.entitlements import Ruling
from copilot.domain.suggestion import Entities, MissingInformation
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import MissingField
from copilot.rulebook.models import EntitlementFile, Playbook

_ASK = {
    MissingField.ORDER_ID: "订单号",
    MissingField.WAYBILL: "运单号",
    MissingField.PHOTOS: "问题部位的照片",
    MissingField.PRODUCT: "商品名称",
}
"""How a fact that only an entitlement needs is asked for."""


def known_fields(ticket: Ticket, entities: Entities, given: frozenset[str]) -> frozenset[MissingField]:
    """The fields that nobody may ask for again. `given` are those that the conversation already holds."""
    order, items = ticket.order, ticket.items()
    shown = {attachment.kind for attachment in ticket.attachments or ()}
    waybill = (order.logistics.waybill if order and order.logistics else None) or entities.waybill
    tests: Mapping[MissingField, object] = {
        MissingField.ORDER_ID: (order and order.id) or entities.order_id,
        MissingField.WAYBILL: waybill,
        MissingField.PHOTOS: shown & {"photo", "video"},
        MissingField.VIDEO: "video" in shown,
        MissingField.SCREENSHOT: shown & {"screenshot", "photo"},
        MissingField.PRODUCT: items or entities.products or (order and order.id),
        MissingField.SKU: any(item.sku for item in items),
        MissingField.MODEL: any(item.title or item.sku for item in items),
        MissingField.PURCHASE_DATE: order and (order.paid_at or order.signed_at),
        MissingField.SUPPORTING_DOCUMENTS: "document" in shown,
        MissingField.MEDICAL_RECORD: "document" in shown,
        MissingField.PAYMENT_RECORD: shown & {"screenshot", "document"},
    }
    known = {field for field, held in tests.items() if held}
    return frozenset(known | {field for field in MissingField if field in given})


def missing_information(
    playbook: Playbook,
    rulings: tuple[Ruling, ...],
    view: Mapping[str, Any],
    known: frozenset[MissingField],
    file: EntitlementFile,
) -> tuple[MissingInformation, ...]:
    """Each field once: the playbook's wording first, then what an unknown entitlement waits for."""
    found: dict[MissingField, MissingInformation] = {}
    for need in playbook.needs:
        if need.field not in known and need.field not in found and need.when.holds(view):
            found[need.field] = MissingInformation(field=need.field, ask=need.ask, why=need.why)
    for ruling in rulings:
        for fact in ruling.missing_facts:
            field = file.asks.get(fact)
            if field in _ASK and field not in known and field not in found:
                found[field] = MissingInformation(field=field, ask=_ASK[field], why="判断是否符合办理条件")
    return tuple(found.values())
