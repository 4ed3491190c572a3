"""Scorers by name: each reads its cases, asks the target and says yes or no to what a suite counts."""

from typing import Any

from evals.errors import NoVerdict
from evals.scorers.base import Scorer
from evals.scorers.guard import GuardScorer
from evals.scorers.redaction import RedactionScorer
from evals.scorers.tickets import TicketScorer

SCORERS: dict[str, Scorer[Any, Any]] = {
    "guard": GuardScorer(), "redaction": RedactionScorer(), "tickets": TicketScorer(),
}  # fmt: skip


def scorer_named(name: str) -> Scorer[Any, Any]:
    """The scorer that a suite names.

    Raises:
        NoVerdict: there is none.
    """
    if name not in SCORERS:
        raise NoVerdict(f"scorer: {name!r} is not known; there are: {', '.join(sorted(SCORERS))}")
    return SCORERS[name]
