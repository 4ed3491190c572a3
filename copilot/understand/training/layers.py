"""Fits the head's linear layers and, from predictions on held-out folds, their merges with the signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.understand.head import LAYERS, ONE_OF, Shares, softmax
from copilot.understand.merge import EMOTIONS, each_inputs, emotion_inputs
from copilot.understand.training.design import Design
from copilot.understand.training.rows import Row

FOLDS = 4
STRENGTH = {"subtype": 10.0, "emotion": 1.5, "risk": 20.0, "demand": 10.0, "mark": 5.0}
"""Inverse of the regularisation."""
EMBEDDING_SHARE = {"subtype": 0.6, "emotion": 0.3, "risk": 0.6, "demand": 0.6, "mark": 0.6}
"""Length of the embedding beside n-grams of length 1; like STRENGTH chosen on development tickets by other hands."""
RISK_WEIGHT = 6.0
"""Examples of a risk are few beside calm messages."""
FALSE_ALARMS = 0.004
"""Share of rows without a risk and without its signal that may be flagged; sets the risk's threshold."""
LEAST = {"regulator_involved": 0.65, "media_involved": 0.65}
"""From there on a mark is believed that makes a complaint level 1."""
SEED = 20260618
Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Trained:
    arrays: Arrays
    report: dict[str, Any]
    """What the held-out folds measured."""


def fold_of(rows: Sequence[Row]) -> NDArray[np.intp]:
    """A fold for each row; rows of one text share it."""
    keys = {key: number for number, key in enumerate(dict.fromkeys(row.query for row in rows))}
    drawn = np.random.default_rng(SEED).integers(0, FOLDS, size=len(keys))
    return np.array([drawn[keys[row.query]] for row in rows], dtype=np.intp)


def one_of(
    task: str, rows: Sequence[Row], made: Design, folds: NDArray[np.intp], kept: Arrays | None = None
) -> Trained:
    """A task whose names exclude each other: multinomial, calibrated by a temperature.

    Args:
        kept: an earlier head whose temperatures and merge are taken over; nothing is measured then.
    """
    labels = [row.labels.issue if task == "subtype" else row.labels.emotion for row in rows]
    known = [number for number, label in enumerate(labels) if label is not None]
    names = sorted({label for label in labels if label}) if task == "subtype" else [str(name) for name in EMOTIONS]
    truth = np.array([names.index(str(labels[i])) for i in known])
    weights = np.array([rows[i].labels.weight for i in known])
    arrays: Arrays = {f"{task}_names": np.array(names)}
    report: dict[str, Any] = {}
    for layer in LAYERS:
        matrix = made.of(layer, EMBEDDING_SHARE[task])[known]
        if kept is None:
            logits = _held_out(_multinomial(task), matrix, truth, weights, folds[known], len(names))
            whole = weights == 1.0
            temperature = _temperature(logits[whole], truth[whole])
            report[f"{layer}_right"] = round(float((logits[whole].argmax(axis=1) == truth[whole]).mean()), 4)
            if task == "emotion":
                merge, merged = _emotion_merge(logits / temperature, truth, [rows[i] for i in known])
                arrays[f"emotion_{layer}_merge"] = merge
                report[f"{layer}_merged_right"] = round(merged, 4)
        else:
            temperature = float(kept[f"{task}_{layer}_temperature"].astype(float))
            if task == "emotion":
                arrays[f"emotion_{layer}_merge"] = kept[f"emotion_{layer}_merge"]
        model = _multinomial(task).fit(matrix, truth, sample_weight=weights)
        arrays |= _layer(task, layer, model.coef_, model.intercept_, temperature, len(made.vocabulary))
    return Trained(arrays, report)


def each_of(
    task: str, names: Sequence[str], rows: Sequence[Row], made: Design, folds: NDArray[np.intp],
    expected: Sequence[frozenset[str]], kept: Arrays | None = None,
) -> Trained:  # fmt: skip
    """A task whose names are judged one by one: a logistic regression, a merge and a threshold for each.

    Args:
        expected: for each row the demands that its problem usually comes with.
        kept: an earlier head whose merges and thresholds are taken over; nothing is measured then.
    """
    arrays: Arrays = {f"{task}_names": np.array(list(names))}
    report: dict[str, Any] = {}
    for layer in LAYERS:
        matrix = made.of(layer, EMBEDDING_SHARE[task])
        fits, merged = [], []
        for name in names:
            known = [number for number, row in enumerate(rows) if name in row.labels.each(task)]
            truth = np.array([rows[i].labels.each(task)[name] for i in known])
            weights = np.where(truth, RISK_WEIGHT if task == "risk" else 1.0, 1.0)
            if kept is None:
                logits = _held_out(_binary(task), matrix[known], truth, weights, folds[known])
                inputs = [
                    each_inputs(task, [name], logits[place : place + 1], rows[i].found, expected[i])[0]
                    for place, i in enumerate(known)
                ]
                one = _merged(task, name, np.stack(inputs), truth, folds[known])
                report[f"{layer}_{name}"] = one.report
                merged.append(one)
            fits.append(_binary(task).fit(matrix[known], truth, sample_weight=weights))
        coefficients = np.stack([model.coef_[0] for model in fits])
        biases = np.array([model.intercept_[0] for model in fits])
        arrays |= _layer(task, layer, coefficients, biases, 1.0, len(made.vocabulary))
        found = {"merge": [one.weights for one in merged], "thresholds": [one.threshold for one in merged]}
        arrays |= {
            f"{task}_{layer}_{part}": np.array(values) if kept is None else kept[f"{task}_{layer}_{part}"]
            for part, values in found.items()
        }
    return Trained(arrays, report)


