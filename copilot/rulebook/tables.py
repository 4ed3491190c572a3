"""Reads a decision table: the first row that holds decides; rows that missing facts leave open stand beside it."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from copilot.rulebook.models import EntitlementRow, EntitlementTable


@dataclass(frozen=True, slots=True)
class TableReading:
    """What a table says for some facts, before anybody weighs the open rows."""

    table: EntitlementTable
    undecided: tuple[EntitlementRow, ...]
    """Rows above the one that holds (or all, where none does) that lack a fact."""
    missing: tuple[str, ...]
    """The facts that would settle them."""
    decided: EntitlementRow | None

    @property
    def rows(self) -> tuple[EntitlementRow, ...]:
        return self.undecided if self.decided is None else (*self.undecided, self.decided)


def read_table(table: EntitlementTable, view: Mapping[str, Any], closed: Container[str]) -> TableReading:
    """`closed` names the facts whose absence means no."""
    undecided: list[EntitlementRow] = []
    missing: list[str] = []
    decided: EntitlementRow | None = None
    for row in table.rows:
        outcome = row.when.evaluate(view, closed)
        if outcome.value is None:
            undecided.append(row)
            missing.extend(outcome.missing)
        elif outcome.value:
            decided = row
            break
    return TableReading(table, tuple(undecided), tuple(dict.fromkeys(missing)), decided)


def answered(reading: TableReading) -> EntitlementRow | None:
    """The row that answers: an undecided row above it only matters where it could change what the customer hears."""
    row = reading.decided
    return row if row is not None and all(_same_answer(other, row) for other in reading.undecided) else None


def _same_answer(one: EntitlementRow, other: EntitlementRow) -> bool:
    return one.verdict is other.verdict and (one.freight == other.freight or one.freight is None)
