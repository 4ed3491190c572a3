"""Server-sent events (WHATWG HTML, 9.2) from work that runs in a thread; when the client goes, the work is told."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from http import HTTPStatus
from typing import Any

import structlog
from pydantic_core import to_json

from copilot.api.problems import Problem
from copilot.domain.events import Event
from copilot.errors import CopilotError, place_of
from copilot.llm.scope import Scope, within
from kb.errors import KbError

HEARTBEAT_SECONDS = 10.0
STREAMS = 128
"""Streams that run at once; further ones wait, with heartbeats."""
_POOL = ThreadPoolExecutor(STREAMS, thread_name_prefix="stream")
_log = structlog.get_logger()


async def served(id: str, events: Callable[[], Iterator[Event]], first: int = 1) -> AsyncGenerator[bytes, None]:
    """The events as they come, numbered `id/first` onwards, then `done`; a failure comes as `error`, the last one.

    Closing it cancels the model calls that the work has under way.
    """
    scope, loop, number = Scope(), asyncio.get_running_loop(), first
    waiting: asyncio.Queue[tuple[str, Any] | None] = asyncio.Queue()

    def put(name: str, body: Any) -> None:
        if not scope.cancelled:
            loop.call_soon_threadsafe(waiting.put_nowait, (name, body))

    work = copy_context()
    loop.run_in_executor(_POOL, work.run, _worked, scope, events, put)
    try:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    entry = await waiting.get()
            except TimeoutError:
                yield b": heartbeat\n\n"
                continue
            if entry is None:
                return
            name, body = entry
            yield encoded(f"{id}/{number}", name, body)
            number += 1
            if name in ("done", "error"):
                return
    finally:
        scope.cancel()


def encoded(id: str, name: str, body: Any) -> bytes:
    """One event; JSON has no line break of its own, so one data line holds it."""
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (id.encode(), name.encode(), to_json(body))


def _worked(scope: Scope, events: Callable[[], Iterator[Event]], put: Callable[[str, Any], None]) -> None:
    try:
        with within(scope), closing(events()) as source:  # type: ignore[type-var]
            for event in source:
                if scope.cancelled:
                    return
                put(event.name, event.body)
        put("done", {})
    except (CopilotError, KbError) as error:
        put("error", _problem(error.status_code, error.code, error.message))
    except Exception as error:  # noqa: BLE001 - the stream has begun: the failure is told in it
        _log.error("stream.failed", error=place_of(error))
        put("error", _problem(500, "internal_error", "the request failed on our side; the log says where"))


def _problem(status: int, code: str, detail: str) -> Problem:
    return Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail)
