"""Times and judges replies with guardrails-ai and NeMo Guardrails; runs inside the environment that holds both.

    python run.py --policies FILE --judge NAME --rounds N < texts.jsonl > answer.json

FILE is `{"policy": ["regular expression", …]}`; a line of the input is `{"id": …, "text": …, "timed": true|false}`.
Timed texts are checked N times under every policy, the others once under the policy NAME. The answer gives, for each
peer, seconds (wall clock and processor) of every check by text and round, the yardstick of each round, and the ids of
the texts that it blocked.
Nothing here may reach the network: whoever tries fails, and is counted.
"""

import argparse
import asyncio
import importlib
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

Check = Callable[[str], Awaitable[bool]]
"""True when the reply is blocked."""

WARM = 3
"""Rounds over the first texts before the clock counts."""
_WORK = re.compile("[0-9]|[a-z]+")


def yardstick() -> float:
    """Processor seconds of a fixed piece of work: how fast this core is just now, whatever else the machine does."""
    seconds = []
    for _ in range(9):
        started = time.process_time()
        counts: dict[str, int] = {}
        for number in range(4000):
            key = str(number % 997)
            counts[key] = counts.get(key, 0) + len(_WORK.findall(key))
        seconds.append(time.process_time() - started)
    return sorted(seconds)[4]


class Offline:
    """Refuses every connection of this process and counts who asked."""

    def __init__(self) -> None:
        self.attempts: list[str] = []

    def __call__(self, event: str, details: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
            self.attempts.append(event)
            raise OSError("the benchmark has no network")


class GuardrailsAi:
    """A validator of our own, the way the library documents it, behind `Guard().use(…).validate(…)`."""

    name, package = "guardrails-ai", "guardrails-ai"
    interface = "Guard().use(own validator).validate"
    needs_loop = False

    def open(self, patterns: list[str]) -> Any:
        guardrails = importlib.import_module("guardrails")
        validators = importlib.import_module("guardrails.validators")
        guardrails.settings.disable_tracing = True
        compiled = [re.compile(pattern) for pattern in patterns]
        fail, passed = validators.FailResult, validators.PassResult

        def deny(value: str, metadata: dict[str, Any]) -> Any:
            for pattern in compiled:
                if pattern.search(value):
                    return fail(error_message="the reply breaks the policy")
            return passed()

        validator = validators.register_validator(name="own/policy", data_type="string")(deny)
        return guardrails.Guard().use(validator(on_fail=guardrails.OnFailAction.NOOP))

    async def start(self, guard: Any) -> None:
        pass

    def check(self, guard: Any) -> Check:
        async def blocked(text: str) -> bool:
            return not guard.validate(text).validation_passed

        return blocked


class Nemo:
    """The library's own regex rail on the output, without any language model, behind `check_async`."""

    package = "nemoguardrails"
    needs_loop = True

    def __init__(self, engine: str, iorails: bool) -> None:
        self.name = f"NeMo Guardrails, {engine}"
        self.interface = f"Guardrails({engine}).check_async, rail `regex check output`"
        self._iorails = iorails

    def open(self, patterns: list[str]) -> Any:
        nemo = importlib.import_module("nemoguardrails")
        options = importlib.import_module("nemoguardrails.rails.llm.options")
        self._only = [options.RailType.OUTPUT]
        self._blocked = options.RailStatus.BLOCKED
        rails = {
            "config": {"regex_detection": {"output": {"patterns": patterns}}},
            "output": {"flows": ["regex check output"]},
        }
        # JSON is YAML: no escaping of patterns to get wrong.
        config = nemo.RailsConfig.from_content(yaml_content=json.dumps({"models": [], "rails": rails}))
        if self._iorails:
            return nemo.Guardrails(config, require_iorails=True)
        return nemo.LLMRails(config)

    async def start(self, rails: Any) -> None:
        if self._iorails:
            await rails.startup()

    def check(self, rails: Any) -> Check:
        async def blocked(text: str) -> bool:
            messages = [{"role": "user", "content": "您好"}, {"role": "assistant", "content": text}]
            result = await rails.check_async(messages, rail_types=self._only)
            return bool(result.status == self._blocked)

        return blocked


PEERS: tuple[Any, ...] = (GuardrailsAi(), Nemo("LLMRails", iorails=False), Nemo("IORails", iorails=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policies", type=Path, required=True)
    parser.add_argument("--judge", required=True, help="the policy under which untimed texts are judged")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    offline = Offline()
    sys.addaudithook(offline)
    policies = json.loads(options.policies.read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in sys.stdin if line.strip()]
    answers = [_peer(peer, policies, options.judge, rows, options.rounds) for peer in PEERS]
    answer = {
        "python": sys.version.split()[0],
        "typer": version("typer"),
        "network_attempts": len(offline.attempts),
        "peers": answers,
    }
    sys.stdout.write(json.dumps(answer) + "\n")


def _peer(
    peer: Any, policies: dict[str, list[str]], judge: str, rows: list[dict[str, Any]], rounds: int
) -> dict[str, Any]:
    found: dict[str, Any] = {"name": peer.name, "version": version(peer.package), "interface": peer.interface}
    found["policies"] = {}
    for name, patterns in policies.items():
        sys.stderr.write(f"{peer.name}, {name} …\n")
        started = time.perf_counter()
        opened = peer.open(patterns)
        build = time.perf_counter() - started
        measuring = _measure(peer, opened, rows, rounds, judging=name == judge)
        figures, blocked = asyncio.run(measuring) if peer.needs_loop else _without_loop(measuring)
        found["policies"][name] = {"build_s": build, **figures}
        if name == judge:
            found["blocked"] = blocked
    return found


Measured = tuple[dict[str, Any], list[str]]


async def _measure(peer: Any, opened: Any, rows: list[dict[str, Any]], rounds: int, judging: bool) -> Measured:
    await peer.start(opened)
    check: Check = peer.check(opened)
    timed = [row for row in rows if row["timed"]]
    for row in timed[:20] * WARM:
        await check(row["text"])
    figures: dict[str, Any] = {"wall": {}, "processor": {}, "yardstick": []}
    for _ in range(rounds):
        figures["yardstick"].append(yardstick())
        for row in timed:
            wall, processor = time.perf_counter(), time.process_time()
            await check(row["text"])
            figures["processor"].setdefault(row["id"], []).append(time.process_time() - processor)
            figures["wall"].setdefault(row["id"], []).append(time.perf_counter() - wall)
    return figures, [row["id"] for row in rows if judging and await check(row["text"])]


def _without_loop(measuring: Coroutine[Any, Any, Measured]) -> Measured:
    """For a library that opens an event loop by itself and must not find one running."""
    try:
        measuring.send(None)
    except StopIteration as done:
        return cast(Measured, done.value)
    raise RuntimeError("the check of a synchronous library waited for something")


if __name__ == "__main__":
    main()
