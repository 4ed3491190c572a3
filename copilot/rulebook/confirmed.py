"""Which clause texts the verdict of each row was confirmed against, as shipped with the rulebook."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from copilot.rulebook.models import EntitlementRow
from copilot.rulebook.source import RuleModel

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ConfirmedFile(RuleModel):
    """Row id → anchor → SHA-256 of every clause text with which the verdict was found to agree."""

    rows: dict[str, dict[str, tuple[Sha256, ...]]]

    def holds(self, row: str, anchor: str, sha256: str) -> bool:
        return sha256 in self.of(row, anchor)

    def of(self, row: str, anchor: str) -> tuple[str, ...]:
        return self.rows.get(row, {}).get(anchor, ())


def rests_on_clauses(row: EntitlementRow) -> bool:
    """A row that rests on a verified approval stays: the approval backs it, whatever the clause says."""
    return bool(row.cite) and row.basis != "approval"


def resting(rows: Iterable[EntitlementRow]) -> dict[str, EntitlementRow]:
    """The rows whose clauses have to be confirmed, by id."""
    return {row.id: row for row in rows if rests_on_clauses(row)}
