"""The trace names every rule that fired, and the same ticket is decided the same way again."""

import re
from typing import Any

import pytest

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.rulebook.loader import Rulebook

AT = "2026-11-20T10:00:00+08:00"
TICKETS: tuple[dict[str, Any], ...] = (
    {
        "id": "T-1", "platform": "jd", "messages": [{"role": "customer", "text": "杯子不喜欢，想退货退款", "at": AT}],
        "order": {"id": "JD1", "status": "signed", "signed_at": "2026-11-17T10:00:00+08:00", "amount": "99.00",
                  "items": [{"sku": "A", "title": "杯子", "price": "99.00"}]},
    },
    {
        "id": "T-2", "messages": [{"role": "customer", "text": "电饭煲通电冒烟了，差点起火，必须赔偿！", "at": AT}],
        "order": {"id": "JD2", "status": "signed", "signed_at": "2026-11-01T10:00:00+08:00"},
        "history": {"contacts_same_issue": 3},
    },
    {
        "id": "T-3", "messages": [{"role": "customer", "text": "都付款三天了怎么还没到", "at": AT}],
        "order": {"id": "JD3", "status": "paid", "paid_at": "2026-11-17T10:00:00+08:00"},
    },
)  # fmt: skip


def suggested(services: Services, ticket: dict[str, Any]) -> Suggestion:
    return services.desk.suggest(Ticket.model_validate(ticket), LOCAL)


def kept(suggestion: Suggestion) -> dict[str, Any]:
    body = suggestion.model_dump(mode="json", exclude={"id", "created_at"})
    del body["trace"]["timings_ms"]
    return body


@pytest.mark.parametrize("ticket", TICKETS, ids=lambda ticket: str(ticket["id"]))
def test_the_same_ticket_is_decided_the_same_way(sample: Services, ticket: dict[str, Any]) -> None:
    assert kept(suggested(sample, ticket)) == kept(suggested(sample, ticket))


@pytest.mark.parametrize("ticket", TICKETS, ids=lambda ticket: str(ticket["id"]))
def test_every_rule_is_named(sample: Services, rulebook: Rulebook, ticket: dict[str, Any]) -> None:
    found = suggested(sample, ticket)
    rules, kind = found.trace.rules, found.classification
    key = f"{kind.issue_type}/{kind.issue_subtype}"
    assert {entry.rule for entry in found.entitlements} <= set(rules)
    escalations = {row.id: row.reason for row in rulebook.escalation.rows}
    assert all(escalations[rule] in found.route.reason for rule in rules if rule in escalations)
    if found.route.owner != "frontline":
        assert any(rule in escalations for rule in rules)
    steps = [rule.removeprefix(f"step:{key}.") for rule in rules if rule.startswith("step:")]
    assert steps == [step.action for step in found.next_steps if step.action != "escalate"]
    needs = {rule.removeprefix(f"need:{key}.") for rule in rules if rule.startswith("need:")}
    assert needs <= {need.field for need in rulebook.playbooks[key].needs}
    clocks = {rule.split(":")[1].rpartition(".")[0] for rule in rules if rule.startswith("sla:")}
    assert {due.clock for due in found.sla} <= clocks
    assert len(rules) == len(set(rules))


@pytest.mark.parametrize("ticket", TICKETS, ids=lambda ticket: str(ticket["id"]))
def test_every_name_leads_to_a_rule_of_the_rulebook(
    sample: Services, rulebook: Rulebook, ticket: dict[str, Any]
) -> None:
    found = suggested(sample, ticket)
    key = f"{found.classification.issue_type}/{found.classification.issue_subtype}"
    playbook = rulebook.playbooks[key]
    rows = {row.id for table in rulebook.entitlements.tables for row in table.rows}
    open_rows = {f"{table.action}.open" for table in rulebook.entitlements.tables}
    counted = {"say": len(playbook.say), "act": len(playbook.acts)}
    for rule in found.trace.rules:
        part, _, name = rule.partition(":")
        if not name:
            assert rule in rows | open_rows | {row.id for row in rulebook.escalation.rows}, rule
        elif part == "shift":
            assert name in {shift.id for shift in rulebook.signals.shifts}
        elif part == "heard":
            assert name in {heard.signal for heard in rulebook.signals.heard}
        elif part in counted:
            assert re.fullmatch(re.escape(key) + r"\.\d+", name)
            assert 1 <= int(name.rpartition(".")[2]) <= counted[part]
        elif part == "sla":
            clock, _, number = name.rpartition(".")
            assert 1 <= int(number) <= sum(row.id == clock for row in rulebook.sla.clocks)
        else:
            assert part in ("step", "need"), rule


def test_a_shift_is_named_where_the_order_moves_the_problem(sample: Services) -> None:
    assert "shift:paid_not_shipped" in suggested(sample, TICKETS[2]).trace.rules
    assert not any(rule.startswith("shift:paid") for rule in suggested(sample, TICKETS[0]).trace.rules)


def test_only_the_sentences_whose_conditions_hold_are_named(sample: Services, rulebook: Rulebook) -> None:
    found = suggested(sample, TICKETS[0])
    said = [rule for rule in found.trace.rules if rule.startswith("say:return_exchange/no_reason_return.")]
    assert 0 < len(said) < len(rulebook.playbooks["return_exchange/no_reason_return"].say)
