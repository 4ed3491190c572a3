"""What the tests of the API share: a client on an empty home, and calls with a key of every role."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from copilot.app import create_app
from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.roles import Role


@pytest.fixture
def client(empty: Services) -> Iterator[TestClient]:
    with TestClient(create_app(empty), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def send(client: TestClient, empty: Services) -> Callable[..., Any]:
    """send(role, method, path, body, status) → JSON; every role has one key."""
    keys = {role: empty.keys.create(role, str(role), LOCAL) for role in Role}

    def answered(role: Role, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = client.request(method, path, json=body, headers={"Authorization": f"Bearer {keys[role]}"})
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
        return answer.json()

    return answered
