"""A database of the first version, with approvals in it, is brought to the current schema and back."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from copilot.store import approvals as store
from copilot.store import migrate as migration
from copilot.store.database import open_engine
from copilot.store.tables import Base
from tests.contracts.servers import postgres_database

CONTENT = {
    "id": "APR-1", "kind": "coupon", "amount": "30.00", "order_id": "JD123", "ticket_id": "T-1",
    "expires_at": "2026-06-30T23:59:00+08:00",
}  # fmt: skip


def to(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migration.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if revision == "copilot_0001" and _at(engine) else command.upgrade)(config, revision)


def _at(engine: Engine) -> bool:
    return migration.current_revision(engine) is not None


def there_and_back(engine: Engine) -> None:
    to(engine, "copilot_0001")
    with engine.begin() as connection:
        for content in (CONTENT, {"id": "APR-2", "kind": "gift"}):
            connection.execute(
                text("INSERT INTO approvals (id, content, stored_at) VALUES (:id, :content, :at)"),
                {"id": content["id"], "content": json.dumps(content), "at": datetime(2026, 6, 1, tzinfo=UTC)},
            )
    migration.migrate(engine)
    with Session(engine) as session:
        row, other = store.find_row(session, "APR-1"), store.find_row(session, "APR-2")
        assert row is not None
        assert other is not None
        assert (row.source, row.order_id, row.ticket_id, row.revoked_at) == ("import", "JD123", "T-1", None)
        assert row.expires_at is not None
        assert store.aware(row.expires_at) == datetime(2026, 6, 30, 15, 59, tzinfo=UTC)
        assert (other.order_id, other.ticket_id, other.expires_at) == (None, None, None)
        held = store.held(session, "APR-1")
        assert held is not None
        assert (held.revoked, held.spent, held.approval.amount) == (False, 0, 30)
    have = inspect(engine)
    for table in Base.metadata.sorted_tables:
        assert {column["name"] for column in have.get_columns(table.name)} == set(table.columns.keys()), table.name
    to(engine, "copilot_0001")
    assert {column["name"] for column in inspect(engine).get_columns("approvals")} == {"id", "content", "stored_at"}
    migration.migrate(engine)
    engine.dispose()


@pytest.mark.filterwarnings("ignore:The default datetime adapter:DeprecationWarning")
def test_on_sqlite(tmp_path: Path) -> None:
    there_and_back(open_engine(tmp_path, None))


def test_on_postgresql(tmp_path: Path) -> None:
    with postgres_database() as url:
        there_and_back(open_engine(tmp_path, url))
