"""Clause pairs with a verdict each (data/clause_pairs.jsonl), judged the way a review judges them.

`python -m tests.kb.review.pairs` prints precision and recall. The half `kept` was never tuned on: keep it so.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kb.review.conflicts import contradictions, overridden
from kb.review.corpus import Item
from kb.review.precedence import is_law, meet, overlaps, windows_of
from kb.store.moments import day_end, day_start, seconds
from kb.store.records import ClauseRow, Scope
from tests.kb.conftest import Clock

DATA = Path(__file__).parent / "data" / "clause_pairs.jsonl"


@dataclass(frozen=True)
class Figures:
    precision: float
    recall: float
    wrong: tuple[str, ...]


def rows(split: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return [row for row in found if row["split"] == split]


def item(given: dict[str, Any], key: str) -> Item:
    first, last = (
        None if given.get(name) is None else date.fromisoformat(given[name]) for name in ("valid_from", "valid_to")
    )
    window = (None if first is None else day_start(first), None if last is None else day_end(last))
    title = given.get("title", "售后规则")
    scope = Scope(
        document_id=key, version=1, title=title, source_name=f"{key}.md", kind=given.get("kind", "policy"),
        platform=given.get("platform"), operator=given.get("operator"), audience="customer", valid_from=first,
        valid_to=last, windows=(window,), shop=given.get("shop"), category=given.get("category"),
    )  # fmt: skip
    row = ClauseRow(f"cl_{key}", 1, None, (given["heading"],), given["text"], "", "0" * 64)
    return Item(f"cl_{key}@1", row, scope, is_law(scope.kind, title, {}))


def contradict(row: dict[str, Any]) -> bool:
    left, right = item(row["a"], "a"), item(row["b"], "b")
    now = seconds(Clock().now)
    if not overlaps(left.scope, right.scope) or overridden(left, right):
        return False
    if not meet(windows_of(left.scope, now), windows_of(right.scope, now)):
        return False
    return bool(contradictions(left, right, lambda _: 1.0))


def figures(judged: Iterable[dict[str, Any]]) -> Figures:
    hits = misses = alarms = 0
    wrong: list[str] = []
    for row in judged:
        found, wanted = contradict(row), row["label"] == "conflict"
        hits += found and wanted
        misses += wanted and not found
        alarms += found and not wanted
        if found != wanted:
            wrong.append(row["id"])
    return Figures(hits / max(1, hits + alarms), hits / max(1, hits + misses), tuple(wrong))


if __name__ == "__main__":
    for split in ("dev", "kept"):
        found = figures(rows(split))
        print(split, f"precision {found.precision:.3f} recall {found.recall:.3f}")
