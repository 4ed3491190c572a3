"""The ways in which a knowledge base can be deployed, each as a `site` for the same suite."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kb.service import KnowledgeBase
from kb.settings import KbSettings
from tests.contracts.servers import ChromaServer, postgres_database
from tests.kb.conftest import Clock, _no_network  # noqa: F401
from tests.kb.fakes import FakeEmbedder


@dataclass
class Site:
    """One deployment. `machines` are the homes that share its database: of one machine, twice the same home."""

    machines: tuple[Path, Path]
    clock: Clock
    database_url: str | None = None
    chroma_url: str | None = None
    # A server keeps one collection a model; a name of its own gives every test its own.
    model: str = field(default_factory=lambda: f"fake-{uuid.uuid4().hex}")

    def open(self, machine: int = 0, embedder: FakeEmbedder | None = None) -> KnowledgeBase:
        """One more instance, on the first or the second machine."""
        settings = KbSettings(
            home=self.machines[machine], database_url=self.database_url, chroma_url=self.chroma_url, solo=False
        )
        return KnowledgeBase.open(settings, embedder=embedder or FakeEmbedder(self.model), clock=self.clock)


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Chroma server that runs as long as the session."""
    server = ChromaServer(tmp_path_factory.mktemp("server") / "chroma")
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(params=["sqlite-chroma", "postgres-chroma", "sqlite-server", "postgres-server"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """(a) all in one home; (b) two homes on one PostgreSQL; (c) a Chroma server; (d) two machines, both servers."""
    database, vectors = request.param.split("-")
    first, second = tmp_path / "one", tmp_path / "two"
    with ExitStack() as stack:
        url = stack.enter_context(postgres_database()) if database == "postgres" else None
        chroma = request.getfixturevalue("chroma_server") if vectors == "server" else None
        yield Site((first, first if url is None else second), Clock(), url, chroma)


@pytest.fixture
def base(site: Site) -> Iterator[KnowledgeBase]:
    with site.open() as opened:
        yield opened


@pytest.fixture
def other(site: Site, base: KnowledgeBase) -> Iterator[KnowledgeBase]:
    """A second instance on the same database (on the second machine where there are two)."""
    with site.open(1) as opened:
        yield opened
