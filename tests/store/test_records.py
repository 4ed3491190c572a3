"""The register over stored suggestions: one row a ticket, periods, retention and what a purge leaves whole."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from copilot.bootstrap import Services, build
from copilot.desk import LOCAL
from copilot.domain.base import BEIJING
from copilot.domain.ticket import Ticket
from copilot.errors import BadRequest, NotFound
from copilot.records import moment_of
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings
from copilot.store import audit
from copilot.store.tables import AuditRow, CitationRow, ProblemRow, SuggestionRow
from tests.contracts.servers import postgres_database

START = datetime(2023, 3, 1, 10, 0, tzinfo=BEIJING)


class _Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def services(tmp_path: Path, rulebook: Rulebook, clock: _Clock) -> Iterator[Services]:
    settings = Settings(home=tmp_path / "home", embeddings="none")
    with build(settings, clock=clock, rulebook=rulebook) as services:
        yield services


def suggested(services: Services, ticket_id: str | None, **more: Any) -> str:
    messages = [{"role": "customer", "text": "我叫李雷，电话13812345678，电饭煲不通电，坏了"}]
    content = {"id": ticket_id, "messages": messages, "customer": {"id": "C1"}, "order": {"items": [{"sku": "A1"}]}}
    return services.desk.suggest(Ticket.model_validate(content | more), LOCAL).id


def test_one_row_a_ticket_as_its_newest_suggestion_has_it(services: Services, clock: _Clock) -> None:
    suggested(services, "T-1")
    clock.now += timedelta(hours=1)
    alone = [suggested(services, None), suggested(services, None)]
    clock.now += timedelta(hours=1)
    newest = suggested(services, "T-1")
    rows = services.records.register(LOCAL)
    assert sorted(row.suggestion_id for row in rows) == sorted([*alone, newest])
    assert rows[-1].suggestion_id == newest
    assert (rows[0].record.customer_name, rows[0].record.phone) == ("李*", "138****5678")
    assert "13812345678" not in rows[0].model_dump_json()
    assert "quality/malfunction" in rows[0].record.tags


def test_a_period_has_its_start_and_not_its_end(services: Services, clock: _Clock) -> None:
    for number in range(3):
        clock.now = START + timedelta(days=number)
        suggested(services, f"T-{number}")
    day = timedelta(days=1)
    assert [row.ticket_id for row in services.records.register(LOCAL, START, START + 2 * day)] == ["T-0", "T-1"]
    until = moment_of("until", "2023-03-02", ends=True)
    assert [row.ticket_id for row in services.records.register(LOCAL, None, until)] == ["T-0", "T-1"]
    # The newest of the period counts, not the newest of all.
    clock.now = START + 9 * day
    suggested(services, "T-0")
    assert [row.ticket_id for row in services.records.register(LOCAL, START, START + day)] == ["T-0"]
    with pytest.raises(BadRequest, match="until"):
        services.records.register(LOCAL, START, START)


@pytest.mark.parametrize("text", ["", "gestern", "2023-02-30", "20230301", "2023-03-01 25:00"])
def test_a_moment_that_is_none_is_named(text: str) -> None:
    with pytest.raises(BadRequest, match="since"):
        moment_of("since", text)


def test_moments() -> None:
    assert moment_of("since", None) is None
    assert moment_of("since", "2023-03-01") == datetime(2023, 3, 1, tzinfo=BEIJING)
    assert moment_of("until", "2023-03-01", ends=True) == datetime(2023, 3, 2, tzinfo=BEIJING)
    assert moment_of("until", "2023-03-01T08:00", ends=True) == datetime(2023, 3, 1, 8, tzinfo=BEIJING)


def counts(services: Services) -> list[int]:
    with Session(services.engine) as session:
        tables = (SuggestionRow, CitationRow, ProblemRow)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def purged_after_three_years(services: Services, clock: _Clock) -> None:
    old = suggested(services, "T-1")
    clock.now = START + timedelta(days=1)
    kept = suggested(services, "T-2")
    before = counts(services)
    clock.now = START + timedelta(days=1095)
    assert services.records.purge(LOCAL).suggestions == 0
    clock.now += timedelta(seconds=1)
    counted = services.records.purge(LOCAL)
    assert (counted.suggestions, counted.removed) == (1, False)
    assert counts(services) == before
    done = services.records.purge(LOCAL, remove=True)
    assert (done.suggestions, done.removed, done.retention_days) == (1, True, 1095)
    assert counts(services) == [number // 2 for number in before]
    with pytest.raises(NotFound):
        services.desk.suggestion(old)
    assert services.desk.suggestion(kept).id == kept
    with Session(services.engine) as session:
        assert audit.first_break(session) is None
        rows = session.execute(select(AuditRow).where(AuditRow.action == "records.purged")).scalars().all()
        assert [row.detail["suggestions"] for row in rows] == [1]
        made = session.execute(select(AuditRow.subject).where(AuditRow.action == "suggestion.created")).scalars().all()
        assert old in made
    assert services.records.purge(LOCAL, remove=True).suggestions == 0


def test_a_purge_removes_what_is_past_three_years_and_nothing_else(services: Services, clock: _Clock) -> None:
    text = "# 保修 {#policy.x}\n\n电饭煲不通电的，保修期内免费维修。\n"
    services.knowledge.add_text("保修.md", text.encode(), kind="policy", publish=True, actor="local")
    purged_after_three_years(services, clock)


def test_on_postgresql(tmp_path: Path, rulebook: Rulebook, clock: _Clock) -> None:
    with postgres_database() as url:
        settings = Settings(home=tmp_path / "home", database_url=url, embeddings="none")
        with build(settings, clock=clock, rulebook=rulebook) as services:
            purged_after_three_years(services, clock)
            assert [row.ticket_id for row in services.records.register(LOCAL)] == ["T-2"]


def test_less_than_three_years_is_refused() -> None:
    with pytest.raises(ValueError, match="1095 days: after-sales records are kept for three years"):
        Settings(retention_days=1094)
    assert Settings(retention_days=2000).retention_days == 2000
