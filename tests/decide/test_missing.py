"""What is asked of the customer: what the playbook needs and an open entitlement waits for, never what is there."""

from typing import Any

import pytest

from copilot.decide.missing import known_fields, missing_information
from copilot.domain.suggestion import Entities
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import MissingField
from copilot.rulebook.models import Playbook
from tests.decide.cases import FILE, ruling, signed, view

NOTHING = Entities()


def ticket(**fields: Any) -> Ticket:
    return Ticket.model_validate({"messages": [{"role": "customer", "text": "坏了"}], **fields})


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({}, set()),
        ({"order": {"id": "JD1"}}, {"order_id", "product"}),
        ({"order": {"signed_at": "2026-06-01"}}, {"purchase_date"}),
        ({"order": {"items": [{"title": "电饭煲"}]}}, {"product", "model"}),
        ({"order": {"items": [{"sku": "A1"}]}}, {"product", "model", "sku"}),
        ({"order": {"logistics": {"waybill": "SF1"}}}, {"waybill"}),
        ({"attachments": [{"kind": "photo"}]}, {"photos", "screenshot"}),
        ({"attachments": [{"kind": "video"}]}, {"photos", "video"}),
        ({"attachments": [{"kind": "screenshot"}]}, {"screenshot", "payment_record"}),
        ({"attachments": [{"kind": "document"}]}, {"supporting_documents", "medical_record", "payment_record"}),
    ],
)
def test_what_the_ticket_holds_is_known(fields: dict[str, Any], known: set[str]) -> None:
    assert known_fields(ticket(**fields), NOTHING, frozenset()) == known


def test_what_the_conversation_names_is_known() -> None:
    named = Entities(order_id="JD1", waybill="SF1", products=("电饭煲",))
    assert known_fields(ticket(), named, frozenset()) == {"order_id", "waybill", "product"}


def test_what_the_reading_found_is_known_and_other_words_are_no_field() -> None:
    given = frozenset({"size", "phone", "colour"})
    assert known_fields(ticket(), NOTHING, given) == {MissingField.SIZE, MissingField.PHONE}


PLAYBOOK = Playbook.model_validate(
    {
        "subtype": "malfunction",
        "restate": "商品有故障",
        "steps": [],
        "needs": [
            {"field": "order_id", "ask": "您的订单号", "why": "核对订单"},
            {"field": "video", "ask": "故障视频", "why": "核实故障", "when": {"category": ["appliance"]}},
            {"field": "photos", "ask": "铭牌照片", "why": "核对型号"},
            {"field": "photos", "ask": "故障部位照片", "why": "核实故障"},
        ],
    }
)


def asks(known: tuple[str, ...] = (), **facts: Any) -> dict[str, str]:
    rulings = (ruling("return_refund", **facts), ruling("cancel", **facts))
    fields = frozenset(map(MissingField, known))
    found = missing_information(PLAYBOOK, rulings, view(**facts), fields, FILE)
    assert len(found) == len({entry.field for entry in found})
    return {entry.field: entry.ask for entry in found}


def test_the_playbook_s_own_words_come_first_and_each_field_once() -> None:
    assert asks() == {"order_id": "您的订单号", "photos": "铭牌照片"}


def test_a_need_is_asked_for_only_where_its_condition_holds() -> None:
    assert "video" in asks(category="appliance")
    assert "video" not in asks(category="toy")


def test_what_is_there_is_not_asked_for_again() -> None:
    assert asks(("order_id", "photos")) == {}


def test_an_open_entitlement_asks_for_its_fact_in_our_words() -> None:
    bare = PLAYBOOK.model_copy(update={"needs": ()})
    open_ruling = ruling("return_refund", **signed(None))
    (entry,) = missing_information(bare, (open_ruling,), view(), frozenset(), FILE)
    assert (entry.field, entry.ask) == ("order_id", "订单号")
    assert missing_information(bare, (ruling("return_refund", **signed(3)),), view(), frozenset(), FILE) == ()


def test_every_fact_that_a_table_waits_for_has_a_field_with_words() -> None:
    bare = PLAYBOOK.model_copy(update={"needs": ()})
    template = ruling("cancel")
    for fact, field in FILE.asks.items():
        waiting = template.model_copy(update={"missing_facts": (fact,)})
        (entry,) = missing_information(bare, (waiting,), view(), frozenset(), FILE)
        assert entry.field is field
        assert entry.ask
