"""What a sentence of an agent does: greets, shows empathy, restates, names a time, states policy, closes, asks for a
rating.

Set words decide where they stand. Any other sentence takes the act of the examples that it is nearest to in meaning:
by embeddings where a model is at hand, else by character pairs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock

import numpy as np

from copilot.qa.sentences import Sentence, pairs, shared
from copilot.rulebook.qa import QaFile
from copilot.understand.fold import fold
from copilot.understand.head import Vector

_NEAREST = 2
"""Examples whose mean similarity stands for an act: one odd example decides nothing."""
_REMEMBERED = 512
_MARGIN = 0.004
"""How much nearer than every other act; cosines of the bundled model lie close together."""
_LEAST_PAIRS = 0.2
"""Shared character pairs (cosine) below which nothing is said about a sentence."""


@dataclass(frozen=True)
class _Example:
    act: str
    text: str


class Acts:
    """Thread-safe; the examples are embedded once, when the first sentence without set words comes."""

    def __init__(self, file: QaFile, embed: Callable[[str], Vector] | None) -> None:
        self._phrases = {
            act: tuple(fold(phrase).text for phrase in rules.phrases) for act, rules in file.acts.items()
        }  # fmt: skip
        self._examples = [
            _Example(act, fold(text).text) for act, rules in file.acts.items() for text in rules.examples
        ]  # fmt: skip
        self._embed = embed
        self._vectors: np.ndarray | None = None
        self._lock = Lock()
        # Several items ask the same of one sentence.
        self._nearest_to = lru_cache(maxsize=_REMEMBERED)(self._judge)

    def first(self, act: str, sentences: Iterable[Sentence]) -> Sentence | None:
        """The first sentence that does `act`: one with set words, else one that means it."""
        listed = list(sentences)
        return next((each for each in listed if self._said(act, each)), None) or next(
            (each for each in listed if self._nearest(each) == act), None
        )

    def all(self, act: str, sentences: Iterable[Sentence]) -> list[Sentence]:
        """Every sentence that does `act`."""
        return [each for each in sentences if self.does(act, each)]

    def does(self, act: str, sentence: Sentence) -> bool:
        return self._said(act, sentence) or self._nearest(sentence) == act

    def _said(self, act: str, sentence: Sentence) -> bool:
        return any(phrase in sentence.folded for phrase in self._phrases[act])

    def _nearest(self, sentence: Sentence) -> str:
        """The act of the nearest examples; `other` where nothing is near."""
        return self._nearest_to(sentence.folded)

    def _judge(self, text: str) -> str:
        similar = self._by_meaning(text) if self._embed is not None else self._by_pairs(text)
        means = {
            act: float(np.sort(similar[places])[-_NEAREST:].mean()) for act, places in self._places.items()
        }  # fmt: skip
        best, second = sorted(means, key=lambda act: -means[act])[:2]
        least = 0.0 if self._embed is not None else _LEAST_PAIRS
        return best if means[best] >= max(least, means[second] + _MARGIN) else "other"

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Act → where its examples stand."""
        return {
            act: [place for place, example in enumerate(self._examples) if example.act == act] for act in self._phrases
        }

    def _by_meaning(self, text: str) -> np.ndarray:
        assert self._embed is not None  # asked by the caller
        with self._lock:
            if self._vectors is None:
                self._vectors = np.stack([np.asarray(self._embed(each.text)) for each in self._examples])
        found: np.ndarray = self._vectors @ np.asarray(self._embed(text))
        return found

    def _by_pairs(self, text: str) -> np.ndarray:
        wanted = pairs(text)
        return np.array([shared(wanted, known) for known in self._pairs])

    @cached_property
    def _pairs(self) -> Sequence[frozenset[str]]:
        return [pairs(example.text) for example in self._examples]
