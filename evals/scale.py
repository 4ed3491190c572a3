"""`make scale LAWS=folder`: a large knowledge base on one machine: ingest rate, search latency, memory, as JSON.

Text and lexical index are real. The clauses' vectors are random unit vectors, since two cores embed about fifteen
clauses a second; questions are embedded by the bundled model, so latency and memory are those of a real base. What such
vectors find means nothing; the quality figures are `make retrieval`'s.
"""

import argparse
import json
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.bench import QUESTIONS
from kb import embed
from kb.embed import Vectors, unit_rows
from kb.models import IngestFailure, SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings

_PART = 200


class RandomDocuments:
    """The bundled model for questions, seeded random unit vectors for clauses."""

    def __init__(self) -> None:
        self._model = embed.BundledEmbedder()
        self._random = np.random.default_rng(42)
        self.name, self.dims = "random documents, bundled questions", self._model.dims
        self.query_seconds = 0.0

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return unit_rows(self._random.normal(size=(len(texts), self.dims)))

    def embed_query(self, text: str) -> Vectors:
        started = time.perf_counter()
        vector = self._model.embed_query(text)
        self.query_seconds += time.perf_counter() - started
        return vector


def measure(folder: Path, home: Path, most: int, repeat: int) -> dict[str, Any]:
    """Loads files of the folder until there are `most` clauses, then searches."""
    model = RandomDocuments()
    with KnowledgeBase.open(KbSettings(home=home), embedder=model) as base:
        loaded = _load(base, folder, most)
        base.search(SearchRequest(query="预热"))
        whole, outside = [], []
        for question in [question for _ in range(repeat) for question in QUESTIONS]:
            model.query_seconds = 0.0
            started = time.perf_counter()
            base.search(SearchRequest(query=question))
            spent = time.perf_counter() - started
            whole.append(spent)
            outside.append(spent - model.query_seconds)
        return loaded | {
            "search_ms": _quantiles(whole),
            "search_outside_query_embedding_ms": _quantiles(outside),
            "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "drift_clean": base.drift().clean,
        }


def _load(base: KnowledgeBase, folder: Path, most: int) -> dict[str, Any]:
    started = time.perf_counter()
    clauses = files = 0
    paths = sorted(path for path in folder.rglob("*.md"))
    for first in range(0, len(paths), _PART):
        with tempfile.TemporaryDirectory() as part:
            for path in paths[first : first + _PART]:
                shutil.copy(path, part)
            for report in base.add_path(part, kind="policy", publish=True, actor="scale"):
                if isinstance(report, IngestFailure):
                    raise SystemExit(f"{report.path}: {report.message}")
                clauses += report.clauses
                files += 1
        if clauses >= most:
            break
    seconds = time.perf_counter() - started
    rate = round(clauses / seconds, 1)
    return {"files": files, "clauses": clauses, "seconds": round(seconds, 1), "clauses_a_second": rate}


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20)
    return {"p50": round(1000 * statistics.median(values), 2), "p95": round(1000 * cuts[18], 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="Markdown files, below it at any depth")
    parser.add_argument("--clauses", type=int, default=60_000)
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("scale.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        figures = measure(options.folder, Path(home), options.clauses, options.repeat)
    options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
