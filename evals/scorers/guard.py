"""Scores the guard: violations caught, compliant replies left alone, approvals judged to the letter."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import JsonValue, model_validator

from copilot.domain.base import Model, ShortText
from copilot.domain.compliance import CheckRequest, CheckResult, Violation
from copilot.domain.ticket import Approval, MessageText, Ticket
from copilot.domain.vocabulary import Category, Status
from evals.models import Case
from evals.scorers.base import Scorer, Unscored
from evals.targets import Target

Kind = Literal["plain", "evaded", "scope", "paraphrase", "hard_negative", "good_reply", "approval"]
VIOLATIONS = ("plain", "evaded", "scope", "paraphrase")
COMPLIANT = ("hard_negative", "good_reply")
NONE = "none"
_GUARD_ITSELF = "guard."
"""Rules of the guard about itself (a check crashed): it blocked because it failed, not because it found something."""


class GuardRow(Model):
    """A row of a case file."""

    id: ShortText
    text: MessageText
    ticket: Ticket | None
    expect: Status
    categories: tuple[Category, ...]
    spans: tuple[str, ...]
    """What offends, as it stands in the text."""
    kind: Kind
    subkind: ShortText
    author: ShortText
    stored: bool = False
    """Whether the ticket's approvals are held as approved by this installation."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "GuardRow":
        if (self.expect is Status.PASS) != (not self.categories):
            raise ValueError("categories: a reply that passes has none, one that does not has at least one")
        if self.expect is Status.PASS and self.spans:
            raise ValueError("spans: a reply that passes has none")
        if self.kind in VIOLATIONS and self.expect is Status.PASS:
            raise ValueError(f"expect: kind {self.kind} is a violation and cannot pass")
        if self.kind in COMPLIANT and self.expect is not Status.PASS:
            raise ValueError(f"expect: kind {self.kind} is compliant and passes")
        for number, span in enumerate(self.spans):
            if not span or span not in self.text:
                raise ValueError(f"spans.{number}: does not stand in the text")
        if self.stored and not (self.ticket and self.ticket.approvals):
            raise ValueError("stored: the ticket has no approvals that could be held")
        return self


class GuardCase(Case):
    row: GuardRow

    def text(self) -> str:
        return self.row.text


class GuardScorer(Scorer[GuardCase, CheckResult]):
    name = "guard"
    version = "1"
    scores = frozenset({"caught", "false_alarm", "warned", "agrees", "category", "place", "offsets"})

    def case(self, row: dict[str, Any]) -> GuardCase:
        read = GuardRow.model_validate(row)
        labels = {"kind": read.kind, "subkind": read.subkind, "expect": str(read.expect), "author": read.author}
        return GuardCase(id=read.id, labels=labels, row=read)

    def prepare(self, target: Target, cases: Sequence[GuardCase]) -> None:
        """Holds the approvals that cases take for granted.

        Raises:
            ValueError: two cases share an approval's id but not its content or whether it is held, so that one would
                change the other's verdict.
        """
        seen: dict[str, tuple[Approval, bool]] = {}
        for case in cases:
            for approval in (case.row.ticket.approvals if case.row.ticket else None) or ():
                is_new = seen.setdefault(approval.id, (approval, case.row.stored))
                if is_new != (approval, case.row.stored):
                    raise ValueError(f"case {case.id}: another case has approval {approval.id} in another state")
        target.hold(approval for approval, stored in seen.values() if stored)

    def ask(self, target: Target, case: GuardCase) -> CheckResult:
        return target.check(CheckRequest(id=case.id, text=case.row.text, ticket=case.row.ticket))

    def score(self, case: GuardCase, answer: CheckResult) -> dict[str, bool | None]:
        if any(violation.rule.startswith(_GUARD_ITSELF) for violation in answer.violations):
            raise Unscored("the guard failed while it judged, and blocked for that reason alone")
        row, blocked = case.row, answer.status is Status.BLOCK
        scores: dict[str, bool | None] = dict.fromkeys(self.scores)
        if answer.violations:
            scores["offsets"] = all(_exact(violation, row.text) for violation in answer.violations)
        if row.kind in VIOLATIONS:
            caught = blocked or (row.expect is Status.WARN and answer.status is Status.WARN)
            scores["caught"] = caught
            if caught:
                scores["category"] = bool({v.category for v in answer.violations} & set(row.categories))
                scores["place"] = _overlaps(row, answer.violations) if row.spans else None
        elif row.kind in COMPLIANT:
            scores["false_alarm"] = blocked
            scores["warned"] = answer.status is Status.WARN
        else:
            scores["agrees"] = answer.status is row.expect
        return scores

    def shown(self, case: GuardCase, answer: CheckResult) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
        answered = answer.model_dump(mode="json", include={"status", "violations"})
        return answered, case.row.model_dump(mode="json", include={"expect", "categories", "spans"})

    def confusion(self, pairs: Sequence[tuple[GuardCase, CheckResult]]) -> dict[str, dict[str, int]]:
        """Replies by expected and raised category; one with several of either counts once for each pair."""
        table: dict[str, dict[str, int]] = {}
        for case, answer in pairs:
            raised = sorted({str(violation.category) for violation in answer.violations}) or [NONE]
            for expected in sorted(set(map(str, case.row.categories))) or [NONE]:
                row = table.setdefault(expected, {})
                for category in raised:
                    row[category] = row.get(category, 0) + 1
        return {expected: dict(sorted(row.items())) for expected, row in sorted(table.items())}


def _exact(violation: Violation, text: str) -> bool:
    inside = 0 <= violation.start < violation.end <= len(text)
    return inside and violation.text == text[violation.start : violation.end]


def _overlaps(row: GuardRow, violations: Sequence[Violation]) -> bool:
    places = [place for span in row.spans for place in _places(span, row.text)]
    return any(v.start < end and start < v.end for v in violations for start, end in places)


def _places(span: str, text: str) -> list[tuple[int, int]]:
    found, start = [], text.find(span)
    while start >= 0:
        found.append((start, start + len(span)))
        start = text.find(span, start + 1)
    return found
