"""Group complaints: five customers with one problem of one SKU inside 72 hours, counted over stored tickets."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.bootstrap import Services, build
from copilot.desk import LOCAL
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Owner, RiskFlag
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings
from copilot.store.tables import ProblemRow
from tests.conftest import NOW, fixed_clock
from tests.contracts.servers import postgres_database

BROKEN = "电饭煲按了开关没反应，不通电，坏了"


def ticket(customer: str | None, *, skus: tuple[str, ...] = ("A1",), at: datetime = NOW, text: str = BROKEN) -> Ticket:
    content: dict[str, Any] = {
        "opened_at": at.isoformat(), "messages": [{"role": "customer", "text": text}],
        "order": {"status": "signed", "items": [{"sku": sku, "title": "电饭煲"} for sku in skus]},
    }  # fmt: skip
    if customer is not None:
        content["customer"] = {"id": customer}
    return Ticket.model_validate(content)


def flagged(suggestion: Suggestion) -> bool:
    return RiskFlag.GROUP_COMPLAINT in suggestion.classification.risk_flags


def reported(services: Services, *customers: str, **more: Any) -> None:
    for customer in customers:
        assert not flagged(services.desk.suggest(ticket(customer, **more), LOCAL))


def test_the_fifth_customer_makes_it_a_group(empty: Services) -> None:
    reported(empty, "C1", "C2", "C3", "C4")
    fifth = empty.desk.suggest(ticket("C5"), LOCAL)
    kind = fifth.classification
    assert (kind.issue_subtype, kind.priority, kind.complaint_level) == ("malfunction", "P0", 1)
    assert flagged(fifth)
    assert fifth.route.owner is Owner.SUPERVISOR
    assert fifth.trace.rules[0] == "group.customers"
    assert "escalate.group" in fifth.trace.rules
    assert fifth.trace.extra["group"] == {
        "customers": 5, "sku": "a1", "problem": "quality/malfunction", "within_hours": 72,
    }  # fmt: skip
    # Whoever is anonymous sees the five others and adds nobody.
    assert flagged(empty.desk.suggest(ticket(None), LOCAL))


def test_a_fourth_customer_is_traced_and_makes_no_group(empty: Services) -> None:
    reported(empty, "C1", "C2", "C3")
    fourth = empty.desk.suggest(ticket("C4"), LOCAL)
    assert fourth.trace.extra["group"]["customers"] == 4
    assert "group.customers" not in fourth.trace.rules


def test_one_customer_counts_once_however_often_they_write(empty: Services) -> None:
    reported(empty, "C1", "C1", "C1", "C2", "C2", "C3", "C4")
    assert flagged(empty.desk.suggest(ticket("C5"), LOCAL))


@pytest.mark.parametrize(
    "fifth",
    [
        ticket("C5", skus=("B2",)),
        ticket("C5", skus=()),
        ticket(None),
        ticket("C5", text="想问一下发票怎么开"),
        ticket("C5", text="收到的颜色和图片完全不一样，色差太大了"),
        ticket("C5", at=NOW + timedelta(hours=72)),
        ticket("C5", at=NOW - timedelta(hours=1)),
    ],
    ids=["other goods", "no goods", "no customer", "a question", "another problem", "72 h later", "told earlier"],
)
def test_what_does_not_add_up(empty: Services, fifth: Ticket) -> None:
    reported(empty, "C1", "C2", "C3", "C4")
    assert not flagged(empty.desk.suggest(fifth, LOCAL))


def test_the_window_ends_after_72_hours(empty: Services) -> None:
    reported(empty, "C1", "C2", "C3", "C4")
    assert flagged(empty.desk.suggest(ticket("C5", at=NOW + timedelta(hours=71, minutes=59)), LOCAL))


def test_the_sku_that_most_share_counts(empty: Services) -> None:
    reported(empty, "C1", "C2", "C3", "C4", skus=("X", "A1"))
    fifth = empty.desk.suggest(ticket("C5", skus=("Y", " a1 ")), LOCAL)
    assert fifth.trace.extra["group"]["sku"] == "a1"
    assert flagged(fifth)


def test_questions_of_many_customers_are_no_incident(empty: Services) -> None:
    for number in range(6):
        asked = empty.desk.suggest(ticket(f"C{number}", text="这个可以开发票吗，怎么申请"), LOCAL)
        assert not flagged(asked)
        assert "group" not in asked.trace.extra


def test_alone_neither_counts_nor_is_counted(empty: Services) -> None:
    for customer in ("C1", "C2", "C3", "C4"):
        empty.desk.suggest(ticket(customer), LOCAL, alone=True)
    assert empty.desk.suggest(ticket("C5"), LOCAL).trace.extra["group"]["customers"] == 1
    reported(empty, "C6", "C7", "C8")
    assert not flagged(empty.desk.suggest(ticket("C9"), LOCAL, alone=True))
    assert RiskFlag.GROUP_COMPLAINT in empty.desk.classify(ticket("C9")).classification.risk_flags
    assert RiskFlag.GROUP_COMPLAINT not in empty.desk.classify(ticket("C9"), alone=True).classification.risk_flags


def test_the_customer_s_id_is_not_stored(empty: Services) -> None:
    empty.desk.suggest(ticket("顾客-8813"), LOCAL)
    with Session(empty.engine) as session:
        [row] = session.execute(select(ProblemRow)).scalars()
    assert len(row.customer) == 64
    assert "8813" not in row.customer


def test_on_postgresql(tmp_path: Path, rulebook: Rulebook) -> None:
    with postgres_database() as url:
        settings = Settings(home=tmp_path / "home", database_url=url, embeddings="none")
        with build(settings, clock=fixed_clock, rulebook=rulebook) as services:
            reported(services, "C1", "C2", "C3", "C4")
            assert flagged(services.desk.suggest(ticket("C5"), LOCAL))
            assert not flagged(services.desk.suggest(ticket("C6", at=NOW + timedelta(hours=72)), LOCAL))
