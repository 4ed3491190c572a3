"""Models in the order in which they are asked: the next one answers where one fails, each behind its own breaker."""

import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from copilot.llm.breaker import Breaker
from copilot.llm.errors import LlmCircuitOpen, LlmError, LlmUnusable
from copilot.llm.port import Answer, Ask


class AsyncModel(Protocol):
    """A model on one event loop: the adapter, or a chain of them."""

    @property
    def name(self) -> str: ...

    async def answer(self, ask: Ask) -> Answer: ...

    def deltas(self, ask: Ask) -> AsyncGenerator[str | Answer, None]: ...


@dataclass(frozen=True)
class Link:
    model: AsyncModel
    breaker: Breaker


class Chain:
    """Asks one model after the other within one budget; raises the last failure."""

    def __init__(self, links: Sequence[Link], clock: Callable[[], float] = time.monotonic) -> None:
        self._links = tuple(links)
        self._clock = clock

    @property
    def name(self) -> str:
        return self._links[0].model.name

    async def answer(self, ask: Ask) -> Answer:
        """The first model's answer that comes."""
        last = _all_open(self._links)
        for link, within in self._passing(ask):
            with _Watch(link.breaker) as watch:
                try:
                    return await link.model.answer(within)
                except LlmError as error:
                    watch.error = last = error
        raise last

    async def deltas(self, ask: Ask) -> AsyncGenerator[str | Answer, None]:
        """The first model's stream that begins; once text is out, a failure is the caller's."""
        last = _all_open(self._links)
        for link, within in self._passing(ask):
            begun = False
            with _Watch(link.breaker) as watch:
                try:
                    async with aclosing(link.model.deltas(within)) as pieces:
                        async for piece in pieces:
                            begun = True
                            yield piece
                    return
                except LlmError as error:
                    watch.error = last = error
                    if begun:
                        raise
        raise last

    def _passing(self, ask: Ask) -> Iterator[tuple[Link, Ask]]:
        """The models that may be asked, each with what is left of the budget."""
        deadline = self._clock() + ask.budget
        for link in self._links:
            remaining = deadline - self._clock()
            if remaining > 0 and link.breaker.allow():
                yield link, ask.model_copy(update={"budget": remaining})


class _Watch:
    """Tells the breaker how the call ended. An unusable answer is an answer: the endpoint works."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self.error: LlmError | None = None

    def __enter__(self) -> "_Watch":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if isinstance(self.error, LlmError) and not isinstance(self.error, LlmUnusable):
            self._breaker.failed()
        elif kind is None or self.error is not None:
            self._breaker.succeeded()
        else:
            self._breaker.abandoned()  # cancelled or closed by the caller


def _all_open(links: Sequence[Link]) -> LlmError:
    names = ", ".join(link.model.name for link in links)
    return LlmCircuitOpen(f"{names} failed repeatedly and is not asked for a while")
