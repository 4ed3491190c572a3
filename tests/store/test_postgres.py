"""The same main job on PostgreSQL, where one answers on this machine; otherwise skipped with one line."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from copilot.bootstrap import build
from copilot.desk import LOCAL
from copilot.domain.ticket import Ticket
from copilot.library import Labels
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings
from copilot.store import audit
from kb.models import IngestReport, SearchRequest
from tests.conftest import fixed_clock

SERVER = os.environ.get("COPILOT_TEST_POSTGRES", "postgresql+psycopg://127.0.0.1:5432")


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of a fresh database, dropped afterwards."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'aftersales-copilot[postgres]'")
    name = f"copilot_test_{os.getpid()}"
    admin = create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        admin.dispose()
        pytest.skip(f"no PostgreSQL answers at {SERVER}")
    yield f"{SERVER}/{name}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def test_the_main_job_runs_on_postgresql(database: str, tmp_path: Path, rulebook: Rulebook) -> None:
    settings = Settings(home=tmp_path / "home", database_url=database, embeddings="none")
    with build(settings, clock=fixed_clock, rulebook=rulebook) as services:
        file = tmp_path / "退货.md"
        file.write_text("# 退货\n\n因尺码不合适退货的，退回运费由顾客承担。\n", encoding="utf-8")
        [report] = services.knowledge.add_path(file, kind="policy", publish=True, actor="test")
        assert isinstance(report, IngestReport)
        assert report.state == "published"
        hits = services.desk.search(SearchRequest(query="退货运费谁承担")).hits
        assert "退回运费由顾客承担" in hits[0].text
        ticket = Ticket.model_validate({"messages": [{"role": "customer", "text": "尺码不合适想退，运费谁出"}]})
        made = services.desk.suggest(ticket, LOCAL)
        assert services.desk.suggestion(made.id).model_dump_json() == made.model_dump_json()
        with Session(services.engine) as session:
            assert audit.first_break(session) is None
        assert services.knowledge.drift().clean
    with build(settings, clock=fixed_clock, rulebook=rulebook) as services:
        assert services.desk.suggestion(made.id).model_dump_json() == made.model_dump_json()


def test_a_document_lives_on_postgresql(database: str, tmp_path: Path, rulebook: Rulebook) -> None:
    settings = Settings(home=tmp_path / "home", database_url=database, embeddings="none", kb_solo=True)
    with build(settings, clock=fixed_clock, rulebook=rulebook) as services:
        library = services.library
        document = library.add(
            LOCAL, "退货.md", "# 退货\n\n退回运费由顾客承担。\n".encode(), Labels(kind="policy")
        ).document_id
        library.submit(LOCAL, document, valid_from=date(2026, 1, 1))
        library.approve(LOCAL, document)
        library.publish(LOCAL, document)
        ticket = Ticket.model_validate({"messages": [{"role": "customer", "text": "想退货，退回运费谁承担"}]})
        services.desk.suggest(ticket, LOCAL)
        [clause] = library.clauses(LOCAL, document)
        library.set_wordings(LOCAL, clause.clause_id, ["邮费谁掏"])
        cited = library.impact(LOCAL, document_id=document, since=date(2026, 1, 1)).citations
        assert [entry.standing for entry in cited] == ["in_force"]
        library.add(LOCAL, "退货.md", "# 退货\n\n退回运费由商家承担。\n".encode(), Labels(kind="policy"))
        assert [change.kind for change in library.diff(LOCAL, document).clauses] == ["changed"]
        library.publish(LOCAL, document, administrator=True)
        library.archive(LOCAL, document)
        library.rollback(LOCAL, document, 1)
        library.retire(LOCAL, document)
        assert [step.waived for step in library.history(LOCAL, document) if step.waived] == ["solo", "admin"]
        with Session(services.engine) as session:
            assert audit.first_break(session) is None
        assert services.knowledge.drift().clean
