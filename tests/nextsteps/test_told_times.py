"""From ticket to draft: only times of clocks that still hold are named, and what has run out is shown."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.base import BEIJING
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket

NOW = datetime(2026, 11, 19, 12, 0, tzinfo=BEIJING)
DELAY = "快递怎么还没到，都等了好几天了，帮我催一下，订单JD20261112001"
_PROMISED = re.compile(r"(\d+)(小时|个工作日|天|分钟)内给您回复")


def suggest(services: Services, text: str, hours: float, **fields: Any) -> Suggestion:
    """The suggestion for a message of NOW in a ticket that was opened some hours before."""
    order = {"id": "JD20261112001", "status": "shipped", "logistics": {"waybill": "JDV1"}}
    return services.desk.suggest(
        Ticket.model_validate({
            "platform": "jd", "opened_at": NOW - timedelta(hours=hours), "order": order,
            "messages": [{"role": "customer", "text": text, "at": NOW}], **fields,
        }),
        LOCAL,
    )  # fmt: skip


def due(suggestion: Suggestion) -> dict[str, datetime]:
    return {row.clock: row.due_at for row in suggestion.sla}


@pytest.mark.parametrize(("hours", "told"), [(0, "24小时"), (6, "18小时"), (23, "1小时"), (30, "2小时")])
def test_a_draft_names_what_is_left_of_the_clock_else_the_next_follow_up(
    sample: Services, hours: float, told: str
) -> None:
    suggestion = suggest(sample, DELAY, hours)
    assert suggestion.drafts
    for draft in suggestion.drafts:
        assert ["".join(match.groups()) for match in _PROMISED.finditer(draft.plain_text)] == [told]
        assert draft.compliance.status != "block"


def test_a_sentence_whose_time_is_over_is_no_longer_said(sample: Services) -> None:
    assert any("24小时内反馈" in draft.text for draft in suggest(sample, DELAY, 0).drafts)
    assert not any("24小时内反馈" in draft.text for draft in suggest(sample, DELAY, 30).drafts)


def test_what_has_run_out_is_shown_and_the_customer_s_wait_is_owned(sample: Services) -> None:
    late = suggest(sample, DELAY, 30)
    assert due(late)["plan"] == NOW - timedelta(hours=6)
    assert due(late)["follow_up"] == NOW + timedelta(hours=2)
    assert any(warning.startswith("已超时：处理方案应于2026-11-19 06:00前") for warning in late.warnings)
    assert any("（已超时：" in step.text for step in late.next_steps)
    assert any("让您久等了。" in draft.text for draft in late.drafts)


def test_in_time_nothing_is_said_of_lateness(sample: Services) -> None:
    fresh = suggest(sample, DELAY, 1)
    assert not [warning for warning in fresh.warnings if "超时" in warning]
    assert not any("久等" in draft.text for draft in fresh.drafts)


def test_two_refused_plans_go_to_compliance(sample: Services) -> None:
    suggestion = suggest(sample, "你们的方案我还是不接受", 5, history={"plans_rejected": 2})
    assert "compliance" in suggestion.route.also_notify
    assert any(step.owner == "compliance" for step in suggestion.next_steps)
    assert "plan" not in due(suggestion)


def test_a_merchant_who_is_silent_for_48_hours_is_passed_over(sample: Services) -> None:
    order = {"id": "JD20261112001", "status": "signed", "merchant_notified_at": NOW - timedelta(hours=49)}
    suggestion = suggest(sample, "商家两天了都不回我的退货申请", 50, order=order)
    assert suggestion.route.owner == "supervisor"
    assert due(suggestion)["merchant_silent"] == NOW - timedelta(hours=1)
    assert any(step.action in ("platform_step_in", "merchant_silent") for step in suggestion.next_steps)
