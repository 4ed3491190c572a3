"""From figures to a verdict and an exit status: 0 pass, 1 a floor missed, 3 nothing can be said."""

from collections.abc import Iterable, Sequence

from evals.models import Figure, Verdict

EXIT = {Verdict.PASS: 0, Verdict.MISSED: 1, Verdict.NONE: 3}


def judge(figures: Sequence[Figure], selected: int, errors: Sequence[str]) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on a case set, and why it is not `pass`.

    A missed floor counts even where other cases have no answer; without any, one case without an answer is enough to
    leave the verdict open, and so is a figure without cases.
    """
    missed, unknown = [], []
    judged = 0
    for name, one in _all(figures):
        if one.verdict is None:
            continue
        judged += 1
        if one.verdict is Verdict.MISSED:
            bound = f"at least {one.floor}" if one.floor is not None else f"at most {one.ceiling}"
            missed.append(f"{name}: {one.value:.4f} of {one.n}, must be {bound}")
        elif one.verdict is Verdict.NONE:
            unknown.append(f"{name}: no cases")
    if selected == 0:
        unknown.append("no cases were selected")
    elif judged == 0:
        unknown.append("no figure with a floor or a ceiling was measured")
    if errors:
        unknown.append(f"{len(errors)} cases have no answer")
    if missed:
        return Verdict.MISSED, (*missed, *unknown)
    return (Verdict.NONE if unknown else Verdict.PASS), tuple(unknown)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict for several: a missed floor first, then an open one; without any it is open."""
    found = set(verdicts)
    for verdict in (Verdict.MISSED, Verdict.NONE):
        if verdict in found:
            return verdict
    return Verdict.PASS if found else Verdict.NONE


def _all(figures: Sequence[Figure]) -> Iterable[tuple[str, Figure]]:
    for one in figures:
        yield one.name, one
        for group in one.groups:
            yield f"{one.name} / {group.name}", group
