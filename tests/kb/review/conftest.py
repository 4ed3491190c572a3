"""An insight over an empty home, with and without an embedding model."""

from collections.abc import Callable, Iterator

import pytest

from kb.service import KnowledgeBase
from kb.service.insight import Insight
from tests.kb.conftest import (  # noqa: F401 - fixtures
    _no_network,
    base,
    clock,
    embedder,
    home,
    lexical,
)

Add = Callable[..., str]


@pytest.fixture
def insight(lexical: KnowledgeBase) -> Iterator[Insight]:  # noqa: F811
    made = lexical.insight
    yield made
    made.close()


@pytest.fixture
def dense(base: KnowledgeBase) -> Iterator[Insight]:  # noqa: F811
    made = base.insight
    yield made
    made.close()


@pytest.fixture
def add() -> Add:
    """Adds a Markdown document: heading → text of each clause; gives the document's id."""

    def make(base: KnowledgeBase, name: str, clauses: dict[str, str], **given: object) -> str:  # noqa: F811
        body = "\n".join(f"### {heading}\n{text}\n" for heading, text in clauses.items())
        given.setdefault("kind", "policy")
        report = base.add_text(f"{name}.md", f"# {name}\n{body}".encode(), actor="editor", **given)  # type: ignore[arg-type]
        return report.document_id

    return make
