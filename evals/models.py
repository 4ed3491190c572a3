"""What an evaluation speaks of: suites, case sets, cases, results, figures, reports."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from copilot.domain.base import Model, Moment, ShortText

Labels = dict[str, str]
Share = Annotated[float, Field(ge=0, le=1)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]


class CaseSet(Model):
    """Files of cases that are run and gated together."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    files: Annotated[tuple[FileName, ...], Field(min_length=1)]
    """Names below evals/cases, or below the suite's own folder."""
    cases: Annotated[int, Field(ge=1)]
    """How many cases the files must hold together, so that a cut file cannot pass."""
    kept: bool = False
    """Held back from those who write rules: reports show totals and ids, never texts."""


class FigureSpec(Model):
    """A share over some of the cases, and what it must reach."""

    name: ShortText
    score: ShortText
    """Which of the scorer's answers is counted; cases where it has none are left out."""
    where: dict[str, tuple[ShortText, ...]] = Field(default_factory=dict)
    """Label → the values that take part; empty: every case."""
    floor: Share | None = None
    ceiling: Share | None = None
    each: ShortText | None = None
    """The label whose values are also counted one by one."""
    groups: tuple[ShortText, ...] = ()
    """Values of `each` that must be there."""
    each_floor: Share | None = None

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if self.ceiling is not None and (self.floor is not None or self.each_floor is not None):
            raise ValueError("has a ceiling and a floor; state one of them")
        if self.each is None and (self.groups or self.each_floor is not None):
            raise ValueError("groups and each_floor need `each`, the label to group by")
        return self

    @property
    def gated(self) -> bool:
        return self.floor is not None or self.ceiling is not None or self.each_floor is not None


def _distinct(specs: tuple[Any, ...]) -> tuple[Any, ...]:
    names = [spec.name for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"names appear twice: {', '.join(twice)}")
    return specs


class Suite(Model):
    """Which cases are asked, how answers are scored, and what the figures must reach."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: ShortText
    scorer: ShortText
    now: Moment
    """The clock of the run, so that it repeats on any day; a case that carries times has its own."""
    sets: Annotated[tuple[CaseSet, ...], Field(min_length=1), AfterValidator(_distinct)]
    figures: Annotated[tuple[FigureSpec, ...], Field(min_length=1), AfterValidator(_distinct)]

    @model_validator(mode="after")
    def _gates_something(self) -> Self:
        if not any(figure.gated for figure in self.figures):
            raise ValueError("figures: none has a floor or a ceiling, so this suite could never fail")
        return self


class Case(Model):
    """What every case has; a scorer's own cases add the input and the target."""

    id: ShortText
    labels: Labels
    """What it can be filtered and grouped by."""

    def label(self, name: str) -> str | None:
        return self.id if name == "id" else self.labels.get(name)

    def text(self) -> str:
        """What a reader recognises the case by."""
        raise NotImplementedError


class Result(Model):
    """One case's outcome. `scores` holds yes and no by name; null means that it does not apply."""

    id: str
    labels: Labels
    scores: dict[str, bool | None] = Field(default_factory=dict)
    error: str | None = None
    """Set when there is no verdict: such a case counts in no figure and is reported apart."""
    seconds: float
    text: str | None = None
    answer: dict[str, JsonValue] | None = None
    expected: dict[str, JsonValue] | None = None

    def label(self, name: str) -> str | None:
        return self.id if name == "id" else self.labels.get(name)


class Verdict(StrEnum):
    PASS = "pass"
    MISSED = "missed"
    NONE = "none"
    """Nothing can be said: cases are missing, or some have no answer."""


class Figure(Model):
    """A measured share with its 95 % Wilson interval. `low` to `high` spans everything when `n` is 0."""

    name: str
    n: int
    count: int
    value: float
    low: float
    high: float
    floor: float | None = None
    ceiling: float | None = None
    verdict: Verdict | None = None
    """null: reported, not gated; or left out by a filter or a sample."""
    missed: tuple[str, ...] = ()
    """Ids of the cases that count against a gated figure."""
    groups: tuple["Figure", ...] = ()


class ReliabilityBin(Model):
    """Answers whose stated confidence lies in [low, high): how sure they were on average and how many were right."""

    low: float
    high: float
    n: int
    stated: float
    right: float


class Measure(Model):
    """A figure that is no share of cases, with its 95 % bootstrap interval; reported, never gated."""

    name: str
    n: int
    value: float
    low: float
    high: float
    bins: tuple[ReliabilityBin, ...] = ()


class Latency(Model):
    """Milliseconds per case, as the caller waited; reported, never gated."""

    p50: float
    p95: float
    n: int


class SetReport(Model):
    """One case set of one suite: figures first, then every case."""

    name: str
    kept: bool
    texts_hidden: bool
    files: dict[str, str]
    """File name → sha256 of its bytes."""
    selected: int
    partial: bool
    """A filter or a sample left cases out: the floors say less than they seem to."""
    errors: tuple[str, ...]
    """Ids of cases without a verdict."""
    figures: tuple[Figure, ...]
    measures: tuple[Measure, ...] = ()
    confusion: dict[str, dict[str, int]]
    latency_ms: Latency | None
    verdict: Verdict
    reasons: tuple[str, ...]
    """Why the verdict is not `pass`."""
    cases: tuple[Result, ...]


class SuiteReport(Model):
    name: str
    title: str
    suite_sha256: str
    scorer: str
    """Name and version: a figure is comparable with another of the same version only."""
    target: str
    versions: dict[str, str]
    now: datetime
    sets: tuple[SetReport, ...]
    verdict: Verdict


class Options(Model):
    """What a run was asked to do, as far as it decides the figures."""

    case_set: str = "all"
    filters: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    sample: Annotated[int, Field(ge=1)] | None = None
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    show_kept: bool = False


class RunReport(Model):
    schema_version: Literal[1] = 1
    started_at: datetime
    seconds: float
    options: Options
    suites: tuple[SuiteReport, ...]
    verdict: Verdict
    exit_status: int
