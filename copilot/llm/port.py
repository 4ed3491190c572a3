"""What stages know of a language model: what is asked, what comes back, and how it fails (`errors`)."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from copilot.domain.base import Model


class PromptRef(Model):
    """Which wording was used."""

    id: str
    version: int
    sha256: str
    """Of the prompt's file."""


class Message(Model):
    role: Literal["system", "user", "assistant"]
    text: str


class Ask(Model):
    """One question to a model."""

    prompt: PromptRef
    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    answer_schema: dict[str, Any] | None = None
    """JSON schema of the answer; None: free text."""
    max_tokens: Annotated[int, Field(ge=1)]
    """Length of the answer at most."""
    budget: Annotated[float, Field(gt=0)]
    """Seconds that all of it may take: retries, waits and fallbacks included."""


class Answer(Model):
    """What a model said."""

    text: str
    model: str
    seconds: float
    """From the question to the end of the answer, retries included."""
    tokens_in: int | None = None
    """As the endpoint counted; None where it does not say."""
    tokens_out: int | None = None
    retries: int = 0


class Usage(Model):
    """What a stage used of the model, for the trace."""

    calls: int = 0
    model: str | None = None
    prompts: dict[str, str] = Field(default_factory=dict)
    """Prompt id → SHA-256 of its file."""
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    retries: int = 0
    failure: str | None = None
    """Why the model took no part, for the agent; None where it did."""


def together(usages: Sequence[Usage]) -> Usage:
    """What several stages used, as one; `failure` is left to each."""
    return Usage(
        calls=sum(each.calls for each in usages),
        model=next((each.model for each in usages if each.model), None),
        prompts={name: digest for each in usages for name, digest in each.prompts.items()},
        tokens_in=sum(each.tokens_in for each in usages), tokens_out=sum(each.tokens_out for each in usages),
        seconds=round(sum(each.seconds for each in usages), 3), retries=sum(each.retries for each in usages),
    )  # fmt: skip


class Arriving(Protocol):
    """An answer on its way: pieces, at last the Answer. Closing it cancels the call."""

    def __iter__(self) -> Iterator[str | Answer]: ...

    def close(self) -> None: ...


class LanguageModel(Protocol):
    """A model that answers. Thread-safe; every failure is an LlmError; no call outlasts its budget."""

    @property
    def name(self) -> str: ...

    def ask(self, ask: Ask) -> Answer:
        """The whole answer; blocks."""
        ...

    def pieces(self, ask: Ask) -> Arriving:
        """The answer piece by piece, for code without a loop; the call begins at once."""
        ...

    async def ask_async(self, ask: Ask) -> Answer:
        """The whole answer; cancelling it cancels the call."""
        ...

    def stream(self, ask: Ask) -> AsyncGenerator[str | Answer, None]:
        """The answer piece by piece, at last the Answer; closing it closes the connection."""
        ...


class CallsForbiddenError(RuntimeError):
    """A test reached a model that it did not mock. No LlmError: no fallback may hide it."""


class Switch:
    """Lets tests forbid calls: an adapter that is not mocked then fails loudly."""

    def __init__(self) -> None:
        self.allowed = True

    def check(self) -> None:
        if not self.allowed:
            raise CallsForbiddenError("a language model was called in a test that does not mock it")


SWITCH = Switch()
