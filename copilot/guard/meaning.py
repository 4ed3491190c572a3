"""The trained part of the guard: how much a sentence means a violation, whatever its words.

A linear model over hashed n-grams judges every sentence; for those that it leaves open a second one reads the sentence
embedding, where there is an embedder. Trained by `python -m evals.meaning`; numpy alone evaluates it.
"""

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
    category: Category
    """The likeliest blocking category if it is a violation."""


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
        self._idf = arrays["idf"].astype(np.float32)
        self._weights = _dense(arrays)
        self._bias = arrays["bias"].astype(np.float32)
        self._embedding = arrays["embedding"].astype(np.float32)
        self._mean, self._spread = arrays["mean"].astype(np.float32), arrays["spread"].astype(np.float32)
        self._mix = arrays["mix"].astype(np.float32)
        self.thresholds = Thresholds(*(float(value) for value in arrays["thresholds"].astype(float)))

    def opinion(self, grams: Grams, start: int, end: int) -> Opinion:
        """From the n-grams of text[start:end]."""
        scores = self.scores(grams.between(start, end))
        return Opinion(float(scores[0]), float(scores[1]), self._categories[int(scores[2:].argmax())])

    def scores(self, places: Places) -> Vector:
        """Log-odds of a violation and of early blame, then one score for each blocking category."""
        idf = self._idf[places]
        scores: Vector = (idf * np.float32(scale_of(idf))) @ self._weights[places].astype(np.float32) + self._bias
        return scores

    def joint(self, violation: float, vector: Vector | None) -> float:
        """Log-odds from n-grams and embedding together; minus infinity without an embedding of the right model."""
        if vector is None or vector.shape != self._mean.shape:
            return -np.inf
        moved = (np.asarray(vector, dtype=np.float32) - self._mean) / self._spread
        meant = float(moved @ self._embedding[:-1] + self._embedding[-1])
        return float(self._mix[0] * violation + self._mix[1] * meant + self._mix[2])


def scale_of(idf: Vector) -> float:
    """Makes a row of unit length; shorter where the text has few n-grams, of which each would weigh too much."""
    norm = float(np.sqrt(idf @ idf)) or 1.0
    return min(1.0, float(np.sqrt(len(idf) / _FULL))) / norm


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
