"""One model of an OpenAI-compatible endpoint, through LangChain: retried, held to its budget, errors in our tree."""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

import httpx
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from langsmith import tracing_context
from pydantic import SecretStr

from copilot.llm.errors import LlmEmpty, LlmError, LlmRefused, LlmTimeout, LlmTruncated, LlmUnavailable
from copilot.llm.mapping import mapped
from copilot.llm.port import Answer, Ask
from copilot.llm.probe import Capability, Probe, described, options
from copilot.llm.retry import RetryPolicy

_ROLES: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
_CONNECT_SECONDS = 5.0

Sleep = Callable[[float], Awaitable[None]]


class Connections:
    """The HTTP clients and their pool, shared by the models of one endpoint.

    Built here and handed to LangChain, so that pool, timeouts and transport are ours.
    """

    def __init__(self, timeout: float, pool: int = 50) -> None:
        """`timeout`: seconds without a byte from the endpoint. `pool`: connections at most."""
        limits = httpx.Limits(max_connections=pool, max_keepalive_connections=pool)
        times = httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS))
        context = httpx.create_ssl_context()
        self.client = httpx.AsyncClient(limits=limits, timeout=times, verify=context)
        # LangChain builds a synchronous client of its own unless it gets one; nothing is sent through it.
        self.unused = httpx.Client(timeout=times, verify=context)
        self.timeout = timeout

    async def close(self) -> None:
        await self.client.aclose()
        self.unused.close()


