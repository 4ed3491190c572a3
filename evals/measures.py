"""Figures that are no simple share: F1 over sets and classes, calibration. Each with a bootstrap interval over cases."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evals.models import Measure, ReliabilityBin

_RESAMPLES = 1000
_SEED = 20260618
_BINS = 10


def macro_f1(name: str, expected: Sequence[str], found: Sequence[str]) -> Measure:
    """The mean over classes of each class's F1; classes that neither side names count nothing."""
    classes = {label: number for number, label in enumerate(sorted({*expected, *found}))}
    true = np.array([classes[label] for label in expected], dtype=np.intp)
    said = np.array([classes[label] for label in found], dtype=np.intp)

    def value(picks: NDArray[np.intp]) -> float:
        both = np.bincount(true[picks][true[picks] == said[picks]], minlength=len(classes))
        either = np.bincount(true[picks], minlength=len(classes)) + np.bincount(said[picks], minlength=len(classes))
        named = either > 0
        return float((2 * both[named] / either[named]).mean()) if named.any() else 0.0

    return _measure(name, len(expected), value)


def set_f1(name: str, expected: Sequence[frozenset[str]], found: Sequence[frozenset[str]]) -> Measure:
    """Micro F1 over the members of all sets."""
    both = np.array([len(true & said) for true, said in zip(expected, found, strict=True)])
    either = np.array([len(true) + len(said) for true, said in zip(expected, found, strict=True)])

    def value(picks: NDArray[np.intp]) -> float:
        total = int(either[picks].sum())
        return 2 * int(both[picks].sum()) / total if total else 1.0

    return _measure(name, len(expected), value)


def ratio(name: str, parts: Sequence[int], wholes: Sequence[int]) -> Measure:
    """The parts of all cases over their wholes (recall by span, precision by character); 1 where there is no whole."""
    part, whole = np.array(parts), np.array(wholes)

    def value(picks: NDArray[np.intp]) -> float:
        total = int(whole[picks].sum())
        return int(part[picks].sum()) / total if total else 1.0

    return _measure(name, len(parts), value)


def calibration_error(name: str, confidence: Sequence[float], right: Sequence[bool]) -> Measure:
    """Expected calibration error over ten bins of equal width (Guo et al. 2017), with the bins for a diagram."""
    stated, true = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    places = np.minimum((stated * _BINS).astype(np.intp), _BINS - 1)

    def value(picks: NDArray[np.intp]) -> float:
        gaps = np.bincount(places[picks], weights=(true - stated)[picks], minlength=_BINS)
        return float(np.abs(gaps).sum() / len(picks)) if len(picks) else 0.0

    counts = Counter(places.tolist())
    bins = tuple(
        ReliabilityBin(
            low=number / _BINS, high=(number + 1) / _BINS, n=counts[number],
            stated=round(float(stated[places == number].mean()), 4), right=round(float(true[places == number].mean()), 4),
        )
        for number in sorted(counts)
    )  # fmt: skip
    return _measure(name, len(stated), value).model_copy(update={"bins": bins})


def _measure(name: str, n: int, value: Callable[[NDArray[np.intp]], float]) -> Measure:
    """The value over all cases and its percentile bootstrap interval; seeded, so that a run repeats exactly."""
    if n == 0:
        return Measure(name=name, n=0, value=0.0, low=0.0, high=1.0)
    whole = value(np.arange(n, dtype=np.intp))
    picks = np.random.default_rng(_SEED).integers(0, n, size=(_RESAMPLES, n), dtype=np.intp)
    low, high = np.quantile([value(one) for one in picks], (0.025, 0.975))
    return Measure(
        name=name, n=n, value=round(whole, 4), low=round(float(low), 4), high=round(float(high), 4)
    )  # fmt: skip
