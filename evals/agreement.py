"""How far two hands agree on the labels of the kept tickets: `python -m evals.agreement`, JSON on standard output.

The second hand (`tickets_kept_second.jsonl`) saw the tickets and the domain contract, never the first labels. What two
careful readers do not agree on, no classifier can be right about.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.dataset import CASES, read_rows
from evals.scorers.tickets import Expected
from evals.stats import wilson

_SAME = ("issue_type", "emotion", "high_emotion", "priority", "complaint_level")
_SETS = ("demands", "risk_flags")


def agreement(first: Mapping[str, Expected], second: Mapping[str, Expected]) -> dict[str, object]:
    """Shares with their 95 % Wilson intervals over the tickets that both labelled."""
    both = [(first[id_], second[id_]) for id_ in first if id_ in second]
    found: dict[str, object] = {"tickets": len(both)}
    for name in _SAME:
        found[name] = _share([getattr(one, name) == getattr(other, name) for one, other in both])
    subtypes = [(one.issue_type, one.issue_subtype) == (other.issue_type, other.issue_subtype) for one, other in both]
    found["issue_subtype"] = _share(subtypes)
    for name in _SETS:
        pairs = [(frozenset(getattr(one, name)), frozenset(getattr(other, name))) for one, other in both]
        found[f"{name}_exact"] = _share([one == other for one, other in pairs])
        members = sum(len(one) + len(other) for one, other in pairs)
        found[f"{name}_f1"] = round(2 * sum(len(one & other) for one, other in pairs) / members, 3) if members else None
    decided = [(one.escalate, other.escalate) for one, other in both if None not in (one.escalate, other.escalate)]
    found["escalate"] = _share([one == other for one, other in decided])
    verdicts = [
        bool(set(expected.verdict) & set(other.entitlements[action].verdict))
        for one, other in both
        for action, expected in one.entitlements.items()
        if action in other.entitlements
    ]
    found["entitlements"] = _share(verdicts)
    return found


def _share(right: Sequence[bool]) -> dict[str, float]:
    return {**wilson(sum(right), len(right)).as_dict(), "n": len(right)}


def _read(path: Path) -> dict[str, Expected]:
    return {row["id"]: Expected.model_validate(row["expect"]) for row in read_rows(path)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=Path, default=CASES / "tickets_kept.jsonl")
    parser.add_argument("--second", type=Path, default=CASES / "tickets_kept_second.jsonl")
    arguments = parser.parse_args()
    json.dump(agreement(_read(arguments.first), _read(arguments.second)), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
