"""What is evaluated: a copilot that answers requests. So far `offline`, built like the one behind `copilot check`."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from copilot import __version__
from copilot.bootstrap import Services, build
from copilot.cli.home_commands import load_sample
from copilot.desk import LOCAL
from copilot.domain.compliance import CheckRequest, CheckResult
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Approval, Ticket
from copilot.settings import Settings
from copilot.store.database import writing
from copilot.store.tables import ApprovalRow
from evals.errors import UsageError


class Target(Protocol):
    """Answers what a scorer asks; safe to ask from several threads."""

    name: str
    versions: dict[str, str]
    """Everything that decides the answers besides the cases."""

    def hold(self, approvals: Iterable[Approval]) -> None:
        """Holds these approvals as approved from now on."""

    def check(self, request: CheckRequest) -> CheckResult:
        """The verdict on a reply."""

    def suggest(self, ticket: Ticket) -> Suggestion:
        """The whole answer to a ticket; only a target that was opened whole is asked."""


class Offline:
    """One home with the sample knowledge base and no language model.

    Opened whole it searches as the server does; else lexically, as a cold `copilot check`.
    """

    name = "offline"

    def __init__(self, services: Services, clock: Callable[[], datetime]) -> None:
        self._services = services
        self._clock = clock
        self.versions = {
            "copilot": __version__, "rulebook": services.rulebook.digest,
            "kb_snapshot": services.knowledge.snapshot(), "embeddings": "bundled",
        }  # fmt: skip

    def hold(self, approvals: Iterable[Approval]) -> None:
        with writing(self._services.engine) as session:
            for approval in approvals:
                content = approval.model_dump(mode="json")
                session.merge(ApprovalRow(id=approval.id, content=content, stored_at=self._clock()))

    def check(self, request: CheckRequest) -> CheckResult:
        return self._services.desk.check(request)

    def suggest(self, ticket: Ticket) -> Suggestion:
        return self._services.desk.suggest(ticket, LOCAL)

    def warm(self) -> None:
        """Compiles patterns and opens the index, so that the first case waits no longer than the others."""
        self.check(CheckRequest(text="您好，质量问题经核实后可以退货，运费由商家承担。"))


@contextmanager
def offline(now: datetime, rulebook: Path | None = None, *, whole: bool = False) -> Iterator[Target]:
    """A copilot in a temporary home that is gone afterwards; the user's own home and database stay untouched.

    Raises:
        NotReady: the home or the sample knowledge base cannot be used.
        RulebookError: a rulebook file is wrong.
    """
    with tempfile.TemporaryDirectory(prefix="copilot-eval-") as folder:
        # Given here, these win over COPILOT_* in the environment.
        settings = Settings(
            home=Path(folder) / "home", database_url=None, chroma_url=None, embeddings="bundled", reranker="none",
            rulebook=rulebook,
        )  # fmt: skip
        with build(settings, clock=lambda: now, read_only=not whole) as services:
            load_sample(services)
            target = Offline(services, lambda: now)
            target.warm()
            yield target


def open_target(
    name: str, now: datetime, rulebook: Path | None = None, *, whole: bool = False
) -> AbstractContextManager[Target]:
    """The target of that name.

    Raises:
        UsageError: there is none.
    """
    if name != "offline":
        raise UsageError(f"no target is called {name!r}; there is: offline")
    return offline(now, rulebook, whole=whole)
