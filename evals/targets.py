"""What is evaluated: a copilot that answers requests; `offline`, or with the language model of the settings: `model`."""

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

_UNSET = ("llm_base_url", "llm_model", "llm_api_key")
_MODEL = {*_UNSET, "llm_timeout", "llm_budget", "llm_retries"}


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
    """One home with the sample knowledge base, without a language model unless it was built with one.

    Opened whole it searches as the server does; else lexically, as a cold `copilot check`.
    """

    def __init__(self, services: Services, clock: Callable[[], datetime], name: str = "offline") -> None:
        self.name = name
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
        return self._services.desk.suggest(ticket, LOCAL, alone=True)

    def warm(self) -> None:
        """Compiles patterns and opens the index, so that the first case waits no longer than the others."""
        self.check(CheckRequest(text="您好，质量问题经核实后可以退货，运费由商家承担。"))


@contextmanager
def offline(
    now: datetime, rulebook: Path | None = None, *, whole: bool = False, model: Settings | None = None
) -> Iterator[Target]:
    """A copilot in a temporary home that is gone afterwards; the user's own home and database stay untouched.

    Args:
        model: settings whose language model takes part; without them none does, whatever the environment says.

    Raises:
        NotReady: the home or the sample knowledge base cannot be used.
        RulebookError: a rulebook file is wrong.
    """
    with tempfile.TemporaryDirectory(prefix="copilot-eval-") as folder:
        # Given here, these win over COPILOT_* in the environment.
        settings = Settings(
            home=Path(folder) / "home", database_url=None, chroma_url=None, embeddings="bundled", reranker="none",
            rulebook=rulebook, **(model.model_dump(include=_MODEL) if model else dict.fromkeys(_UNSET)),
        )  # fmt: skip
        with build(settings, clock=lambda: now, read_only=not whole) as services:
            load_sample(services)
            target = Offline(services, lambda: now, f"model {model.llm_model}" if model else "offline")
            target.warm()
            yield target


def open_target(
    name: str, now: datetime, rulebook: Path | None = None, *, whole: bool = False
) -> AbstractContextManager[Target]:
    """The target of that name.

    Raises:
        UsageError: there is none.
    """
    if name == "offline":
        return offline(now, rulebook, whole=whole)
    if name != "model":
        raise UsageError(f"no target is called {name!r}; there are: offline, model")
    settings = Settings()
    if settings.llm_base_url is None:
        raise UsageError("the target model needs COPILOT_LLM_BASE_URL and COPILOT_LLM_MODEL")
    return offline(now, rulebook, whole=whole, model=settings)
