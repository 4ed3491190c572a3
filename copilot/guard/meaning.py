"""The trained part of the guard: how much a sentence means a violation, whatever its words.

A linear model over hashed n-grams judges every sentence; for those that it leaves open a second one reads the sentence
embedding, where there is an embedder. Trained by `python -m evals.meaning`; numpy alone evaluates it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
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


class Meaning:
    """Immutable after loading; serves many threads."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]], features: Features) -> None:
        self.features = features
        self.trained_on = str(arrays["trained_on"])
        self._categories = [Category(str(name)) for name in arrays["categories"]]
        idf = arrays["idf"].astype(np.float32)
        self._weights = _dense(arrays)
        self._first = np.stack([*(idf[:, None] * self._weights[:, :2].astype(np.float32)).T, idf * idf], axis=1)
        """Of each n-gram: its part in both log-odds, and in the square of the length."""
        self._bias = arrays["bias"].astype(np.float32)
        self._embedding = arrays["embedding"].astype(np.float32)
        self._mean, self._spread = arrays["mean"].astype(np.float32), arrays["spread"].astype(np.float32)
        self._mix = arrays["mix"].astype(np.float32)
        self.thresholds = Thresholds(*(float(value) for value in arrays["thresholds"].astype(float)))

    def opinion(self, grams: Grams, start: int, end: int) -> Opinion:
        """From the n-grams of text[start:end]."""
        return Opinion(*self.scores(grams.between(start, end)))

    def scores(self, places: Places) -> tuple[float, float]:
        """Log-odds of a violation and of early blame."""
        violation, liability, square = self._first[places].sum(axis=0).tolist()
        scale = scale_of(square, len(places))
        return violation * scale + float(self._bias[0]), liability * scale + float(self._bias[1])

    def category(self, grams: Grams, start: int, end: int) -> Category:
        """The blocking category that text[start:end] would most likely break."""
        places = grams.between(start, end)
        square = self._first[places, 2]
        scale = scale_of(float(square.sum()), len(places))
        scores = (np.sqrt(square) * np.float32(scale)) @ self._weights[places, 2:].astype(np.float32) + self._bias[2:]
        return self._categories[int(scores.argmax())]

    def joint(self, violation: float, vector: Vector | None) -> float:
        """Log-odds from n-grams and embedding together; minus infinity without an embedding of the right model."""
        if vector is None or vector.shape != self._mean.shape:
            return -np.inf
        moved = (np.asarray(vector, dtype=np.float32) - self._mean) / self._spread
        meant = float(moved @ self._embedding[:-1] + self._embedding[-1])
        return float(self._mix[0] * violation + self._mix[1] * meant + self._mix[2])


def scale_of(square: float, count: int) -> float:
    """Makes a row of unit length; shorter where a text has few n-grams, of which each would weigh too much.

    Args:
        square: sum of the squared idf of the text's n-grams.
        count: how many they are.
    """
    return min(1.0, math.sqrt(count / _FULL)) / (math.sqrt(square) or 1.0)


def _dense(arrays: Mapping[str, NDArray[np.generic]]) -> NDArray[np.float16]:
    """Stored as the rows that carry weight, 8 bits a weight with one scale a column."""
    idf = arrays["idf"]
    rows = arrays["rows"].astype(np.int64)
    weights = np.zeros((len(idf), arrays["weights"].shape[1]), dtype=np.float16)
    weights[rows] = (arrays["weights"].astype(np.float32) * arrays["scales"].astype(np.float32)).astype(np.float16)
    return weights


@lru_cache(maxsize=4)
def _arrays(path: Path) -> dict[str, NDArray[np.generic]] | None:
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def load_meaning(features: Features, path: Path = MODEL) -> Meaning | None:
    """The trained model from its file; None where none was trained."""
    arrays = _arrays(path)
    return None if arrays is None else Meaning(arrays, features)
