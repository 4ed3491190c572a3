"""What the understanding tests share: the rulebook's language files and the stage with and without a head."""

from collections.abc import Callable
from pathlib import Path

import pytest

from copilot.domain.ticket import Ticket
from copilot.rulebook import signals as signals_file
from copilot.rulebook import taxonomy as taxonomy_file
from copilot.rulebook.signals import Signals
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.head import load_head
from copilot.understand.step import Understand, Understanding
from copilot.understand.utterance import Reading, Utterance
from tests.understand.measure import CLOCK, DATA

Read = Callable[..., Understanding]


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return taxonomy_file.load(DATA / "taxonomy")


@pytest.fixture(scope="session")
def signals() -> Signals:
    return signals_file.load(DATA / "signals.yaml")


@pytest.fixture(scope="session")
def reading(signals: Signals) -> Reading:
    return Reading.of(signals)


@pytest.fixture(scope="session")
def utterance(reading: Reading) -> Callable[[str], Utterance]:
    return lambda text: Utterance.of(0, text, reading)


@pytest.fixture(scope="session")
def stage(taxonomy: Taxonomy, signals: Signals) -> Understand:
    """As `copilot check` and cold starts have it: trained head, no embedding."""
    return Understand(taxonomy, signals, load_head(), None)


@pytest.fixture(scope="session")
def read(stage: Understand) -> Read:
    """Understands a conversation: texts alternate between roles given as (role, text), or all are the customer's."""

    def run(*said: str | tuple[str, str], **fields: object) -> Understanding:
        messages = [
            {"role": "customer", "text": s} if isinstance(s, str) else {"role": s[0], "text": s[1]} for s in said
        ]
        ticket = Ticket.model_validate({"messages": messages, **fields})
        return stage.run(ticket, ticket.now(CLOCK))

    return run


@pytest.fixture
def taxonomy_folder(tmp_path: Path) -> Path:
    """A copy that a test may break."""
    for path in (DATA / "taxonomy").glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path
