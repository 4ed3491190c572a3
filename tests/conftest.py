"""What all tests share: an empty home, a home with the sample knowledge base, a clock that stands still."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest

from copilot.bootstrap import Services, build
from copilot.cli.home_commands import load_sample
from copilot.domain.base import BEIJING
from copilot.llm.port import SWITCH
from copilot.rulebook import loader
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings

# Machines differ in speed: a property is judged by what it finds, never by how long one example took.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=BEIJING)


def fixed_clock() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's own shell reaches a test."""
    import os

    for name in list(os.environ):
        if name.startswith("COPILOT_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_language_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches a model without mocking it fails; tests/llm allows the calls that it mocks."""
    monkeypatch.setattr(SWITCH, "allowed", False)


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The rulebook as shipped, read once."""
    return loader.load()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook) -> Iterator[Services]:
    """Services on a home with the sample knowledge base and the bundled embeddings; made once, not to be edited."""
    home = tmp_path_factory.mktemp("sample") / "home"
    with build(Settings(home=home), clock=fixed_clock, rulebook=rulebook) as services:
        load_sample(services)
        yield services


@pytest.fixture
def empty(tmp_path: Path, rulebook: Rulebook) -> Iterator[Services]:
    """Services on an empty home, lexical search only."""
    settings = Settings(home=tmp_path / "home", embeddings="none")
    with build(settings, clock=fixed_clock, rulebook=rulebook) as services:
        yield services
