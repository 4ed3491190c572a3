"""`make bench`: ingest rate, search and suggestion latency, memory and start times of one run, as JSON.

Absolute times depend on the machine; read the ratios. Everything runs in a fresh home with the sample
knowledge base and the bundled embeddings.
"""

import argparse
import importlib.resources
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from copilot.bootstrap import Services, build
from copilot.desk import LOCAL
from copilot.domain.compliance import CheckRequest
from copilot.domain.ticket import Ticket
from copilot.settings import Settings
from evals.dataset import CASES, read_rows
from kb import embed
from kb.embed import Embedder
from kb.models import SearchRequest

QUESTIONS = (
    "邮费谁出啊", "东西坏了能退吗", "拆开看过还能七天无理由吗", "快递三天没动静了", "钱啥时候退回来",
    "发错颜色了怎么换", "发票抬头写错了", "买完就降价能补差价吗", "显示签收可我没收到", "取消订单要多久",
    "上门取件要不要给钱", "过了七天还能退吗",
)  # fmt: skip
REPLIES = (
    "您好，质量问题核实属实后可以为您办理退货，运费由商家承担。",
    "亲，我这边先帮您核实物流，2小时内给您回复，请您稍等。",
    "给您补偿50元，您看可以吗？",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    parser.add_argument("--repeat", type=int, default=10, help="rounds over the questions and tickets")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder) / "home", options.repeat)
    options.out.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, ensure_ascii=False, indent=2))


class Counting:
    """An embedder that adds up the time spent inside the model."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name, self.dims = inner.name, inner.dims
        self.seconds = 0.0

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        return self._timed(lambda: self._inner.embed_documents(texts))

    def embed_query(self, text: str) -> np.ndarray:
        return self._timed(lambda: self._inner.embed_query(text))

    def _timed(self, call: Callable[[], np.ndarray]) -> np.ndarray:
        start = time.perf_counter()
        try:
            return call()
        finally:
            self.seconds += time.perf_counter() - start


def measure(home: Path, repeat: int) -> dict[str, Any]:
    """Every figure of one run."""
    bundled = embed.load("bundled")
    assert bundled is not None  # only "none" has no model
    model = Counting(bundled)
    model.embed_query("预热")
    figures: dict[str, Any] = {"machine": {"python": platform.python_version(), "system": platform.platform()}}
    with build(Settings(home=home), embedder=model) as services:
        figures["ingest"] = _ingest(services, model)
        figures["search"] = _search(services, model, repeat)
        figures["suggestion"] = _suggestion(services, model, repeat)
        figures["classification"] = _classification(services, model)
        figures["check"] = _check(services, repeat * 20)
    figures["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    figures["start"] = _start(home)
    return figures


def _ingest(services: Services, model: Counting) -> dict[str, float]:
    print("ingest …", file=sys.stderr)
    model.seconds, clauses, start = 0.0, 0, time.perf_counter()
    with importlib.resources.as_file(importlib.resources.files("kb") / "sample") as folder:
        for path in sorted(folder.glob("*.md")):
            for report in services.knowledge.add_path(path, publish=True, actor="bench"):
                clauses += getattr(report, "clauses", 0)
    seconds = time.perf_counter() - start
    return {
        "clauses": clauses,
        "clauses_per_second": round(clauses / seconds, 1),
        "share_embedding": round(model.seconds / seconds, 3),
    }


def _search(services: Services, model: Counting, repeat: int) -> dict[str, Any]:
    print("search …", file=sys.stderr)
    whole, outside = [], []
    for _ in range(repeat):
        for question in QUESTIONS:
            model.seconds, start = 0.0, time.perf_counter()
            services.desk.search(SearchRequest(query=question))
            seconds = time.perf_counter() - start
            whole.append(seconds)
            outside.append(seconds - model.seconds)
    return {"whole_ms": _percentiles(whole), "without_embedding_ms": _percentiles(outside)}


def _suggestion(services: Services, model: Counting, repeat: int) -> dict[str, Any]:
    print("suggestions …", file=sys.stderr)
    sample = json.loads((importlib.resources.files("kb") / "sample" / "ticket.json").read_text(encoding="utf-8"))
    tickets = [Ticket.model_validate(sample)]
    tickets += [Ticket.model_validate({"messages": [{"role": "customer", "text": q}]}) for q in QUESTIONS]
    whole, outside = [], []
    for _ in range(repeat):
        for ticket in tickets:
            model.seconds, start = 0.0, time.perf_counter()
            services.desk.suggest(ticket, LOCAL)
            seconds = time.perf_counter() - start
            whole.append(seconds)
            outside.append(seconds - model.seconds)
    embedding = [a - b for a, b in zip(whole, outside, strict=True)]
    return {
        "whole_ms": _percentiles(whole),
        "without_embedding_ms": _percentiles(outside),
        "embedding_ms": _percentiles(embedding),
        "rate_of_embedder": round(statistics.mean(embedding) / statistics.mean(whole), 3),
    }


def _classification(services: Services, model: Counting) -> dict[str, Any]:
    """Over the development tickets: the whole beside the ticket's own embedding (aim: p95 of the ratio at most 1.3)."""
    print("classification …", file=sys.stderr)
    whole, ratios = [], []
    for row in read_rows(CASES / "tickets_dev.jsonl"):
        ticket = Ticket.model_validate(row["ticket"])
        model.seconds, start = 0.0, time.perf_counter()
        services.desk.classify(ticket, alone=True)
        seconds = time.perf_counter() - start
        whole.append(seconds)
        ratios.append(seconds / model.seconds if model.seconds else 1.0)
    p50, p95 = np.percentile(ratios, [50, 95])
    return {
        "whole_ms": _percentiles(whole), "times_its_embedding": {"p50": round(float(p50), 2), "p95": round(float(p95), 2)},
    }  # fmt: skip


def _check(services: Services, repeat: int) -> dict[str, Any]:
    print("checks …", file=sys.stderr)
    seconds = []
    for _ in range(repeat):
        for reply in REPLIES:
            start = time.perf_counter()
            services.desk.check(CheckRequest(text=reply))
            seconds.append(time.perf_counter() - start)
    return {"with_lookup_ms": _percentiles(seconds)}


def _start(home: Path) -> dict[str, float]:
    """Whole processes, beside an interpreter that does nothing."""
    print("start …", file=sys.stderr)
    copilot = [sys.executable, "-m", "copilot", "--home", str(home)]
    return {
        "python_s": _process([sys.executable, "-c", "pass"]),
        "check_s": _process([*copilot, "check", "您好，我先帮您核实。"]),
        "suggest_s": _process([*copilot, "suggest", "--jsonl"], b'{"messages":[{"role":"customer","text":"\xe9\x80\x80\xe6\xac\xbe"}]}\n'),
    }  # fmt: skip


def _process(command: list[str], text: bytes = b"") -> float:
    runs = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(command, input=text, check=True, capture_output=True)
        runs.append(time.perf_counter() - start)
    return round(statistics.median(runs), 3)


def _percentiles(seconds: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2), "n": len(seconds)}


if __name__ == "__main__":
    main()
