"""The audit chain: whole after concurrent writers, and every kind of tampering shows."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from copilot.store import audit
from copilot.store.database import open_engine, writing
from copilot.store.migrate import migrate
from copilot.store.tables import AuditRow
from tests.conftest import NOW


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_engine(tmp_path, None)
    migrate(engine)
    return engine


def write(engine: Engine, number: int) -> None:
    with writing(engine) as session:
        audit.append(session, NOW, "someone", "tested", str(number), {"n": number, "备注": "中文"})


def first_break(engine: Engine) -> int | None:
    with Session(engine) as session:
        return audit.first_break(session)


def test_concurrent_writers_keep_one_chain(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: write(engine, n), range(60)))
    with Session(engine) as session:
        rows = session.execute(select(AuditRow).order_by(AuditRow.seq)).scalars().all()
    assert [row.seq for row in rows] == list(range(1, 61))
    assert {row.subject for row in rows} == {str(n) for n in range(60)}
    assert first_break(engine) is None


def test_a_failed_use_case_leaves_no_row(engine: Engine) -> None:
    write(engine, 0)

    def fail() -> None:
        with writing(engine) as session:
            audit.append(session, NOW, "someone", "tested", "1", {})
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    with Session(engine) as session:
        assert len(session.execute(select(AuditRow)).all()) == 1


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        (update(AuditRow).where(AuditRow.seq == 2).values(actor="other"), 2),
        (update(AuditRow).where(AuditRow.seq == 3).values(detail={"n": 99}), 3),
        (delete(AuditRow).where(AuditRow.seq == 2), 2),
        (delete(AuditRow).where(AuditRow.seq == 1), 1),
    ],
)
def test_tampering_shows(engine: Engine, tamper: object, broken: int) -> None:
    for number in range(4):
        write(engine, number)
    with Session(engine) as session, session.begin():
        session.execute(tamper)  # type: ignore[call-overload]  # update and delete share no public base
    assert first_break(engine) == broken
