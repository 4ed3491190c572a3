"""The trained head: subtype and risk probabilities from character n-grams and, where at hand, the sentence embedding.

Trained offline by `python -m copilot.understand.train`; at run time numpy alone evaluates it.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Embed = Callable[[str], Vector]

HEAD = Path(__file__).parent.parent / "rulebook" / "data" / "head.npz"
PROBE = "退款什么时候到账"
"""Embedded at training and again at run time: another embedding model gives another vector and is then not used."""

LONGEST_GRAM = 3
MOST_CHARACTERS = 800
"""Of each message that is read for n-grams: enough for any complaint, bounded for pasted logs."""


def grams(text: str) -> list[str]:
    """Character 1- to 3-grams of a folded text."""
    text = text[:MOST_CHARACTERS]
    return [text[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(len(text) - n + 1)]


@dataclass(frozen=True)
class Features:
    """A tf-idf vector of unit length, sparse."""

    index: NDArray[np.intp]
    value: Vector


@dataclass(frozen=True)
class Linear:
    """One linear layer over n-grams and, in the joint one, the embedding; `temperature` calibrates."""

    grams: Vector
    embedding: Vector | None
    bias: Vector
    temperature: float

    def logits(self, features: Features, vector: Vector | None) -> Vector:
        score: Vector = features.value @ self.grams[features.index] + self.bias
        if self.embedding is not None and vector is not None:
            score = score + vector @ self.embedding
        return score / np.float32(self.temperature)


class Head:
    """Weights of both tasks, each with and without the embedding."""

    def __init__(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        self.subtypes: list[str] = [str(name) for name in arrays["subtypes"]]
        self.risks: list[str] = [str(name) for name in arrays["risks"]]
        self.risk_thresholds = {
            joint: dict(zip(self.risks, arrays[f"risk_thresholds_{name}"].astype(float).tolist(), strict=True))
            for joint, name in ((True, "joint"), (False, "grams"))
        }
        self.examples_hash = str(arrays["examples_hash"])
        self._index = {str(gram): position for position, gram in enumerate(arrays["vocabulary"])}
        self._idf = arrays["idf"].astype(np.float32)
        self._mean = arrays["embedding_mean"].astype(np.float32)
        self._probe = arrays["probe"].astype(np.float32)
        self._layers = {
            (task, joint): Linear(
                grams=arrays[f"{task}_{name}_grams"].astype(np.float32),
                embedding=arrays[f"{task}_{name}_embedding"].astype(np.float32) if joint else None,
                bias=arrays[f"{task}_{name}_bias"].astype(np.float32),
                temperature=float(arrays[f"{task}_{name}_temperature"].astype(float)),
            )
            for task in ("subtype", "risk")
            for joint, name in ((True, "joint"), (False, "grams"))
        }

    @property
    def dimensions(self) -> int:
        return int(self._mean.shape[0])

    def features(self, texts: Sequence[tuple[str, float]]) -> Features:
        """tf-idf of weighted folded texts: sublinear term counts, unit length."""
        counts: Counter[int] = Counter()
        for text, weight in texts:
            for gram in grams(text):
                position = self._index.get(gram)
                if position is not None:
                    counts[position] += weight  # type: ignore[assignment]  # Counter holds floats as well
        index = np.fromiter(counts.keys(), dtype=np.intp, count=len(counts))
        value = np.fromiter(
            (1 + math.log(count) if count >= 1 else count for count in counts.values()), np.float32, len(counts)
        )
        value *= self._idf[index]
        norm = float(np.linalg.norm(value))
        return Features(index, value / np.float32(norm) if norm else value)

    def knows(self, embed: Embed) -> bool:
        """Whether `embed` is the model that the head was trained with."""
        vector = np.asarray(embed(PROBE), dtype=np.float32)
        return vector.shape == self._probe.shape and float(vector @ self._probe) > 0.98 * float(
            np.linalg.norm(vector) * np.linalg.norm(self._probe)
        )

    def subtype_probabilities(self, features: Features, vector: Vector | None) -> NDArray[np.float64]:
        """Calibrated, in the order of `subtypes`."""
        score = self._logits("subtype", features, vector).astype(np.float64)
        powers = np.exp(score - score.max())
        shares: NDArray[np.float64] = powers / powers.sum()
        return shares

    def risk_probabilities(self, features: Features, vector: Vector | None) -> dict[str, float]:
        """Each risk by itself."""
        score = self._logits("risk", features, vector).astype(np.float64)
        return dict(zip(self.risks, (1 / (1 + np.exp(-score))).tolist(), strict=True))

    def _logits(self, task: str, features: Features, vector: Vector | None) -> Vector:
        if vector is None or vector.shape != self._mean.shape:
            return self._layers[task, False].logits(features, None)
        return self._layers[task, True].logits(features, centred(vector, self._mean))


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
