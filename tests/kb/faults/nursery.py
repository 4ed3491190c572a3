"""Forks one child for each kill: `python -m tests.kb.faults.nursery FOLDER < orders`, one JSON order a line.

An order is {"name", "point"} (die at that step; 0: never) or {"name", "after"} (be killed after so many
seconds). The answer is {"name", "status", "seconds", "acks"}, with "steps" where the child lived. Forking from
a process that has imported everything, and started nothing yet, makes a child cost a fraction of a start.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from kb.index import lexical
from kb.index.dense import DenseIndex
from kb.index.lexical import LexicalIndex
from kb.index.state import Mark
from kb.service import KnowledgeBase  # noqa: F401
from tests.kb.fakes import FakeEmbedder
from tests.kb.faults.script import Work


class Steps:
    """Counts the steps of the work and dies at one of them, as a power cut would: no handler runs."""

    def __init__(self, fatal: int) -> None:
        self.fatal = fatal
        self.taken = 0

    def step(self) -> None:
        self.taken += 1
        if self.taken == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """Makes every call of `owner.name` two steps: before it and after it."""
        original: Callable[..., Any] = getattr(owner, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            self.step()
            result = original(*arguments, **named)
            self.step()
            return result

        setattr(owner, name, counted)

    def install(self) -> None:
        """SQL writes and commits, both projections (and the middle of one), their state files, the model."""
        self.around(DefaultDialect, "do_commit")
        self.around(LexicalIndex, "replace")
        self.around(LexicalIndex, "clear")
        self.around(lexical, "_as_document")
        for name in ("add", "remove", "clear"):
            self.around(DenseIndex, name)
        self.around(Mark, "write")
        self.around(Path, "replace")
        self.around(FakeEmbedder, "embed_documents")

        def written(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
                self.step()

        event.listen(Engine, "before_cursor_execute", written)


def _child(home: Path, fatal: int, acks: int) -> None:
    steps = Steps(fatal)

    def acknowledge(operation: str, fields: dict[str, Any]) -> None:
        os.write(acks, (json.dumps({"operation": operation} | fields) + "\n").encode())

    steps.install()
    Work(home, acknowledge).run()
    os.write(acks, (json.dumps({"operation": "end", "steps": steps.taken}) + "\n").encode())


def _obey(folder: Path, order: dict[str, Any]) -> dict[str, Any]:
    home = folder / order["name"]
    home.mkdir(parents=True)
    journal = home / "acks.jsonl"
    acks = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _child(home, int(order.get("point", 0)), acks)
            code = 0
        finally:
            os._exit(code)
    if "after" in order:
        time.sleep(max(0.0, order["after"] - (time.monotonic() - started)))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(acks)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    seconds = time.monotonic() - started
    return {"name": order["name"], "status": os.waitstatus_to_exitcode(status), "seconds": seconds, "acks": lines}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(_obey(Path(sys.argv[1]), json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
