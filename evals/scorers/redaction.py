"""Scores redaction: every piece of personal data hidden to its last character, and nothing else touched."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

from pydantic import Field, JsonValue, model_validator

from copilot.domain.base import Model, ShortText
from copilot.domain.ticket import MessageText
from copilot.understand.fold import fold
from copilot.understand.redact import find
from evals.measures import ratio
from evals.models import Case, Measure
from evals.scorers.base import Scorer
from evals.targets import Target

Kind = Literal[
    "phone", "id_card", "bank_card", "email", "address", "name", "wechat", "password_code", "plate"
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)


class Datum(Model):
    """Personal data at [start, end), in code points."""

    kind: Kind
    start: int = Field(ge=0)
    end: int


class RedactionRow(Model):
    """A row of a case file; a text without `spans` holds only what looks like personal data."""

    id: ShortText
    text: MessageText
    spans: tuple[Datum, ...]

    @model_validator(mode="after")
    def _inside(self) -> "RedactionRow":
        end = 0
        for number, span in enumerate(self.spans):
            if not end <= span.start < span.end <= len(self.text):
                raise ValueError(f"spans.{number}: must lie in the text, after the one before")
            end = span.end
        return self


class RedactionCase(Case):
    row: RedactionRow

    def text(self) -> str:
        return self.row.text


class Hidden(Model):
    """What the redactor would hide: (kind, start, end) in order."""

    places: tuple[tuple[str, int, int], ...]


class RedactionScorer(Scorer[RedactionCase, Hidden]):
    name = "redaction"
    version = "1"
    scores = frozenset({"hidden", "clean", "untouched", *KINDS})

    def case(self, row: dict[str, Any]) -> RedactionCase:
        read = RedactionRow.model_validate(row)
        return RedactionCase(id=read.id, labels={"data": "yes" if read.spans else "no"}, row=read)

    def ask(self, target: Target, case: RedactionCase) -> Hidden:
        return Hidden(places=tuple((found.kind, found.start, found.end) for found in find(fold(case.row.text))))

    def score(self, case: RedactionCase, answer: Hidden) -> dict[str, bool | None]:
        """`hidden`: all of the text's data is; by kind likewise; `clean`: nothing else is; `untouched`: of texts
        without data."""
        hidden, spans = _hidden(answer), case.row.spans
        private = _characters(spans)
        scores: dict[str, bool | None] = dict.fromkeys(self.scores)
        if not spans:
            scores["untouched"] = not hidden
            return scores
        scores["hidden"] = private <= hidden
        scores["clean"] = hidden <= private
        for kind in {span.kind for span in spans}:
            scores[kind] = _characters(span for span in spans if span.kind == kind) <= hidden
        return scores

    def shown(self, case: RedactionCase, answer: Hidden) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
        return answer.model_dump(mode="json"), case.row.model_dump(mode="json", include={"spans"})

    def measures(self, pairs: Sequence[tuple[RedactionCase, Hidden]]) -> tuple[Measure, ...]:
        """Recall by span, in all and by kind; precision by character: of what is hidden, how much is personal."""
        rows = [(case.row.spans, _hidden(answer)) for case, answer in pairs]
        recalls = [_recall("span recall", rows, KINDS)]
        recalls += [_recall(f"span recall of {kind}", rows, (kind,)) for kind in KINDS]
        precision = ratio(
            "character precision",
            [len(hidden & _characters(spans)) for spans, hidden in rows],
            [len(hidden) for _, hidden in rows],
        )
        return (*recalls, precision)


def _recall(name: str, rows: Sequence[tuple[tuple[Datum, ...], set[int]]], kinds: Sequence[str]) -> Measure:
    wanted = [[span for span in spans if span.kind in kinds] for spans, _ in rows]
    found = [
        sum(_characters([span]) <= hidden for span in spans) for spans, (_, hidden) in zip(wanted, rows, strict=True)
    ]
    return ratio(name, found, [len(spans) for spans in wanted])


def _hidden(answer: Hidden) -> set[int]:
    return {at for _, start, end in answer.places for at in range(start, end)}


def _characters(spans: Iterable[Datum]) -> set[int]:
    return {at for span in spans for at in range(span.start, span.end)}
