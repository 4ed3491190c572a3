"""Model calls that belong together: when their caller goes away, all of them are cancelled.

The scope travels with the context, so that stages need not hand it on; `aside` carries it into its thread.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

T = TypeVar("T")


class Scope:
    """The running calls of one caller. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[Future[Any]] = set()
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def add(self, call: Future[Any]) -> None:
        """A call that is cancelled with the scope; at once where that has happened already."""
        with self._lock:
            self._calls.add(call)
            cancelled = self._cancelled
        call.add_done_callback(self._forget)
        if cancelled:
            call.cancel()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            calls = tuple(self._calls)
        for call in calls:
            call.cancel()

    def _forget(self, call: Future[Any]) -> None:
        with self._lock:
            self._calls.discard(call)


_CURRENT: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current() -> Scope | None:
    return _CURRENT.get()


def abandoned() -> bool:
    """Whether the caller of the running work has gone away."""
    scope = _CURRENT.get()
    return scope is not None and scope.cancelled


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Calls made inside belong to the scope."""
    token = _CURRENT.set(scope)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def aside(call: Callable[[], T]) -> "Future[T]":
    """The call in a thread of its own, in the same scope; its result or error comes through the future."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
            done.set_exception(error)
        else:
            done.set_result(result)

    threading.Thread(target=copy_context().run, args=(run,), name="aside", daemon=True).start()
    return done
