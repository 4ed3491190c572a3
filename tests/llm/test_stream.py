"""Streams on real sockets: slow ones, dropped ones, and callers who go away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import httpx
import pytest
import respx

from copilot.llm.errors import LlmTimeout, LlmTruncated, LlmUnavailable
from copilot.llm.port import SWITCH, Answer
from tests.llm.conftest import Open
from tests.llm.endpoint import CHAT, SCHEMA, ask, bodies, events, refusal

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    """A server on the loopback that does what the test says after the request was read."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/v1"


@pytest.fixture(autouse=True)
def _calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SWITCH, "allowed", True)


async def collected(pieces: AsyncIterator[str | Answer]) -> list[str | Answer]:
    return [piece async for piece in pieces]


def test_the_pieces_come_one_by_one_and_the_answer_last(endpoint: respx.MockRouter, model: Open) -> None:
    endpoint.post(CHAT).respond(200, content=events("您", "好"), headers={"content-type": "text/event-stream"})
    *pieces, answer = asyncio.run(collected(model().stream(ask())))
    assert pieces == ["您", "好"]
    assert isinstance(answer, Answer)
    assert answer.text == "您好"


def test_a_stream_is_retried_while_nothing_was_said(endpoint: respx.MockRouter, model: Open) -> None:
    good = httpx.Response(200, content=events("好"), headers={"content-type": "text/event-stream"})
    endpoint.post(CHAT).mock(side_effect=[refusal(500), good])
    answer = asyncio.run(collected(model().stream(ask())))[-1]
    assert isinstance(answer, Answer)
    assert answer.retries == 1


def test_a_stream_that_breaks_off_is_an_error_after_its_pieces(endpoint: respx.MockRouter, model: Open) -> None:
    endpoint.post(CHAT).respond(200, content=events("您", finish=None, done=False))
    said: list[str | Answer] = []

    async def read() -> None:
        async for piece in model().stream(ask()):
            said.append(piece)

    with pytest.raises(LlmUnavailable):
        asyncio.run(read())
    assert said == ["您"]


def test_a_stream_that_is_cut_off_by_length_says_so(endpoint: respx.MockRouter, model: Open) -> None:
    endpoint.post(CHAT).respond(200, content=events("很长", finish="length"))
    with pytest.raises(LlmTruncated):
        asyncio.run(collected(model().stream(ask())))


def test_a_connection_that_is_reset_in_mid_stream_is_unavailable(model: Open) -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            HEAD.replace(b"connection: close", b"content-length: 9999") + events("您", finish=None, done=False)
        )
        await writer.drain()

    async def run() -> None:
        async with server(reset) as url:
            await collected(model(url=url, retries=0).stream(ask()))

    with pytest.raises(LlmUnavailable):
        asyncio.run(run())


@pytest.mark.parametrize("streamed", [True, False])
def test_bytes_that_trickle_do_not_outlast_the_budget(model: Open, streamed: bool) -> None:
    """Every read brings a byte in time, the answer never ends: only a budget over all of it stops that."""

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        while not writer.is_closing():
            writer.write(b": \n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def run() -> None:
        async with server(trickle) as url:
            opened = model(url=url, retries=0)
            try:
                if streamed:
                    await collected(opened.stream(ask(budget=0.3)))
                else:
                    await asyncio.to_thread(opened.ask, ask(budget=0.3))
            finally:
                opened.close()

    with pytest.raises(LlmTimeout):
        asyncio.run(run())


@pytest.mark.parametrize("way", ["closed", "cancelled"])
def test_a_caller_who_goes_away_closes_the_connection(model: Open, way: str) -> None:
    async def run() -> None:
        gone = asyncio.Event()

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(HEAD + events("您", finish=None, done=False))
            await writer.drain()
            while await reader.read(4096):  # until the client's end of the connection closes
                pass
            gone.set()

        async with server(wait) as url:
            opened = model(url=url)
            if way == "closed":
                async with aclosing(opened.stream(ask())) as pieces:
                    assert await anext(pieces) == "您"
            else:
                reading = asyncio.create_task(collected(opened.stream(ask())))
                await asyncio.sleep(0.2)
                reading.cancel()
            await asyncio.wait_for(gone.wait(), 5)

    asyncio.run(run())


def test_an_async_answer_can_be_cancelled(model: Open) -> None:
    async def run() -> None:
        gone = asyncio.Event()

        async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            while await reader.read(4096):
                pass
            gone.set()

        async with server(wait) as url:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(model(url=url).ask_async(ask()), 0.2)
            await asyncio.wait_for(gone.wait(), 5)

    asyncio.run(run())


def test_fifty_callers_share_the_pool(endpoint: respx.MockRouter, model: Open) -> None:
    endpoint.post(CHAT).respond(200, content=events("您", "好"), headers={"content-type": "text/event-stream"})
    opened = model()

    async def run() -> list[list[str | Answer]]:
        return await asyncio.gather(*(collected(opened.stream(ask())) for _ in range(50)))

    assert all(len(pieces) == 3 for pieces in asyncio.run(run()))


def test_a_stream_of_json_finds_the_form_that_the_endpoint_takes(endpoint: respx.MockRouter, model: Open) -> None:
    good = httpx.Response(200, content=events('{"a":', " 1}"), headers={"content-type": "text/event-stream"})
    route = endpoint.post(CHAT).mock(side_effect=[refusal(400), good])
    *pieces, answer = asyncio.run(collected(model().stream(ask(schema=SCHEMA))))
    assert "".join(map(str, pieces)) == '{"a": 1}'
    assert isinstance(answer, Answer)
    assert bodies(route)[1]["response_format"]["type"] == "json_object"
