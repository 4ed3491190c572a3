"""A Chroma server that goes away: search goes on by words, says so, and recovers by itself."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from tests.contracts.servers import ChromaServer, free_port
from tests.kb.fakes import FakeEmbedder

RULE = "### 运费 {{#freight.{party}}}\n质量问题的退货运费由{party}承担。\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    made = ChromaServer(tmp_path / "chroma")
    made.start()
    yield made
    made.stop()


def _add(base: KnowledgeBase, party: str) -> None:
    base.add_text(f"{party}.md", RULE.format(party=party).encode(), kind="policy", publish=True, actor="t")


def test_search_survives_a_server_that_stops_and_comes_back(server: ChromaServer, tmp_path: Path) -> None:
    settings = KbSettings(home=tmp_path / "home", chroma_url=server.url)
    request = SearchRequest(query="质量问题的退货运费由谁承担")
    with KnowledgeBase.open(settings, embedder=FakeEmbedder()) as base:
        _add(base, "seller")
        assert base.search(request).warnings == ()
        server.stop()
        response = base.search(request)
        assert len(response.hits) == 1
        assert any("lexical search only" in warning for warning in response.warnings)
        _add(base, "buyer")
        assert len(base.search(request).hits) == 2
        server.start()
        assert base.rebuild().clean
        time.sleep(1.1)  # after a failed catching up the next look is a second later
        assert base.search(request).warnings == ()


def test_a_server_that_never_was_leaves_lexical_search(tmp_path: Path) -> None:
    settings = KbSettings(home=tmp_path / "home", chroma_url=f"http://127.0.0.1:{free_port()}")
    with KnowledgeBase.open(settings, embedder=FakeEmbedder()) as base:
        _add(base, "seller")
        response = base.search(SearchRequest(query="质量问题的退货运费由谁承担"))
        assert len(response.hits) == 1
        assert any("lexical search only" in warning for warning in response.warnings)