class LangchainChat:
    """Answers on one event loop. Every failure is an LlmError; no call outlasts its budget."""

    def __init__(
        self, url: str, model: str, key: SecretStr, connections: Connections, *, retry: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic, sleep: Sleep = asyncio.sleep, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        self.name = model
        self.probe = Probe()
        self._url = url
        self._timeout = connections.timeout
        self._retry = retry or RetryPolicy()
        self._clock, self._sleep, self._chance = clock, sleep, chance or random.Random()
        self._chat = ChatOpenAI(
            model=model, base_url=url, api_key=key, temperature=0.0, timeout=connections.client.timeout,
            # Retries, waits and stream timeouts are ours: they have to fit into the budget.
            max_retries=0, stream_chunk_timeout=None, stream_usage=True, use_responses_api=False,
            http_async_client=connections.client, http_client=connections.unused,
        )  # fmt: skip

    async def answer(self, ask: Ask) -> Answer:
        """The whole answer."""
        started, attempt = self._clock(), 0
        while True:
            for form in self._forms(ask, attempt):
                try:
                    message = await self._call(ask, form, started)
                    self._accepted(ask, form)
                    return self._read(message, started, attempt)
                except LlmError as error:
                    failed = error
                    if not self._refused(form, error):
                        break
            await self._wait(failed, attempt, started + ask.budget)
            attempt += 1

    async def deltas(self, ask: Ask) -> AsyncGenerator[str | Answer, None]:
        """Pieces of the answer, at last the Answer. Tried again only while nothing has been given out."""
        started, attempt, begun = self._clock(), 0, False
        while True:
            for form in self._forms(ask, attempt):
                whole: AIMessageChunk | None = None
                try:
                    async with aclosing(self._chunks(ask, form, started)) as chunks:
                        async for chunk in chunks:
                            whole = chunk if whole is None else whole + chunk
                            if piece := _piece(chunk):
                                begun = True
                                yield piece
                    if whole is None or not whole.response_metadata.get("finish_reason"):
                        raise LlmUnavailable(f"{self._url} ended the stream before the answer was whole", 200)
                    self._accepted(ask, form)
                    yield self._read(whole, started, attempt)
                    return
                except LlmError as error:
                    if begun:
                        raise
                    failed = error
                    if not self._refused(form, error):
                        break
            await self._wait(failed, attempt, started + ask.budget)
            attempt += 1

    def _forms(self, ask: Ask, attempt: int) -> tuple[Capability, ...]:
        """How to ask for the schema, strongest first; only the first attempt walks through what is not known yet."""
        if ask.answer_schema is None:
            return (Capability.NONE,)
        forms = self.probe.forms()
        return forms if attempt == 0 or self.probe.known else forms[:1]

    def _refused(self, form: Capability, error: LlmError) -> bool:
        return form is not Capability.NONE and self.probe.refused(error)

    def _accepted(self, ask: Ask, form: Capability) -> None:
        if ask.answer_schema is not None:
            self.probe.accepted(form)

    async def _call(self, ask: Ask, form: Capability, started: float) -> AIMessage:
        with mapped(self._url, self.name), tracing_context(enabled=False):
            async with asyncio.timeout(min(self._timeout, self._remaining(ask, started))):
                return await self._chat.ainvoke(_messages(ask, form), **_body(ask, form))

    async def _chunks(self, ask: Ask, form: Capability, started: float) -> AsyncGenerator[AIMessageChunk, None]:
        """The endpoint's chunks, each inside the budget."""
        with mapped(self._url, self.name), tracing_context(enabled=False):
            source = self._chat.astream(_messages(ask, form), **_body(ask, form))
            async with aclosing(cast(AsyncGenerator[AIMessageChunk, None], source)) as chunks:
                while True:
                    async with asyncio.timeout(min(self._timeout, self._remaining(ask, started))):
                        chunk = await anext(chunks, None)
                    if chunk is None:
                        return
                    yield chunk

    def _remaining(self, ask: Ask, started: float) -> float:
        remaining = started + ask.budget - self._clock()
        if remaining <= 0:
            raise LlmTimeout(f"{self.name} at {self._url} did not answer within the budget of {ask.budget:g} s")
        return remaining

    async def _wait(self, error: LlmError, attempt: int, deadline: float) -> None:
        """Sleeps before the next attempt, or gives up by raising the error."""
        wait = self._retry.wait(attempt, error, deadline - self._clock(), self._chance)
        if wait is None:
            raise error
        await self._sleep(wait)

    def _read(self, message: AIMessage, started: float, retries: int) -> Answer:
        """The answer in the message, unless it is a refusal, empty or cut off."""
        reason = message.response_metadata.get("finish_reason")
        if message.additional_kwargs.get("refusal") or reason == "content_filter":
            raise LlmRefused(f"{self.name} refuses to answer")
        if reason == "length":
            raise LlmTruncated(f"{self.name} did not come to an end within max_tokens")
        text = _text(message)
        if not text.strip():
            raise LlmEmpty(f"{self.name} answered nothing")
        used = message.usage_metadata
        return Answer(
            text=text, model=str(message.response_metadata.get("model_name") or self.name), retries=retries,
            seconds=round(self._clock() - started, 3),
            tokens_in=used["input_tokens"] if used else None, tokens_out=used["output_tokens"] if used else None,
        )  # fmt: skip


def _messages(ask: Ask, form: Capability) -> list[BaseMessage]:
    """The messages; the schema is written out where the form does not carry it."""
    schema = described(form, ask.answer_schema) if ask.answer_schema else None
    told = [f"{ask.messages[0].text}\n\nJSON Schema:\n{schema}" if schema else ask.messages[0].text]
    texts = [*told, *(message.text for message in ask.messages[1:])]
    return [_ROLES[message.role](content=text) for message, text in zip(ask.messages, texts, strict=True)]


def _body(ask: Ask, form: Capability) -> dict[str, Any]:
    extra = options(form, ask.answer_schema) if ask.answer_schema else {}
    # Through extra_body: LangChain would rename max_tokens to a field that most compatible servers do not know, and
    # route response_format through a parser that raises its own errors.
    tools = {name: value for name, value in extra.items() if name.startswith("tool")}
    others = {name: value for name, value in extra.items() if name not in tools}
    return {**tools, "extra_body": {"max_tokens": ask.max_tokens, **others}}


def _piece(chunk: AIMessageChunk) -> str:
    """The new text of a chunk, or of the arguments of the tool that is being called."""
    return str(chunk.text) or "".join(call["args"] or "" for call in chunk.tool_call_chunks)


def _text(message: AIMessage) -> str:
    """The text, or the arguments of the tool that was to be called."""
    if message.tool_calls:
        return json.dumps(message.tool_calls[0]["args"], ensure_ascii=False)
    if message.invalid_tool_calls:
        return message.invalid_tool_calls[0]["args"] or ""
    return str(message.text)
