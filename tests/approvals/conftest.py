"""A room of one's own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.approvals.cases import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.engine.dispose()
