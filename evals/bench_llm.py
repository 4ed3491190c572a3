"""`make bench-llm`: what the copilot adds to a model's own time, as JSON.

A stub answers every question after a fixed time. Measured are the time of a suggestion over that time, where reading
and draft go out at once and nothing has to be asked again; concurrent streams; and what becomes of suggestions whose
model is killed half way.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from copilot.app import create_app
from copilot.bootstrap import Services, build
from copilot.cli.home_commands import load_sample
from copilot.desk import LOCAL
from copilot.domain.roles import Role
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Status
from copilot.settings import Settings

DELAY = 0.5
TICKET = Ticket.model_validate({
    "platform": "jd", "messages": [{"role": "customer", "text": "电饭煲用了三天不加热了，能退吗，邮费谁出"}],
})  # fmt: skip


GREETING = Ticket.model_validate({"messages": [{"role": "customer", "text": "你好，在吗"}]})
"""Says nothing that a model could read: its draft is the only call."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench_llm.json"))
    parser.add_argument("--repeat", type=int, default=20, help="suggestions one after the other")
    parser.add_argument("--streams", type=int, default=50, help="streams at once")
    parser.add_argument("--killed", type=int, default=100, help="suggestions, the model killed in the middle")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder) / "home", options.repeat, options.streams, options.killed)
    options.out.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, ensure_ascii=False, indent=2))


def measure(home: Path, repeat: int, streams: int, killed: int) -> dict[str, Any]:
    with build(Settings(home=home)) as services:
        load_sample(services)
    figures: dict[str, Any] = {"stub_seconds": DELAY}
    with _stub() as (model, url), _opened(home, url) as services:
        figures["one_call"] = _timed(services, GREETING, repeat)
        figures["two_calls_at_once"] = _timed(services, TICKET, repeat)
        figures["one_stream"] = asyncio.run(_streams(services, 1))
        figures["streams"] = asyncio.run(_streams(services, streams))
        figures["killed"] = _killed(services, model, killed)
    return figures


@contextmanager
def _stub() -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "evals.stub_model", "--delay", str(DELAY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as model:
        assert model.stdout is not None  # asked for with PIPE
        try:
            yield model, f"http://127.0.0.1:{int(model.stdout.readline())}/v1"
        finally:
            model.kill()


@contextmanager
def _opened(home: Path, url: str) -> Iterator[Services]:
    with build(Settings(home=home, llm_base_url=url, llm_model="stub")) as services:
        services.desk.warm()
        services.desk.suggest(TICKET, LOCAL)  # the first call learns what the endpoint can do
        yield services


def _timed(services: Services, ticket: Ticket, repeat: int) -> dict[str, Any]:
    print("suggestions …", file=sys.stderr)
    ratios, stages, calls = [], Counter[str](), 0
    for _ in range(repeat):
        start = time.perf_counter()
        made = services.desk.suggest(ticket, LOCAL)
        ratios.append((time.perf_counter() - start) / DELAY)
        stages.update(made.trace.timings_ms)
        calls += made.trace.llm_calls
    return {
        "suggestions": repeat, "calls_each": calls / repeat, "ratio_p50": round(statistics.median(ratios), 3),
        "ratio_worst": round(max(ratios), 3),
        "stages_ms": {name: round(total / repeat, 1) for name, total in stages.items()},
    }  # fmt: skip


async def _streams(services: Services, count: int) -> dict[str, Any]:
    print("streams …", file=sys.stderr)
    key = services.keys.create(Role.AGENT, "bench", LOCAL)
    server = uvicorn.Server(uvicorn.Config(create_app(services), port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        await asyncio.sleep(0.01)
    port = next(sock.getsockname()[1] for each in server.servers for sock in each.sockets)
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120, limits=limits) as client:
        results = await asyncio.gather(*(_stream(client, key) for _ in range(count)), return_exceptions=True)
    server.should_exit = True
    thread.join()
    whole = [result for result in results if not isinstance(result, BaseException) and result[2]]
    return {
        "streams": count, "errors": count - len(whole),
        "first_event_s_p50": round(statistics.median(result[0] for result in whole), 3),
        "whole_s_p50": round(statistics.median(result[1] for result in whole), 3),
        "whole_s_worst": round(max(result[1] for result in whole), 3),
    }  # fmt: skip


async def _stream(client: httpx.AsyncClient, key: str) -> tuple[float, float, bool]:
    """Seconds to the first event and to the end, and whether a suggestion came."""
    start, first, names = time.perf_counter(), 0.0, []
    body = TICKET.model_dump(mode="json", exclude_none=True)
    async with client.stream("POST", "/v1/suggestions/stream", json=body, headers={"X-API-Key": key}) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                first = first or time.perf_counter() - start
                names.append(line.removeprefix("event: "))
    return first, time.perf_counter() - start, names[-2:] == ["suggestion", "done"]


def _killed(services: Services, model: "subprocess.Popen[str]", count: int) -> dict[str, Any]:
    print("killed …", file=sys.stderr)
    done: list[Suggestion] = []

    def one(_: int) -> None:
        done.append(services.desk.suggest(TICKET, LOCAL))
        if len(done) == count // 2:
            model.kill()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(count)))
    valid = [made for made in done if made.drafts and all(d.compliance.status is not Status.BLOCK for d in made.drafts)]
    return {"suggestions": count, "valid": len(valid), "modes": dict(Counter(str(made.mode) for made in done))}


if __name__ == "__main__":
    main()
