"""Shares out of scored cases, each with its interval and whether it reached what the suite asks."""

from collections.abc import Sequence

import numpy as np

from evals.models import Figure, FigureSpec, Latency, Result, Verdict
from evals.stats import wilson


def figure(spec: FigureSpec, results: Sequence[Result], *, partial: bool) -> Figure:
    """The share that `spec` counts, with its groups.

    Where not a single case counts there is no verdict; in a `partial` run such a figure is not judged at all.
    """
    counted = [result for result in results if _takes_part(spec, result)]
    whole = _share(spec.name, spec, counted, spec.floor, spec.ceiling)
    if spec.each is not None:
        by_value: dict[str, list[Result]] = {group: [] for group in spec.groups}
        for result in counted:
            by_value.setdefault(result.label(spec.each) or "", []).append(result)
        groups = tuple(_share(value, spec, members, spec.each_floor, None) for value, members in by_value.items())
        whole = whole.model_copy(update={"groups": groups})
    return _without_empty(whole) if partial else whole


def latency(results: Sequence[Result]) -> Latency | None:
    """Percentiles over the cases that were answered; null without any."""
    waited = [result.seconds * 1000 for result in results if result.error is None]
    if not waited:
        return None
    p50, p95 = np.percentile(waited, [50, 95])
    return Latency(p50=round(float(p50), 3), p95=round(float(p95), 3), n=len(waited))


def _takes_part(spec: FigureSpec, result: Result) -> bool:
    if result.error is not None or result.scores.get(spec.score) is None:
        return False
    return all(result.label(label) in values for label, values in spec.where.items())


def _share(
    name: str, spec: FigureSpec, counted: Sequence[Result], floor: float | None, ceiling: float | None
) -> Figure:
    hits = [result.id for result in counted if result.scores[spec.score]]
    found = wilson(len(hits), len(counted))
    verdict: Verdict | None = None
    missed: tuple[str, ...] = ()
    if floor is not None or ceiling is not None:
        reached = found.value >= floor if floor is not None else found.value <= (ceiling or 0.0)
        verdict = (Verdict.PASS if reached else Verdict.MISSED) if counted else Verdict.NONE
        hit = set(hits)
        missed = tuple(result.id for result in counted if (result.id in hit) == (ceiling is not None))
    return Figure(
        name=name, n=len(counted), count=len(hits), value=found.value, low=found.low, high=found.high,
        floor=floor, ceiling=ceiling, verdict=verdict, missed=missed,
    )  # fmt: skip


def _without_empty(whole: Figure) -> Figure:
    groups = tuple(group for group in whole.groups if group.n)
    return whole.model_copy(update={"groups": groups, "verdict": whole.verdict if whole.n else None})
