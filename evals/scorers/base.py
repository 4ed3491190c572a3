"""What every scorer does."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, JsonValue

from copilot.errors import CopilotError
from evals.models import Case, Measure
from evals.targets import Target

C = TypeVar("C", bound=Case)
A = TypeVar("A", bound=BaseModel)


class Unscored(CopilotError):
    """The answer says nothing about the case: it is counted apart, for nobody and against nobody."""

    code = "eval_unscored"


class Scorer(ABC, Generic[C, A]):
    """Stateless: one instance serves every run and thread."""

    name: ClassVar[str]
    version: ClassVar[str]
    """Raised with every change that can change a score."""
    scores: ClassVar[frozenset[str]]
    """The names of its answers."""
    whole: ClassVar[bool] = False
    """Whether it asks for suggestions, which take the embedding model; checks alone do without."""

    @abstractmethod
    def case(self, row: dict[str, Any]) -> C:
        """A case from a row of its file; ValueError or ValidationError says what is wrong, never quoting the row."""

    def prepare(self, target: Target, cases: Sequence[C]) -> None:
        """Brings what the cases take for granted into the target."""

    @abstractmethod
    def ask(self, target: Target, case: C) -> A:
        """The target's answer; any error it raises makes the case one without a verdict."""

    @abstractmethod
    def score(self, case: C, answer: A) -> dict[str, bool | None]:
        """Yes, no or null (does not apply) for every name in `scores`.

        Raises:
            Unscored: the answer is no verdict.
        """

    @abstractmethod
    def shown(self, case: C, answer: A) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
        """What was answered and what was expected, for a reader of the report; left out where texts are hidden."""

    def confusion(self, pairs: Sequence[tuple[C, A]]) -> dict[str, dict[str, int]]:
        """Expected × found, where the scorer has classes."""
        return {}

    def measures(self, pairs: Sequence[tuple[C, A]]) -> tuple[Measure, ...]:
        """Figures that are no share of cases, where the scorer has some."""
        return ()
