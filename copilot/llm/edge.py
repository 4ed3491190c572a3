"""The port's implementation: one event loop in a thread of its own, on which every call of the process runs.

Why a loop of its own: synchronous stages get an exact budget (a blocking read cannot be cut off when bytes trickle in),
and all callers, with a loop or without, share one connection pool, one breaker and one probe, closed in one place.
"""

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import aclosing
from typing import Any, TypeVar

from copilot.llm.chain import AsyncModel
from copilot.llm.errors import LlmError, LlmUnavailable
from copilot.llm.port import SWITCH, Answer, Ask
from copilot.llm.scope import current

T = TypeVar("T")
_CLOSED = "the model's connections were closed during the call"


class ModelEdge:
    """A language model for stages and routes. Thread-safe; close it when done."""

    def __init__(self, model: AsyncModel, close: Callable[[], Awaitable[None]] | None = None) -> None:
        """`close` runs on the loop at the end: it closes the connections."""
        self._model = model
        self._close = close
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="language-model", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return self._model.name

    def ask(self, ask: Ask) -> Answer:
        """The whole answer; blocks for at most the budget."""
        call = self._run(self._model.answer(ask))
        try:
            return call.result()
        except CancelledError as error:
            raise LlmUnavailable(_CLOSED) from error
        finally:
            call.cancel()

    async def ask_async(self, ask: Ask) -> Answer:
        """The whole answer; cancelling it cancels the call."""
        return await asyncio.wrap_future(self._run(self._model.answer(ask)))

    def pieces(self, ask: Ask) -> "Pieces":
        """Pieces of the answer, at last the Answer, for code without a loop; the call begins at once."""
        return Pieces(lambda put: self._run(self._given(ask, put)))

    async def _given(self, ask: Ask, put: Callable[[str | Answer], None]) -> None:
        async with aclosing(self._model.deltas(ask)) as pieces:
            async for piece in pieces:
                put(piece)

    async def stream(self, ask: Ask) -> AsyncGenerator[str | Answer, None]:
        """Pieces of the answer, at last the Answer; closing it closes the connection."""
        here: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        waiting: asyncio.Queue[str | Answer | Exception | None] = asyncio.Queue()

        async def pump() -> None:
            end: Exception | None = None
            try:
                async with aclosing(self._model.deltas(ask)) as pieces:
                    async for piece in pieces:
                        here.call_soon_threadsafe(waiting.put_nowait, piece)
            except LlmError as error:
                end = error
            except asyncio.CancelledError:
                end = LlmUnavailable(_CLOSED)
                raise
            except Exception as error:
                end = error
                raise
            finally:
                if not here.is_closed():
                    here.call_soon_threadsafe(waiting.put_nowait, end)

        pumping = self._run(pump())
        try:
            while (piece := await waiting.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            pumping.cancel()

    def close(self) -> None:
        """Cancels what runs, closes the connections, ends the thread."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, call: Coroutine[Any, Any, T]) -> Future[T]:
        try:
            SWITCH.check()
            future = asyncio.run_coroutine_threadsafe(call, self._loop)
        except RuntimeError:
            call.close()
            raise
        if (scope := current()) is not None:
            scope.add(future)
        return future

    async def _finish(self) -> None:
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._close is not None:
            await self._close()
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()


class Pieces:
    """A running answer, piece by piece; blocks until the next one is there."""

    def __init__(self, begin: Callable[[Callable[[str | Answer], None]], Future[None]]) -> None:
        self._given: queue.SimpleQueue[str | Answer | None] = queue.SimpleQueue()
        self._call = begin(self._given.put)
        # However the call ends, also by being cancelled before it began: whoever waits learns of it.
        self._call.add_done_callback(lambda _: self._given.put(None))

    def __iter__(self) -> "Pieces":
        return self

    def __next__(self) -> str | Answer:
        """Raises LlmError where the call failed or was cancelled."""
        piece = self._given.get()
        if piece is not None:
            return piece
        self._given.put(None)  # asked again, it has still ended
        try:
            self._call.result()
        except CancelledError as error:
            raise LlmUnavailable(_CLOSED) from error
        raise StopIteration

    def close(self) -> None:
        """Cancels the call where it still runs."""
        self._call.cancel()
