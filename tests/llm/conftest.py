"""What the tests of the model's edge share: a mocked endpoint, and the permission to call it."""

from collections.abc import Callable, Iterator

import pytest
import respx

from copilot.llm.edge import ModelEdge
from copilot.llm.port import SWITCH
from tests.llm.endpoint import edge

Open = Callable[..., ModelEdge]


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[respx.MockRouter]:
    """Every HTTP call goes to the mock; one that no route knows fails."""
    monkeypatch.setattr(SWITCH, "allowed", True)
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def model() -> Iterator[Open]:
    """Opens model edges and closes them after the test."""
    opened: list[ModelEdge] = []

    def make(*names: str, **how: object) -> ModelEdge:
        opened.append(edge(*names, **how))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for each in opened:
        each.close()
