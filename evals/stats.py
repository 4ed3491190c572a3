"""Intervals around shares and means."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_Z = 1.959963984540054  # two-sided 95 %
_RESAMPLES = 2000
_SEED = 20260618


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the range that holds it with 95 % confidence."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Rounded to three places."""
        return {"value": round(self.value, 3), "low": round(self.low, 3), "high": round(self.high, 3)}


def wilson(successes: int, total: int) -> Interval:
    """Wilson's score interval of a share. Without a single trial it spans everything."""
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    share = successes / total
    scale = 1.0 + _Z**2 / total
    centre = (share + _Z**2 / (2 * total)) / scale
    spread = _Z * math.sqrt(share * (1.0 - share) / total + _Z**2 / (4 * total**2)) / scale
    return Interval(share, max(0.0, centre - spread), min(1.0, centre + spread))


def mean_interval(values: Sequence[float]) -> Interval:
    """Percentile bootstrap interval of a mean; the resampling is seeded, so that a run repeats exactly."""
    if not values:
        return Interval(0.0, 0.0, 1.0)
    data = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(_SEED).integers(0, len(data), size=(_RESAMPLES, len(data)))
    low, high = np.quantile(data[picks].mean(axis=1), (0.025, 0.975))
    return Interval(float(data.mean()), float(low), float(high))
