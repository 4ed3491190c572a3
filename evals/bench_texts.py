"""Replies for the guard's benchmark: about 15, 50 and 200 characters, half of them with one violation.

Natural replies of the development set and sentences of good ones, joined where one is too short. The kept set is never opened here.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.dataset import CASES, read_rows

SIZES = (15, 50, 200)
_TOLERANCE = 0.05
_LEAST_TOLERANCE = 3
"""Characters."""
_SEED = 20260618
_TRIES = 400
_SENTENCE = re.compile("[^。！？!?~]{4,}[。！？!?~]+")


@dataclass(frozen=True, slots=True)
class Reply:
    id: str
    text: str
    size: int
    """Characters that were asked for; the text has a twentieth (or three) more or fewer at most."""
    violating: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A case of the development set that blocks or passes, as its author meant it."""

    id: str
    text: str
    kind: str
    blocks: bool
    ticket: dict[str, Any] | None


def judged(path: Path = CASES / "guard_dev.jsonl") -> list[Judged]:
    """Violations that must be blocked and replies that must pass; approvals and warnings stay out."""
    return [
        Judged(row["id"], row["text"], row["kind"], row["expect"] == "block", row["ticket"])
        for row in read_rows(path)
        if row["expect"] != "warn" and row["kind"] != "approval"
    ]


def replies(cases: Sequence[Judged], size: int, each: int) -> list[Reply]:
    """`each` good and `each` violating replies of about that many characters, the same ones in every run.

    Raises:
        ValueError: the cases do not yield as many.
    """
    chance = random.Random(f"{_SEED}-{size}")
    # What a ticket decides cannot be judged without it.
    whole = [case.text for case in cases if not case.blocks and case.ticket is None]
    good = [*whole, *(part for text in whole for part in _SENTENCE.findall(text) if part != text)]
    bad = [case.text for case in cases if case.blocks and case.ticket is None]
    found: list[Reply] = []
    for violating, openings in ((False, good), (True, bad)):
        texts: dict[str, None] = {}
        for _ in range(_TRIES * each):
            text = _joined(chance.choice(openings), good, size, chance)
            if text is not None:
                texts.setdefault(text)
            if len(texts) == each:
                break
        else:
            raise ValueError(f"the cases yield {len(texts)} of {each} replies of about {size} characters")
        kind = "violating" if violating else "good"
        found += [Reply(f"{kind}-{size}-{number}", text, size, violating) for number, text in enumerate(texts)]
    return found


def _joined(first: str, good: Sequence[str], size: int, chance: random.Random) -> str | None:
    """The reply and as many good ones as it takes, in any order; None when that does not come out."""
    allowed = max(_TOLERANCE * size, _LEAST_TOLERANCE)
    least, most = size - allowed, size + allowed
    parts, length = [first], len(first)
    while length < least:
        parts.append(chance.choice(good))
        length += len(parts[-1])
    if length > most:
        return None
    chance.shuffle(parts)
    return "".join(parts)
