"""A mocked OpenAI-compatible endpoint: what it answers, and a model that talks to it."""

import json
import random
from collections.abc import Callable
from typing import Any

import httpx
import respx
from pydantic import SecretStr

from copilot.llm.breaker import Breaker
from copilot.llm.chain import Chain, Link
from copilot.llm.edge import ModelEdge
from copilot.llm.langchain_chat import Connections, LangchainChat
from copilot.llm.port import Ask, Message, PromptRef
from copilot.llm.retry import RetryPolicy

URL = "http://model.test/v1"
CHAT = f"{URL}/chat/completions"
REF = PromptRef(id="test", version=1, sha256="0" * 64)
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}

Reply = httpx.Response | type[httpx.TransportError] | Callable[[httpx.Request], httpx.Response]


def completion(text: str | None, *, finish: str = "stop", **message: Any) -> httpx.Response:
    """A chat completion as servers send it."""
    body = {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "small",
        "choices": [{"index": 0, "finish_reason": finish,
                     "message": {"role": "assistant", "content": text, **message}}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }  # fmt: skip
    return httpx.Response(200, json=body)


def refusal(status: int, message: str = "no", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message}}, headers=headers)


def events(*pieces: str, finish: str | None = "stop", done: bool = True) -> bytes:
    """A stream of server-sent events."""
    rows: list[dict[str, Any]] = [{"index": 0, "delta": {"content": piece}, "finish_reason": None} for piece in pieces]
    if finish:
        rows.append({"index": 0, "delta": {}, "finish_reason": finish})
    chunks = [
        {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "small", "choices": [row]}
        for row in rows
    ]
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return ("".join(lines) + ("data: [DONE]\n\n" if done else "")).encode()


def answers(endpoint: respx.MockRouter, *replies: Reply) -> respx.Route:
    """The endpoint gives these replies in turn."""
    return endpoint.post(CHAT).mock(side_effect=list(replies))


def bodies(route: respx.Route) -> list[dict[str, Any]]:
    """What was sent."""
    return [json.loads(call.request.content) for call in route.calls]


def ask(text: str = "你好", *, schema: dict[str, Any] | None = None, budget: float = 30.0) -> Ask:
    return Ask(prompt=REF, messages=(Message(role="system", text="简短回答。"), Message(role="user", text=text)),
               answer_schema=schema, max_tokens=50, budget=budget)  # fmt: skip


class Clock:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def edge(
    *names: str, url: str = URL, timeout: float = 5.0, clock: Clock | None = None, retries: int = 2, threshold: int = 5
) -> ModelEdge:
    """A model edge as bootstrap builds it, with time in the test's hand where `clock` is given."""
    connections = Connections(timeout)
    hands: dict[str, Any] = {"clock": clock, "sleep": clock.sleep} if clock else {}
    links = [
        Link(
            LangchainChat(url, name, SecretStr("k"), connections, retry=RetryPolicy(retries), chance=random.Random(1),
                          **hands),
            Breaker(clock or (lambda: 0.0), threshold=threshold),
        )
        for name in names or ("small",)
    ]  # fmt: skip
    chain = Chain(links, **({"clock": clock} if clock else {}))
    return ModelEdge(chain, connections.close)


MARKS = {"understand": "工单分类", "draft": "替电商售后客服写回复", "repair": "改写客服回复里"}
"""Words by which an answering stub tells the prompts apart: calls of one ticket come in any order."""


def stub(**texts: str) -> Callable[[httpx.Request], httpx.Response]:
    """Answers by prompt, streamed where a stream is asked for."""

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        asked = next(name for name, mark in MARKS.items() if mark in body["messages"][0]["content"])
        if body.get("stream"):
            return httpx.Response(200, content=events(texts[asked]), headers={"content-type": "text/event-stream"})
        return completion(texts[asked])

    return answer
