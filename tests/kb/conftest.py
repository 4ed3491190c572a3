"""A knowledge base in an empty home, a clock that can be set, and no way out to the network."""

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from kb.store.moments import BEIJING
from tests.kb.fakes import FakeEmbedder

_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that would leave this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if not str(host).startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 18, 10, 0, tzinfo=BEIJING)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def base(home: Path, embedder: FakeEmbedder, clock: Clock) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(KbSettings(home=home), embedder=embedder, clock=clock) as opened:
        yield opened


@pytest.fixture
def lexical(home: Path, clock: Clock) -> Iterator[KnowledgeBase]:
    """A knowledge base without an embedding model: fast, for everything that is not about vectors."""
    with KnowledgeBase.open(KbSettings(home=home), embedder=None, clock=clock) as opened:
        yield opened


Texts = Callable[..., list[str]]


@pytest.fixture
def texts_of() -> Texts:
    """Searches and gives the texts of the hits."""

    def search(base: KnowledgeBase, query: str, **fields: Any) -> list[str]:
        return [hit.text for hit in base.search(SearchRequest(query=query, **fields)).hits]

    return search