@dataclass(frozen=True)
class _Merged:
    """How one name's logit is merged with its signal."""

    weights: NDArray[np.float64]
    threshold: float
    report: dict[str, Any]


def _merged(task: str, name: str, inputs: Shares, truth: NDArray[np.bool_], folds: NDArray[np.intp]) -> _Merged:
    weights, shares = _each_merge(inputs, truth, folds)
    # A risk whose signal fired stays anyway: its threshold decides over the others alone.
    silent = inputs[:, 1] == 0 if task == "risk" else np.ones(len(truth), dtype=bool)
    threshold = max(_threshold(task, shares[silent], truth[silent]), LEAST.get(name, 0.0))
    said = (shares >= threshold) | ~silent
    report = {
        "n": int(truth.sum()), "recall": _share(said[truth]), "precision": _share(truth[said]),
        "false": round(float(said[~truth].mean()), 4), "threshold": round(threshold, 3),
    }  # fmt: skip
    return _Merged(weights, threshold, report)


def _held_out(
    model: Any, matrix: Any, truth: NDArray[Any], weights: NDArray[np.float64], folds: NDArray[np.intp],
    classes: int | None = None,
) -> Shares:  # fmt: skip
    """Each row's logits by a model that did not see its fold."""
    logits = np.zeros(len(truth) if classes is None else (len(truth), classes))
    for number in range(FOLDS):
        train, test = folds != number, folds == number
        logits[test] = model.fit(matrix[train], truth[train], sample_weight=weights[train]).decision_function(
            matrix[test]
        )
    return logits


def _emotion_merge(logits: Shares, truth: NDArray[np.intp], rows: Sequence[Row]) -> tuple[Shares, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    inputs = np.stack([emotion_inputs(one, row.found) for one, row in zip(logits, rows, strict=True)])
    model = LogisticRegression(C=1.0, max_iter=500, fit_intercept=False)
    right = cross_val_predict(model, inputs, truth, cv=FOLDS) == truth
    return np.asarray(model.fit(inputs, truth).coef_, dtype=np.float64), float(right.mean())


def _each_merge(
    inputs: Shares, truth: NDArray[np.bool_], folds: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights, and the merged probability of each row by weights that did not see it."""
    from sklearn.linear_model import LogisticRegression

    def fitted(rows: NDArray[np.bool_]) -> Any:
        return LogisticRegression(C=1.0, max_iter=500, fit_intercept=False).fit(inputs[rows], truth[rows])

    shares = np.zeros(len(truth))
    for number in range(FOLDS):
        test = folds == number
        shares[test] = fitted(~test).predict_proba(inputs[test])[:, 1]
    return np.asarray(fitted(np.ones(len(truth), dtype=bool)).coef_[0], dtype=np.float64), shares


def _threshold(task: str, shares: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """A risk: as low as its false alarms allow, at most one half. Others: where F1 is best."""
    if task == "risk":
        return float(np.clip(np.quantile(shares[~truth], 1 - FALSE_ALARMS), 0.15, 0.5))
    # A mark that is wrongly seen turns a routine ticket into a complaint or a repetition: it has to be likely.
    tried = np.linspace(0.45 if task == "mark" else 0.2, 0.7, 26)
    scores = [2 * float((truth & (shares >= t)).sum()) / max(1, int(truth.sum() + (shares >= t).sum())) for t in tried]
    return float(tried[int(np.argmax(scores))])


def _temperature(logits: Shares, truth: NDArray[np.intp]) -> float:
    """The temperature with the least log loss on held-out logits."""
    tried = np.geomspace(0.2, 3.0, 60)
    losses = [-np.log(np.maximum(softmax(logits / one)[np.arange(len(truth)), truth], 1e-12)).mean() for one in tried]
    return float(tried[int(np.argmin(losses))])


def _layer(
    task: str, layer: str, coefficients: NDArray[np.float64], bias: NDArray[np.float64], temperature: float, size: int
) -> Arrays:
    name = f"{task}_{layer}"
    return {
        f"{name}_grams": coefficients[:, :size].T.astype(np.float16),
        f"{name}_embedding": (coefficients[:, size:].T * EMBEDDING_SHARE[task]).astype(np.float16),
        f"{name}_bias": bias.astype(np.float32),
        f"{name}_temperature": np.array(temperature),
    }


def _multinomial(task: str) -> Any:
    from sklearn.linear_model import LogisticRegression

    assert task in ONE_OF
    return LogisticRegression(C=STRENGTH[task], max_iter=200, tol=1e-3)


def _binary(task: str) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=STRENGTH[task], solver="liblinear", max_iter=200)


def _share(found: NDArray[np.bool_]) -> float | None:
    return round(float(found.mean()), 3) if len(found) else None
