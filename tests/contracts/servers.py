"""Servers for tests: a fresh PostgreSQL database, a Chroma server of our own. Where there is none: one clear line."""

import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

POSTGRES = os.environ.get("COPILOT_TEST_POSTGRES", "postgresql+psycopg://127.0.0.1:5432")
_START_SECONDS = 60.0


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of an empty database that is dropped afterwards; skips the test where no server answers."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'aftersales-copilot[postgres]'")
    name = f"copilot_test_{uuid.uuid4().hex[:16]}"
    admin = create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        try:
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
        except OperationalError:
            pytest.skip(f"no PostgreSQL answers at {POSTGRES}")
        try:
            yield f"{POSTGRES}/{name}"
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ChromaServer:
    """`chroma run` on a folder; may be stopped and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns when it answers; skips the test where the command is missing."""
        command = Path(sys.executable).with_name("chroma")
        found = str(command) if command.exists() else shutil.which("chroma")
        if found is None:
            pytest.skip("no `chroma` command beside this Python: pip install chromadb")
        arguments = ["run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self._port)]
        with (self._folder.parent / f"{self._folder.name}.log").open("ab") as log:
            self._process = subprocess.Popen([found, *arguments], stdout=log, stderr=log, cwd=self._folder.parent)
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/api/v2/heartbeat", timeout=1.0).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        self.stop()
        pytest.skip(f"`chroma run` did not answer at {self.url} within {_START_SECONDS:g} s")

    def stop(self) -> None:
        """Ends the process; the folder stays."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None
