"""The trained part of the guard: how much a sentence means a violation, whatever its words.

A linear model over hashed n-grams judges every sentence; for those that it leaves open a second one reads the sentence
embedding, where there is an embedder. Trained by `python -m evals.meaning`; numpy alone evaluates it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copilot.domain.vocabulary import Category
from copilot.guard.features import Features, Grams, Places

Vector = NDArray[np.float32]
Embed = Callable[[str], Vector | None]
"""The embedding of a sentence; None when the model cannot be had."""

_FULL = 130
"""N-grams of a text of about twenty characters, from which on a row has unit length."""
MODEL = Path(__file__).parent.parent / "rulebook" / "data" / "meaning.npz"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model holds of one sentence."""

    violation: float
    """Log-odds that the sentence breaks a blocking category."""
    liability: float
    """Log-odds that it assigns fault before verification."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Log-odds; from held-out predictions on compliant replies at training."""

    certain: float
    """From here on n-grams alone block."""
    open: float
    """From here up to `certain` the embedding is asked."""
    joint: float
    """From here on both together block."""
    liability: float
    doubt: float
    """Below this a sentence means no harm, as far as the model can tell."""


class Weights:
    """The arrays of a trained model; the weights of the categories are read when first needed."""

    def __init__(self, read: Callable[[str], NDArray[np.generic]]) -> None:
        """`read` gives an array of the model by name."""
        self._read = read
        self.trained_on = str(read("trained_on"))
        idf = read("idf").astype(np.float32)
        self._rows = read("rows").astype(np.int64)
        weights = np.zeros((len(idf), 2), dtype=np.float32)
        weights[self._rows] = read("weights").astype(np.float32) * read("scales").astype(np.float32)
        self.first = np.stack([*(idf[:, None] * weights).T, idf * idf], axis=1)
        """Of each n-gram: its part in both log-odds, and in the square of the length."""
        self.bias = read("bias").astype(np.float32)
        self.embedding = read("embedding").astype(np.float32)
        self.mean, self.spread = read("mean").astype(np.float32), read("spread").astype(np.float32)
        self.mix = read("mix").astype(np.float32)
        self.thresholds = Thresholds(*(float(value) for value in read("thresholds").astype(float)))

    @cached_property
    def categories(self) -> list[Category]:
        return [Category(str(name)) for name in self._read("categories")]

    @cached_property
    def kinds(self) -> NDArray[np.float16]:
        """A column for each blocking category."""
        kinds = np.zeros((len(self.first), len(self.categories)), dtype=np.float16)
        scales = self._read("kind_scales").astype(np.float32)
        kinds[self._rows] = (self._read("kinds").astype(np.float32) * scales).astype(np.float16)
        return kinds

    @cached_property
    def kinds_bias(self) -> Vector:
        return self._read("kinds_bias").astype(np.float32)


class Meaning:
    """Judges sentences with a trained model. Immutable; serves many threads."""

    def __init__(self, weights: Weights, features: Features) -> None:
        self.features = features
        self._weights = weights
        self.thresholds = weights.thresholds
        self.trained_on = weights.trained_on

    def opinion(self, grams: Grams, start: int, end: int) -> Opinion:
        """From the n-grams of text[start:end]."""
        return Opinion(*self.scores(grams.between(start, end)))

    def scores(self, places: Places) -> tuple[float, float]:
        """Log-odds of a violation and of early blame."""
        violation, liability, square = self._weights.first[places].sum(axis=0).tolist()
        scale = scale_of(square, len(places))
        return violation * scale + float(self._weights.bias[0]), liability * scale + float(self._weights.bias[1])

    def category(self, grams: Grams, start: int, end: int) -> Category:
        """The blocking category that text[start:end] would most likely break."""
        places = grams.between(start, end)
        square = self._weights.first[places, 2]
        scale = scale_of(float(square.sum()), len(places))
        scores = (np.sqrt(square) * np.float32(scale)) @ self._weights.kinds[places].astype(
            np.float32
        ) + self._weights.kinds_bias
        return self._weights.categories[int(scores.argmax())]

    def joint(self, violation: float, vector: Vector | None) -> float:
        """Log-odds from n-grams and embedding together; minus infinity without an embedding of the right model."""
        weights = self._weights
        if vector is None or vector.shape != weights.mean.shape:
            return -np.inf
        moved = (np.asarray(vector, dtype=np.float32) - weights.mean) / weights.spread
        meant = float(moved @ weights.embedding[:-1] + weights.embedding[-1])
        return float(weights.mix[0] * violation + weights.mix[1] * meant + weights.mix[2])


def scale_of(square: float, count: int) -> float:
    """Makes a row of unit length; shorter where a text has few n-grams, of which each would weigh too much.

    Args:
        square: sum of the squared idf of the text's n-grams.
        count: how many they are.
    """
    return min(1.0, math.sqrt(count / _FULL)) / (math.sqrt(square) or 1.0)


def load_meaning(features: Features, path: Path = MODEL) -> Meaning | None:
    """The trained model from its file; None where none was trained."""
    if not path.is_file():
        return None
    return Meaning(_weights(path, path.stat().st_mtime_ns), features)


@lru_cache(maxsize=2)
def _weights(path: Path, changed: int) -> Weights:
    """One copy a process, however many guards share it."""

    def read(name: str) -> NDArray[np.generic]:
        with np.load(path, allow_pickle=False) as stored:
            return np.asarray(stored[name])

    return Weights(read)
