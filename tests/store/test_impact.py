"""Which suggestions relied on a clause: found by clause, document, version and time; told what holds now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from copilot.bootstrap import Services, build
from copilot.desk import LOCAL
from copilot.domain.base import BEIJING
from copilot.domain.ticket import Ticket
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings

START = datetime(2026, 11, 20, 10, 0, tzinfo=BEIJING)
TEXT = "# 退货须知\n\n## 运费 {{#freight}}\n\n因尺码不合适退货的，退回运费由{party}承担。\n"


class _Clock:
    now = START

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


def _publish(services: Services, party: str) -> str:
    data = TEXT.format(party=party).encode()
    return services.knowledge.add_text("退货须知.md", data, kind="policy", publish=True, actor="local").document_id


def _suggest(services: Services, ticket: str) -> None:
    messages = [{"role": "customer", "text": "尺码不合适想退货，退回运费谁承担"}]
    made = services.desk.suggest(Ticket.model_validate({"id": ticket, "messages": messages}), LOCAL)
    assert [citation.clause_id for citation in made.citations]


def test_citations_are_traced_and_judged(services: Services, clock: _Clock) -> None:
    document = _publish(services, "顾客")
    [clause] = services.knowledge.clauses(document)
    library = services.library
    assert library.impact(LOCAL, clause_id=clause.clause_id).suggestions == 0
    _suggest(services, "T-1")
    clock.now += timedelta(hours=1)
    _suggest(services, "T-1")
    clock.now += timedelta(days=1)
    _publish(services, "商家")
    _suggest(services, "T-2")

    found = library.impact(LOCAL, clause_id=clause.clause_id)
    assert (found.suggestions, found.tickets) == (3, 2)
    assert [(cited.ticket_id, cited.version, cited.standing, cited.current_version) for cited in found.citations] == [
        ("T-2", 2, "in_force", 2), ("T-1", 1, "changed", 2), ("T-1", 1, "changed", 2),
    ]  # fmt: skip
    assert found.citations[0].quote == "因尺码不合适退货的，退回运费由商家承担。"
    assert found.citations[0].created_at == clock.now
    of_document = library.impact(LOCAL, document_id=document)
    assert of_document.citations == found.citations
    assert [cited.version for cited in library.impact(LOCAL, document_id=document, version=1).citations] == [1, 1]
    since = library.impact(LOCAL, clause_id=clause.clause_id, since=START + timedelta(minutes=30))
    assert (since.suggestions, len(since.citations)) == (2, 2)
    assert library.impact(LOCAL, clause_id=clause.clause_id, since=clock.now.date()).suggestions == 1
    one = library.impact(LOCAL, clause_id=clause.clause_id, limit=1)
    assert (one.suggestions, len(one.citations)) == (3, 1)

    services.library.retire(LOCAL, document, 1)
    standings = [cited.standing for cited in library.impact(LOCAL, document_id=document).citations]
    assert standings == ["in_force", "withdrawn", "withdrawn"]
    services.library.archive(LOCAL, document)
    standings = [cited.standing for cited in library.impact(LOCAL, document_id=document).citations]
    assert standings == ["archived", "withdrawn", "withdrawn"]
