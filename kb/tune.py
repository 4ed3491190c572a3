"""`make tune`: learns from pairs (evals/training) how everyday questions lie to formal passages; writes
kb/index/tuning.npz.

Contrastive (InfoNCE): every question must be nearer to its own passage than to all others. Two linear maps are held
near the identity by a penalty whose weight was chosen on questions about the sample knowledge base without its own
wordings (evals/cases/retrieval_sample.jsonl); the totals of the other questions were printed beside them.
"""

import argparse
import hashlib
import importlib.resources
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb import embed, ingest
from kb.index.tuning import FILE
from kb.ingest import Given
from kb.store.vectors import model_key

Matrix = NDArray[np.float32]

_TEMPERATURE = 20.0
_PENALTY = 6.0
_RATE = 3e-3
_STEPS = 240
_BATCH = 3072
_DROPOUT = 0.1
_SEED = 7


@dataclass(frozen=True, slots=True)
class Lesson:
    """A passage and questions whose answer it is."""

    passage: str
    questions: tuple[str, ...]


def lessons(folder: Path, *, sample: bool) -> list[Lesson]:
    """The pairs written in a folder's files, and (where asked) the sample knowledge base's clauses with their
    wordings."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append(Lesson(row["passage"], tuple(row["questions"])))
    if sample:
        for entry in sorted(Path(str(importlib.resources.files("kb") / "sample")).glob("*.md")):
            prepared = ingest.prepare(entry.name, entry.read_bytes(), Given())
            for draft in prepared.drafts:
                head = " · ".join((prepared.title, *draft.section_path))
                found.append(Lesson(f"{head}\n{draft.text}", draft.questions))
    return [lesson for lesson in found if lesson.questions]


@dataclass(slots=True)
class Maps:
    """Both maps with the means that they are applied around."""

    question: Matrix
    question_mean: Matrix
    passage: Matrix
    passage_mean: Matrix


def train(passages: Matrix, questions: Matrix, owner: NDArray[np.int64]) -> tuple[Maps, float]:
    """The maps, and the loss of the last step; `owner` names each question's passage by row."""
    random = np.random.default_rng(_SEED)
    size = passages.shape[1]
    identity = np.eye(size, dtype=np.float32)
    maps = Maps(np.zeros_like(identity), questions.mean(axis=0), np.zeros_like(identity), passages.mean(axis=0))
    centred_questions, centred_passages = questions - maps.question_mean, passages - maps.passage_mean
    steppers = (Adam(maps.question), Adam(maps.passage))
    loss = 0.0
    for _ in range(_STEPS):
        chosen = random.permutation(len(questions))[:_BATCH]
        kept = random.random((len(chosen), size), dtype=np.float32) >= _DROPOUT
        asked_in = centred_questions[chosen] * kept / (1.0 - _DROPOUT)
        asked, asked_length = _units(asked_in @ (identity + maps.question))
        told, told_length = _units(centred_passages @ (identity + maps.passage))
        logits = _TEMPERATURE * asked @ told.T
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        shares /= shares.sum(axis=1, keepdims=True)
        right = (np.arange(len(chosen)), owner[chosen])
        loss = float(-np.log(np.maximum(shares[right], 1e-12)).mean())
        shares[right] -= 1.0
        shares *= _TEMPERATURE / len(chosen)
        for stepper, inputs, units, length, pull in (
            (steppers[0], asked_in, asked, asked_length, shares @ told),
            (steppers[1], centred_passages, told, told_length, shares.T @ asked),
        ):
            inner = (pull - (pull * units).sum(axis=1, keepdims=True) * units) / length
            stepper.step(inputs.T @ inner + 2.0 * _PENALTY / size * stepper.weights)
    maps.question += identity
    maps.passage += identity
    return maps, loss


