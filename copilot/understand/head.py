"""The trained head: what a conversation is about, wants and shows, from character n-grams and, where at hand, its embedding.

Trained offline by `python -m copilot.understand.train`; at run time numpy alone evaluates it.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Shares = NDArray[np.float64]
Embed = Callable[[str], Vector]

HEAD = Path(__file__).parent.parent / "rulebook" / "data" / "head.npz"
PROBE = "退款什么时候到账"
"""Embedded at training and again at run time: another embedding model gives another vector and is then not used."""

LONGEST_GRAM = 3
MOST_CHARACTERS = 800
"""Of each message that is read for n-grams: enough for any complaint, bounded for pasted logs."""
ONE_OF = ("subtype", "emotion")
"""Tasks whose names exclude each other."""
EACH = ("risk", "demand", "mark")
"""Tasks whose names are judged one by one."""
LAYERS = ("joint", "grams")
"""With the embedding, and without it."""


def grams(text: str) -> list[str]:
    """Character 1- to 3-grams of a folded text."""
    text = text[:MOST_CHARACTERS]
    return [text[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(len(text) - n + 1)]


@dataclass(frozen=True)
class Features:
    """A tf-idf vector of unit length, sparse."""

    index: NDArray[np.intp]
    value: Vector


def tf_idf(texts: Sequence[tuple[str, float]], positions: Mapping[str, int], idf: Vector) -> Features:
    """Features of weighted folded texts: sublinear counts times idf, unit length."""
    counts: Counter[int] = Counter()
    for text, weight in texts:
        for gram in grams(text):
            position = positions.get(gram)
            if position is not None:
                counts[position] += weight  # type: ignore[assignment]  # Counter holds floats as well
    index = np.fromiter(counts.keys(), dtype=np.intp, count=len(counts))
    value = np.fromiter(
        (1 + math.log(count) if count >= 1 else count for count in counts.values()), np.float32, len(counts)
    )
    value *= idf[index]
    norm = float(np.linalg.norm(value))
    return Features(index, value / np.float32(norm) if norm else value)


@dataclass(frozen=True)
class Linear:
    """One linear layer over n-grams and, in the joint one, the embedding; `temperature` calibrates."""

    grams: Vector
    embedding: Vector | None
    bias: Vector
    temperature: float

    def logits(self, features: Features, vector: Vector | None) -> Shares:
        score = features.value @ self.grams[features.index] + self.bias
        if self.embedding is not None and vector is not None:
            score = score + vector @ self.embedding
        return np.asarray(score, dtype=np.float64) / self.temperature


class Head:
    """Weights of every task, each with and without the embedding, and how each is merged with the signals."""

    def __init__(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        self.names: dict[str, list[str]] = {
            task: [str(name) for name in arrays[f"{task}_names"]] for task in (*ONE_OF, *EACH)
        }
        self.examples_hash = str(arrays["examples_hash"])
        self._positions = {str(gram): position for position, gram in enumerate(arrays["vocabulary"])}
        self._idf = arrays["idf"].astype(np.float32)
        self._mean = arrays["embedding_mean"].astype(np.float32)
        self._probe = arrays["probe"].astype(np.float32)
        self._layers = {
            (task, layer): Linear(
                grams=arrays[f"{task}_{layer}_grams"].astype(np.float32),
                embedding=arrays[f"{task}_{layer}_embedding"].astype(np.float32) if layer == "joint" else None,
                bias=arrays[f"{task}_{layer}_bias"].astype(np.float32),
                temperature=float(arrays[f"{task}_{layer}_temperature"].astype(float)),
            )
            for task in (*ONE_OF, *EACH)
            for layer in LAYERS
        }
        self._merges = {
            (task, layer): arrays[f"{task}_{layer}_merge"].astype(np.float64)
            for task in ("emotion", *EACH)
            for layer in LAYERS
        }
        self._thresholds = {
            (task, layer): arrays[f"{task}_{layer}_thresholds"].astype(np.float64) for task in EACH for layer in LAYERS
        }

    @property
    def subtypes(self) -> list[str]:
        return self.names["subtype"]

    @property
    def dimensions(self) -> int:
        return int(self._mean.shape[0])

    def features(self, texts: Sequence[tuple[str, float]]) -> Features:
        """tf-idf of weighted folded texts."""
        return tf_idf(texts, self._positions, self._idf)

    def knows(self, embed: Embed) -> bool:
        """Whether `embed` is the model that the head was trained with."""
        vector = np.asarray(embed(PROBE), dtype=np.float32)
        return vector.shape == self._probe.shape and float(vector @ self._probe) > 0.98 * float(
            np.linalg.norm(vector) * np.linalg.norm(self._probe)
        )

    def subtype_probabilities(self, features: Features, vector: Vector | None) -> Shares:
        """Calibrated, in the order of `subtypes`."""
        return softmax(self.logits("subtype", features, vector))

    def logits(self, task: str, features: Features, vector: Vector | None) -> Shares:
        """In the order of the task's names."""
        centre = None if vector is None or vector.shape != self._mean.shape else centred(vector, self._mean)
        return self._layers[task, self._layer(vector)].logits(features, centre)

    def merge(self, task: str, vector: Vector | None) -> Shares:
        """The learned weights of the merge with the signals (see merge.py)."""
        return self._merges[task, self._layer(vector)]

    def thresholds(self, task: str, vector: Vector | None) -> Shares:
        """From which merged probability on each name of the task holds."""
        return self._thresholds[task, self._layer(vector)]

    def _layer(self, vector: Vector | None) -> str:
        return "grams" if vector is None or vector.shape != self._mean.shape else "joint"


def softmax(logits: Shares) -> Shares:
    """Over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Shares = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def sigmoid(logits: Shares) -> Shares:
    shares: Shares = 1.0 / (1.0 + np.exp(-np.clip(logits, -50.0, 50.0)))
    return shares


def centred(vector: Vector, mean: Vector) -> Vector:
    """E5 vectors share one strong direction; without it their differences carry the weight."""
    moved: Vector = np.asarray(vector, dtype=np.float32) - mean
    norm = np.linalg.norm(moved, axis=-1, keepdims=True)
    unit: Vector = moved / np.maximum(norm, np.float32(1e-9))
    return unit


@lru_cache(maxsize=4)
def load_head(path: Path = HEAD) -> Head | None:
    """The head from its file; None where it was not trained yet."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        return Head({name: arrays[name] for name in arrays.files})
