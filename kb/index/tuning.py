"""What was learned for the bundled model from pairs of customers' questions and policy passages.

Two things, both in one file made by `make tune` (kb/tune.py) for one embedding model:

- a linear map for questions and one for passages, near the identity, that bring everyday wording closer to formal
  wording (contrastive training; vectors remembered in SQL stay the model's own, so a new map embeds nothing anew);
- a bank of passages with the questions people asked about them: a clause without wordings of its own borrows those of
  the nearest two passages, for search only.

Without such a file (another model) vectors are used as they are and nothing is borrowed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.embed import unit_rows
from kb.store.vectors import model_key

Matrix = NDArray[np.float32]

FILE = Path(__file__).parent / "tuning.npz"
_NEIGHBOURS = 2
_NEAR_ENOUGH = 0.2  # centred cosine: below it a passage is about something else
_BORROWED_SHARE = 0.35


@dataclass(frozen=True)
class Tuning:
    """Maps and bank for one model. Vectors in and out are unit rows of the model's dimensions, float32."""

    name: str
    question_map: Matrix
    question_mean: Matrix
    passage_map: Matrix
    passage_mean: Matrix
    bank: Matrix
    bank_asked: Matrix
    bank_questions: tuple[tuple[str, ...], ...]

    def question(self, vector: Matrix) -> Matrix:
        """A question's vector as the dense index wants it."""
        mapped: Matrix = unit_rows((vector - self.question_mean) @ self.question_map)[0]
        return mapped

    def passages(self, rows: Matrix) -> Matrix:
        """Vectors of clauses as the dense index wants them."""
        return unit_rows((rows - self.passage_mean) @ self.passage_map)

    def neighbours(self, rows: Matrix) -> list[tuple[int, ...]]:
        """For each clause the bank's passages that are about the same matter, nearest first, at most two."""
        centred = unit_rows(rows - self.passage_mean)
        likeness = centred @ self._centred_bank.T
        order = np.argsort(-likeness, axis=1)[:, :_NEIGHBOURS]
        return [
            tuple(int(place) for place in places if line[place] >= _NEAR_ENOUGH)
            for places, line in zip(order, likeness, strict=True)
        ]

    def borrowed(self, neighbours: tuple[int, ...]) -> tuple[str, ...]:
        """The questions that were asked about these passages."""
        return tuple(question for place in neighbours for question in self.bank_questions[place])

    def lent(self, row: Matrix, neighbours: tuple[int, ...]) -> Matrix:
        """A mapped clause vector turned towards the questions of its neighbours."""
        if not neighbours:
            return row
        asked = unit_rows((self.bank_asked[list(neighbours)] - self.question_mean) @ self.question_map).mean(axis=0)
        turned: Matrix = unit_rows((1.0 - _BORROWED_SHARE) * row + _BORROWED_SHARE * unit_rows(asked)[0])[0]
        return turned

    @cached_property
    def _centred_bank(self) -> Matrix:
        return unit_rows(self.bank - self.passage_mean)


@lru_cache(maxsize=4)
def _stored(path: Path) -> tuple[str, Tuning] | None:
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    decoded = {
        name: (arrays[name].astype(np.float32) * arrays[f"{name}_scale"][:, None].astype(np.float32))
        for name in ("bank", "bank_asked")
    }
    tuning = Tuning(
        name=str(arrays["digest"]),
        question_map=arrays["question_map"].astype(np.float32),
        question_mean=arrays["question_mean"].astype(np.float32),
        passage_map=arrays["passage_map"].astype(np.float32),
        passage_mean=arrays["passage_mean"].astype(np.float32),
        bank=unit_rows(decoded["bank"]),
        bank_asked=unit_rows(decoded["bank_asked"]),
        bank_questions=tuple(map(tuple, json.loads(str(arrays["questions"])))),
    )
    return str(arrays["model"]), tuning


def tuning_for(model_name: str, file: Path | None = None) -> Tuning | None:
    """What a file (the shipped one) holds for this embedding model; None for any other model."""
    found = _stored(file or FILE)
    return found[1] if found is not None and found[0] == model_key(model_name) else None