class Adam:
    """Adam with its usual constants; changes `weights` in place."""

    def __init__(self, weights: Matrix) -> None:
        self.weights = weights
        self._first = np.zeros_like(weights)
        self._second = np.zeros_like(weights)
        self._steps = 0

    def step(self, gradient: Matrix) -> None:
        self._steps += 1
        self._first += 0.1 * (gradient - self._first)
        self._second += 0.001 * (gradient**2 - self._second)
        first = self._first / (1.0 - 0.9**self._steps)
        second = self._second / (1.0 - 0.999**self._steps)
        self.weights -= (_RATE * first / (np.sqrt(second) + 1e-8)).astype(np.float32)


def _units(rows: Matrix) -> tuple[Matrix, Matrix]:
    length = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-8).astype(np.float32)
    return rows / length, length


def _rounded(rows: Matrix) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Rows in 8 bits with a scale each: the angle to the original stays below half a degree."""
    scale = np.abs(rows).max(axis=1) / 127.0
    return np.rint(rows / scale[:, None]).astype(np.int8), scale.astype(np.float16)


class Remembered:
    """Vectors of texts, kept in a file between runs, since embedding takes most of the time."""

    def __init__(self, model: embed.Embedder, cache: Path | None) -> None:
        self._model = model
        self._cache = cache
        self._known: dict[str, Matrix] = {}
        if cache is not None and cache.exists():
            with np.load(cache, allow_pickle=False) as held:
                self._known = dict(zip(held["keys"].tolist(), held["rows"], strict=True))

    def rows(self, kind: str, texts: Sequence[str]) -> Matrix:
        """One row a text, as a `passage` or as a `question`."""
        keys = [hashlib.sha256(f"{self._model.name}\x1e{kind}\x1e{text}".encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if kind == "passage" and missing:
            rows = self._model.embed_documents(list(missing.values()))
            self._known.update(zip(missing, rows, strict=True))
        for key, text in missing.items() if kind == "question" else ():
            self._known[key] = self._model.embed_query(text)
        if self._cache is not None and missing:
            np.savez(self._cache, keys=np.array(list(self._known)), rows=np.stack(list(self._known.values())))
        return np.stack([self._known[key] for key in keys])


def write(path: Path, model: str, maps: Maps, found: Sequence[Lesson], passages: Matrix, questions: Matrix) -> str:
    """Writes the file that `kb.index.tuning` reads; its digest."""
    starts = np.cumsum([0, *(len(lesson.questions) for lesson in found)])
    means = np.stack([questions[low:high].mean(axis=0) for low, high in itertools.pairwise(starts)])
    arrays: dict[str, NDArray[np.generic]] = {
        "question_map": maps.question.astype(np.float16),
        "question_mean": maps.question_mean.astype(np.float32),
        "passage_map": maps.passage.astype(np.float16),
        "passage_mean": maps.passage_mean.astype(np.float32),
    }
    arrays["bank"], arrays["bank_scale"] = _rounded(passages)
    arrays["bank_asked"], arrays["bank_asked_scale"] = _rounded(_units(means)[0])
    arrays["questions"] = np.array(json.dumps([lesson.questions for lesson in found], ensure_ascii=False))
    digest = hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays))).hexdigest()[:16]
    np.savez_compressed(path, allow_pickle=False, model=np.array(model_key(model)), digest=np.array(digest), **arrays)
    return digest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path, help='folder of *.jsonl: {"passage", "questions"} a line')
    parser.add_argument("--cache", type=Path, help="a file that keeps the vectors between runs")
    parser.add_argument("--without-sample", action="store_true", help="as for a knowledge base never seen")
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    model = embed.BundledEmbedder()
    found = lessons(options.pairs, sample=not options.without_sample)
    remembered = Remembered(model, options.cache)
    passages = remembered.rows("passage", [lesson.passage for lesson in found])
    questions = remembered.rows("question", [question for lesson in found for question in lesson.questions])
    owner = np.repeat(np.arange(len(found)), [len(lesson.questions) for lesson in found])
    maps, loss = train(passages, questions, owner)
    digest = write(options.out, model.name, maps, found, passages, questions)
    print(
        f"{len(found)} passages, {len(questions)} questions, last loss {loss:.3f}; wrote {options.out.name} ({digest})"
    )


if __name__ == "__main__":
    main()
