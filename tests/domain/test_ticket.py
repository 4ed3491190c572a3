"""What a ticket accepts, and what it refuses with the field's name."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from copilot.domain.base import BEIJING
from copilot.domain.ticket import MAX_MESSAGES, MAX_TICKET_CHARACTERS, Ticket

MESSAGE = {"role": "customer", "text": "杯子收到就是裂的"}


def ticket(**fields: Any) -> Ticket:
    return Ticket.model_validate({"messages": [MESSAGE], **fields})


def refusals(document: Any) -> dict[str, str]:
    """Dotted field → what is said of it."""
    with pytest.raises(ValidationError) as caught:
        Ticket.model_validate(document)
    return {".".join(map(str, error["loc"])): error["msg"] for error in caught.value.errors()}


def refused(**fields: Any) -> dict[str, str]:
    return refusals({"messages": [MESSAGE], **fields})


FULL: dict[str, Any] = {
    "id": "T-1001",
    "channel": "jd_dongdong",
    "platform": "jd",
    "operator": "merchant",
    "opened_at": "2026-06-18T10:02:00+08:00",
    "messages": [
        {"role": "customer", "text": "煲不加热", "at": "2026-06-18T10:02:00+08:00"},
        {"role": "agent", "text": "您好，请稍等。"},
    ],
    "customer": {"id": "C1", "tier": "plus"},
    "order": {
        "id": "JD123",
        "status": "signed",
        "paid_at": "2026-06-10T10:00:00+08:00",
        "signed_at": "2026-06-12T10:00:00+08:00",
        "amount": "199.00",
        "items": [
            {"sku": "A1", "title": "电饭煲", "category": "appliance", "price": "199.00", "quantity": 1,
             "tags": ["digital", "opened"]}
        ],
        "freight_insurance": True,
        "logistics": {"carrier": "jd", "waybill": "JDV1", "last_event": "已签收"},
    },
    "history": {"contacts_same_issue": 2, "plans_rejected": 1},
    "approvals": [{"id": "APR-1", "kind": "coupon", "amount": "30.00", "currency": "CNY", "order_id": "JD123"}],
    "attachments": [{"kind": "photo"}],
    "application": {"kind": "return", "state": "submitted", "reason": "质量问题"},
    "fault": "claimed",
}  # fmt: skip


def test_the_full_ticket_is_read_and_written_back_as_it_was() -> None:
    read = Ticket.model_validate_json(json.dumps(FULL))
    assert read.order is not None
    assert read.order.amount == Decimal("199.00")
    assert read.customer_texts() == ("煲不加热",)
    assert [item.sku for item in read.items()] == ["A1"]
    assert json.loads(read.model_dump_json(exclude_none=True)) == FULL


def test_only_messages_is_required_and_null_means_absent() -> None:
    nulls = {name: None for name in Ticket.model_fields if name != "messages"}
    assert ticket(**nulls) == ticket()
    assert ticket().items() == ()
    assert ticket(order={"items": None}).items() == ()


@pytest.mark.parametrize("document", [{}, {"messages": None}, {"messages": []}, {"messages": "坏了"}, {"messages": {}}])
def test_a_ticket_without_messages_is_refused(document: dict[str, Any]) -> None:
    assert list(refusals(document)) == ["messages"]


@pytest.mark.parametrize("document", [None, [], "坏了", 7, [MESSAGE]])
def test_what_is_no_object_is_refused(document: Any) -> None:
    assert refusals(document)


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u3000\u3000", "\r\n"])
def test_an_empty_text_is_refused(text: str) -> None:
    assert "must not be empty" in refused(messages=[{"role": "customer", "text": text}])["messages.0.text"]


@pytest.mark.parametrize("text", [None, 5, True, ["坏了"], {"zh": "坏了"}])
def test_a_text_that_is_no_text_is_refused(text: Any) -> None:
    assert "messages.1.text" in refused(messages=[MESSAGE, {"role": "customer", "text": text}])


@pytest.mark.parametrize("text", ["\ud800", "坏了\udc00", "a\udfffb"])
def test_a_lone_surrogate_is_refused_by_name(text: str) -> None:
    assert "Unicode" in refused(messages=[{"role": "customer", "text": text}])["messages.0.text"]


def test_a_lone_surrogate_in_json_is_refused() -> None:
    with pytest.raises(ValidationError):
        Ticket.model_validate_json('{"messages": [{"role": "customer", "text": "\\ud800"}]}')


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"id": "T\ud800"}, "id"),
        ({"customer": {"id": "\udc00"}}, "customer.id"),
        ({"order": {"items": [{"title": "煲\ud800"}]}}, "order.items.0.title"),
        ({"application": {"reason": "\ud800"}}, "application.reason"),
        ({"approvals": [{"id": "A", "kind": "cash", "basis": "\ud800"}]}, "approvals.0.basis"),
    ],
)
def test_a_lone_surrogate_elsewhere_is_refused_too(fields: dict[str, Any], place: str) -> None:
    assert place in refused(**fields)


def test_characters_beyond_the_basic_plane_are_text() -> None:
    assert ticket(messages=[{"role": "customer", "text": "😡𠮷"}]).customer_texts() == ("😡𠮷",)


def test_the_message_limit_stands_at_its_number() -> None:
    assert len(ticket(messages=[MESSAGE] * MAX_MESSAGES).messages) == 300
    assert "300" in refused(messages=[MESSAGE] * 301)["messages"]


def test_ten_megabytes_of_text_are_refused_with_the_limit() -> None:
    assert "20000" in refused(messages=[{"role": "customer", "text": "坏" * 10_000_000}])["messages.0.text"]


def test_the_length_limits_stand_at_their_numbers() -> None:
    longest = {"role": "customer", "text": "坏" * 20_000}
    assert ticket(messages=[longest] * 5)
    message = refused(messages=[longest] * 5 + [{"role": "agent", "text": "好"}])[""]
    assert message.startswith("Value error, messages:")
    assert str(MAX_TICKET_CHARACTERS) in message
    assert "messages.0.text" in refused(messages=[{"role": "customer", "text": "坏" * 20_001}])


@pytest.mark.parametrize("roles", [["agent"], ["agent", "bot", "system"]])
def test_a_conversation_without_the_customer_is_refused(roles: list[str]) -> None:
    assert '"customer"' in refused(messages=[{"role": role, "text": "您好"} for role in roles])[""]


@pytest.mark.parametrize("role", ["user", "Customer", "", None, 1])
def test_an_unknown_role_is_refused(role: Any) -> None:
    assert "messages.0.role" in refused(messages=[{"role": role, "text": "坏了"}])


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"prority": "P1"}, "prority"),
        ({"messages": [MESSAGE, {**MESSAGE, "sender": "x"}]}, "messages.1.sender"),
        ({"customer": {"name": "x"}}, "customer.name"),
        ({"order": {"order_no": "x"}}, "order.order_no"),
        ({"order": {"items": [{"count": 1}]}}, "order.items.0.count"),
        ({"order": {"logistics": {"company": "x"}}}, "order.logistics.company"),
        ({"history": {"calls": 3}}, "history.calls"),
        ({"approvals": [{"id": "A", "kind": "cash", "approved": True}]}, "approvals.0.approved"),
        ({"attachments": [{"kind": "photo", "url": "x"}]}, "attachments.0.url"),
        ({"application": {"status": "x"}}, "application.status"),
    ],
)
def test_an_unknown_field_is_refused_by_name_at_every_level(fields: dict[str, Any], place: str) -> None:
    assert refused(**fields) == {place: "Extra inputs are not permitted"}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"channel": "wechat"}, "channel"),
        ({"platform": "JD"}, "platform"),
        ({"platform": ""}, "platform"),
        ({"platform": "京东"}, "platform"),
        ({"operator": "shop"}, "operator"),
        ({"fault": "maybe"}, "fault"),
        ({"customer": {"tier": "gold"}}, "customer.tier"),
        ({"order": {"status": "delivered"}}, "order.status"),
        ({"order": {"items": [{"tags": ["broken"]}]}}, "order.items.0.tags.0"),
        ({"order": {"items": [{"tags": "opened"}]}}, "order.items.0.tags"),
        ({"order": {"items": [{"quantity": 0}]}}, "order.items.0.quantity"),
        ({"order": {"items": [{"quantity": 1.5}]}}, "order.items.0.quantity"),
        ({"order": {"items": [{}] * 201}}, "order.items"),
        ({"order": []}, "order"),
        ({"history": {"contacts_same_issue": -1}}, "history.contacts_same_issue"),
        ({"approvals": [{"kind": "cash"}]}, "approvals.0.id"),
        ({"approvals": [{"id": "A", "kind": "money"}]}, "approvals.0.kind"),
        ({"approvals": [{"id": "A", "kind": "points", "percent": "0"}]}, "approvals.0.percent"),
        ({"approvals": [{"id": "A", "kind": "cash"}] * 51}, "approvals"),
        ({"attachments": [{"kind": "audio"}]}, "attachments.0.kind"),
        ({"application": {"state": "done"}}, "application.state"),
        ({"id": ""}, "id"),
        ({"id": "T" * 201}, "id"),
        ({"id": 7}, "id"),
    ],
)
def test_a_value_outside_its_vocabulary_is_refused_by_name(fields: dict[str, Any], place: str) -> None:
    assert list(refused(**fields)) == [place]


def test_a_platform_that_the_rulebook_may_define_is_accepted() -> None:
    assert ticket(platform="pdd_global2").platform == "pdd_global2"


class TestNow:
    CLOCK = datetime(2026, 11, 20, 10, 0, tzinfo=BEIJING)

    def test_the_last_message_comes_first(self) -> None:
        messages = [{**MESSAGE, "at": "2026-06-18T10:00:00"}, {"role": "agent", "text": "好", "at": "2026-06-18T11:00"}]
        moment = ticket(messages=messages, opened_at="2026-06-17T09:00:00").now(self.CLOCK)
        assert moment == datetime(2026, 6, 18, 11, tzinfo=BEIJING)

    def test_then_the_opening_where_the_last_message_has_no_time(self) -> None:
        messages = [{**MESSAGE, "at": "2026-06-18T10:00:00"}, MESSAGE]
        moment = ticket(messages=messages, opened_at="2026-06-17T09:00:00").now(self.CLOCK)
        assert moment == datetime(2026, 6, 17, 9, tzinfo=BEIJING)

    def test_then_the_clock(self) -> None:
        assert ticket().now(self.CLOCK) == self.CLOCK


def test_a_ticket_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ticket().__setattr__("id", "T-2")
