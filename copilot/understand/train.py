"""Trains the head on the rulebook's examples and messages: `python -m copilot.understand.train` (extra `dev`).

Writes rulebook/data/head.npz with the hash of what it was trained on, and prints what held-out folds measured.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.domain.vocabulary import Demand
from copilot.rulebook import messages as messages_file
from copilot.rulebook import signals as signals_file
from copilot.rulebook import taxonomy as taxonomy_file
from copilot.rulebook.signals import Signals
from copilot.understand.head import HEAD, PROBE
from copilot.understand.merge import BEYOND
from copilot.understand.training.design import design, embed_all
from copilot.understand.training.layers import FOLDS, Arrays, Trained, each_of, fold_of, one_of
from copilot.understand.training.rows import RISKS, Row, rows

MARKS = (
    "complaint", "repeated_contact", "earlier_promise", "review_threat", "exception", "praise", "injury",
    BEYOND, "staff", "extra_money", "departments", "faulty_goods", "wants_superior", "regulator_involved", "media_involved",
)  # fmt: skip

FEWEST = 20
"""Rows that must show a mark before it is learned."""


def examples_hash(folder: Path) -> str:
    """SHA-256 of everything that a head is trained on, for the test that it is up to date."""
    taxonomy = taxonomy_file.load(folder / "taxonomy").examples_hash()
    # The signals' patterns take part too: what fires is an input of every merge.
    signals = hashlib.sha256((folder / "signals.yaml").read_bytes()).hexdigest()
    return hashlib.sha256(f"{taxonomy} {signals} {messages_file.digest(folder / 'messages')}".encode()).hexdigest()


def train(folder: Path, cache: Path | None, kept: Arrays | None = None) -> Trained:
    """Every layer and merge of the head, and what held-out folds say of them.

    Args:
        kept: an earlier head, whose merges, thresholds and temperatures are taken over; no held-out folds are fitted.
    """
    signals = signals_file.load(folder / "signals.yaml")
    messages = messages_file.load(folder / "messages")
    found = rows(taxonomy_file.load(folder / "taxonomy"), signals, messages, MARKS)
    vectors = embed_all([*(row.query for row in found), PROBE], cache)
    made, folds = design(found, vectors[:-1]), fold_of(found)
    arrays: dict[str, NDArray[np.generic]] = {
        "vocabulary": np.array(made.vocabulary), "idf": made.idf.astype(np.float16), "embedding_mean": made.mean,
        "probe": vectors[-1], "examples_hash": np.array(examples_hash(folder)),
    }  # fmt: skip
    report: dict[str, Any] = {"rows": len(found), "messages": len(messages), "folds": FOLDS}
    usual = _usual(found, signals)
    tasks: dict[str, Callable[[], Trained]] = {
        "subtype": lambda: one_of("subtype", found, made, folds, kept),
        "emotion": lambda: one_of("emotion", found, made, folds, kept),
        "demand": lambda: each_of("demand", [str(name) for name in Demand], found, made, folds, usual, kept),
        "risk": lambda: each_of("risk", [str(name) for name in RISKS], found, made, folds, usual, kept),
        "mark": lambda: each_of("mark", _labelled(found, kept), found, made, folds, usual, kept),
    }
    for name, fit in tasks.items():
        start = time.monotonic()
        trained = fit()
        arrays |= trained.arrays
        report[name] = {**trained.report, "seconds": round(time.monotonic() - start, 1)}
    return Trained(arrays, report)


def _labelled(found: list[Row], kept: Arrays | None) -> list[str]:
    """The marks that enough rows show; the others stay with their signals."""
    if kept is not None:
        return [str(name) for name in kept["mark_names"]]
    shown = {name: sum(row.labels.marks.get(name, False) for row in found) for name in MARKS}
    return [name for name in MARKS if shown[name] >= FEWEST]


def _usual(found: list[Row], signals: Signals) -> list[frozenset[str]]:
    return [frozenset(map(str, signals.default_demands.get(row.labels.issue or "", ()))) for row in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HEAD.parent, help="the rulebook folder")
    parser.add_argument("--out", type=Path, default=HEAD)
    parser.add_argument("--cache", type=Path, default=None, help="keeps embeddings between runs (.npz)")
    parser.add_argument("--quick", action="store_true", help="after a few new examples: keep merges and thresholds")
    arguments = parser.parse_args()
    kept = None
    if arguments.quick:
        if not arguments.out.is_file():
            parser.error(f"--quick needs an earlier head at {arguments.out}: train once without it")
        with np.load(arguments.out, allow_pickle=False) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
    trained = train(arguments.data, arguments.cache, kept)
    np.savez_compressed(arguments.out, **trained.arrays)  # type: ignore[arg-type]  # numpy's stub wants the flag's type
    print(json.dumps(trained.report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
