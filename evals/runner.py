"""Runs suites: asks a target every case, scores the answers, measures and judges. A failed case is a result."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copilot.cli.progress import Report, progress_bar
from evals import dataset, gate
from evals.dataset import Loaded
from evals.errors import NoVerdict
from evals.figures import figure, latency
from evals.models import Case, Options, Result, RunReport, SetReport, Suite, SuiteReport
from evals.scorers import scorer_named
from evals.scorers.base import Scorer, Unscored
from evals.targets import Target

_LOG = logging.getLogger(__name__)

Opener = Callable[[datetime, bool], AbstractContextManager[Target]]
"""Opens the target with its clock at the given time; whole: with everything that a suggestion takes."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A suite with its cases read, before anything is asked."""

    suite: Suite
    sha256: str
    scorer: Scorer[Any, Any]
    sets: tuple[Loaded[Case], ...]
    selected: tuple[tuple[Case, ...], ...]
    """The cases of each set that pass the filters and the sample."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A target's answer to one case, or why there is none, and how long it took."""

    case: Case
    answer: Any
    error: Exception | None
    seconds: float


def prepare(path: Path, options: Options) -> Prepared:
    """Reads and checks a suite and its cases.

    Raises:
        NoVerdict: a file is missing or wrong.
        UsageError: the options name what is not there.
    """
    suite, sha256 = dataset.load_suite(path)
    scorer = scorer_named(suite.scorer)
    unknown = sorted({spec.score for spec in suite.figures} - scorer.scores)
    if unknown:
        raise NoVerdict(f"{path}: figures: the scorer {scorer.name!r} has no score {', '.join(unknown)}")
    sets = tuple(dataset.load_cases(path, spec, scorer.case) for spec in dataset.choose_sets(suite, options.case_set))
    selected = tuple(dataset.select(loaded.cases, options.filters, options.sample) for loaded in sets)
    return Prepared(suite, sha256, scorer, sets, selected)


def run(prepared: Sequence[Prepared], options: Options, open_target: Opener) -> RunReport:
    """Runs every suite and judges the whole.

    Raises:
        NoVerdict: the cases cannot be brought into the target.
        CopilotError, KbError: the target cannot be opened.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    suites = tuple(_suite(one, options, open_target) for one in prepared)
    verdict = gate.worst(suite.verdict for suite in suites)
    return RunReport(
        started_at=started, seconds=round(time.monotonic() - clock, 1), options=options, suites=suites,
        verdict=verdict, exit_status=gate.EXIT[verdict],
    )  # fmt: skip


def ask_all(
    cases: Sequence[Case], ask: Callable[[Case], Any], threads: int, report: Callable[[int, int], None]
) -> list[Asked]:
    """Asks every case, in order or from several threads; answers come in the order of the cases.

    Whatever a case raises is kept as its result.
    """
    found: list[Asked] = []
    for asked in _answers(cases, ask, threads):
        found.append(asked)
        report(len(found), len(cases))
    return found


def _answers(cases: Sequence[Case], ask: Callable[[Case], Any], threads: int) -> Iterator[Asked]:
    if threads == 1:
        yield from (_asked(case, ask) for case in cases)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        yield from pool.map(lambda case: _asked(case, ask), cases)
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupted run does not ask the rest


def _asked(case: Case, ask: Callable[[Case], Any]) -> Asked:
    start = time.perf_counter()
    answer, failure = None, None
    try:
        answer = ask(case)
    except Exception as error:  # noqa: BLE001 - one case must not end the run; it is reported apart
        failure = error
    return Asked(case, answer, failure, time.perf_counter() - start)


def _suite(prepared: Prepared, options: Options, open_target: Opener) -> SuiteReport:
    suite, scorer = prepared.suite, prepared.scorer
    with open_target(suite.now, scorer.whole) as target, progress_bar(suite.name) as progress:
        try:
            scorer.prepare(target, [case for cases in prepared.selected for case in cases])
        except ValueError as error:
            raise NoVerdict(f"{suite.name}: {error}") from error
        sets = tuple(
            _set(prepared, loaded, cases, options, target, progress)
            for loaded, cases in zip(prepared.sets, prepared.selected, strict=True)
        )
        return SuiteReport(
            name=suite.name, title=suite.title, suite_sha256=prepared.sha256, scorer=f"{scorer.name} {scorer.version}",
            target=target.name, versions=target.versions, now=suite.now, sets=sets,
            verdict=gate.worst(one.verdict for one in sets),
        )  # fmt: skip


def _set(
    prepared: Prepared, loaded: Loaded[Case], cases: Sequence[Case], options: Options, target: Target, progress: Report
) -> SetReport:
    spec, scorer = loaded.spec, prepared.scorer
    asked = ask_all(
        cases,
        lambda case: scorer.ask(target, case),
        options.threads,
        lambda done, total: progress(spec.name, done, total),
    )
    hidden = spec.kept and not options.show_kept
    results = tuple(_result(scorer, one, hidden=hidden) for one in asked)
    errors = tuple(result.id for result in results if result.error is not None)
    partial = len(cases) < len(loaded.cases)
    figures = tuple(figure(one, results, partial=partial) for one in prepared.suite.figures)
    verdict, reasons = gate.judge(figures, len(cases), errors)
    failed = set(errors)
    pairs = [(one.case, one.answer) for one in asked if one.case.id not in failed]
    return SetReport(
        name=spec.name, kept=spec.kept, texts_hidden=hidden, files=loaded.hashes, selected=len(cases), partial=partial,
        errors=errors, figures=figures, latency_ms=latency(results), verdict=verdict, reasons=reasons, cases=results,
        measures=scorer.measures(pairs), confusion=scorer.confusion(pairs),
    )  # fmt: skip


def _result(scorer: Scorer[Any, Any], asked: Asked, *, hidden: bool) -> Result:
    """The case scored; of a hidden one only its id, labels and scores."""
    case, failure = asked.case, asked.error
    scores: dict[str, bool | None] = {}
    if failure is None:
        try:
            scores = scorer.score(case, asked.answer)
        except Unscored as error:
            failure = error
    else:
        # A message may quote the reply that was judged.
        _LOG.debug("case %s raised %s", case.id, type(failure).__name__, exc_info=None if hidden else failure)
    result = Result(id=case.id, labels=case.labels, scores=scores, seconds=asked.seconds)
    changes: dict[str, Any] = {}
    if failure is not None:
        quiet = hidden and not isinstance(failure, Unscored)
        changes["error"] = type(failure).__name__ if quiet else f"{type(failure).__name__}: {failure}"
    if not hidden:
        changes["text"] = case.text()
        if asked.answer is not None:
            changes["answer"], changes["expected"] = scorer.shown(case, asked.answer)
    return result.model_copy(update=changes)
