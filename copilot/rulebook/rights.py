"""What no table may take away: rights that the law gives, and the order law > platform rule > shop policy.

Both are searched for by the values at which the conditions of the rows turn: a row that would deny is put to every
combination of its own facts, and to the facts that step around the rows above it.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import Field

from copilot.domain.vocabulary import Action, EntitlementVerdict
from copilot.rulebook.conditions import EVERYTHING, Condition
from copilot.rulebook.models import EntitlementFile, EntitlementRow, EntitlementTable
from copilot.rulebook.source import RuleModel
from copilot.rulebook.tables import read_table

Bearer = Literal["customer", "merchant", "platform", "insurance"]
View = Mapping[str, Any]
Problem = tuple[tuple[Any, ...], str]
"""Where in entitlements.yaml, and what is wrong with it."""

SET_FACTS = frozenset({"tags", "attachments", "approved_kinds", "demands", "risk_flags", "missing"})
_COMPARED = ("gt", "gte", "lt", "lte")
_OTHER = "some other value"
_GIVES = (EntitlementVerdict.ALLOWED, EntitlementVerdict.CONDITIONAL)
_TAKES = (EntitlementVerdict.DENIED, EntitlementVerdict.NEEDS_APPROVAL)


class Right(RuleModel):
    """A right that the law gives in some case. Facts that are not named must not matter."""

    id: str
    case: str
    """The case in words."""
    action: Action
    facts: dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]]
    """Fact → every value that it may have in this case; a list is a set of tags."""
    verdict_never: Annotated[tuple[EntitlementVerdict, ...], Field(min_length=1)]
    freight_never: tuple[Bearer, ...] = ()
    article: str
    """The statute and its article."""
    gives: str
    """What the article says, in one sentence."""


class RightsFile(RuleModel):
    rights: tuple[Right, ...]


def problems(rights: RightsFile, tables: EntitlementFile) -> Iterator[Problem]:
    """Rows that break a right, and rows that stand above a higher rule and take away what it gives."""
    for place, table in enumerate(tables.tables):
        for right in rights.rights:
            if right.action is table.action:
                yield from _broken(right, table, place)
        yield from _outranked(table, place)


def _broken(right: Right, table: EntitlementTable, place: int) -> Iterator[Problem]:
    told: set[str] = set()
    for view in _cases(right, table):
        row = read_table(table, view, EVERYTHING).decided
        if row is None:
            yield ("tables", place), f"no row answers {_named(right, view)}: {right.article}：{right.gives}; add a row"
            return
        taken = _taken(right, row)
        if taken is not None and row.id not in told:
            told.add(row.id)
            where = ("tables", place, "rows", table.rows.index(row))
            yield (
                where,
                (
                    f"row {row.id!r} answers {taken} to {_named(right, view)}: {right.article}：{right.gives}; "
                    "narrow its `when` or change its answer"
                ),
            )


def _taken(right: Right, row: EntitlementRow) -> str | None:
    if row.verdict in right.verdict_never:
        return str(row.verdict)
    freight = row.freight
    if freight is not None and {freight.borne_by, freight.paid_at_pickup_by} & set(right.freight_never):
        return f"freight borne by the {freight.borne_by}"
    return None


def _cases(right: Right, table: EntitlementTable) -> Iterator[dict[str, Any]]:
    """The case as stated, then with the values of other facts at which some row of the table takes it away."""
    stated = _stated(right, [row.when for row in table.rows])
    yield from stated
    for row in table.rows:
        if _taken(right, row) is None:
            continue
        own = sorted(row.when.facts() - right.facts.keys())
        for view in stated:
            for varied in _assignments(own, [row.when]):
                case = {**view, **varied}
                if row.when.holds(case):
                    yield from _around(row, case, right, table, len(table.rows))


def _stated(right: Right, conditions: list[Condition]) -> list[dict[str, Any]]:
    """Every combination of the stated values; of those that no condition tells apart only one."""
    choices = []
    for fact, values in right.facts.items():
        constants = frozenset(value for condition in conditions for value in _constants(fact, condition))
        alike: dict[Any, Any] = {}
        for value in map(_fact, [fact] * len(values), values):
            alike.setdefault(_told_apart(value, constants), value)
        choices.append(list(alike.values()))
    return [dict(zip(right.facts, values, strict=True)) for values in product(*choices)]


def _told_apart(value: Any, constants: frozenset[Any]) -> Any:
    if isinstance(value, frozenset):
        return value & constants
    return _OTHER if isinstance(value, str) and value not in constants else value


def _around(
    row: EntitlementRow, case: dict[str, Any], right: Right, table: EntitlementTable, steps: int
) -> Iterator[dict[str, Any]]:
    """The case, and where a row above decides it, the case with facts that step around that row."""
    yield case
    above = read_table(table, case, EVERYTHING).decided
    if above is None or above is row or not steps:
        return
    for fact in sorted(above.when.facts() - right.facts.keys()):
        for value in _turning(fact, [above.when]):
            changed = {**case, fact: value}
            if row.when.holds(changed) and not above.when.holds(changed):
                yield from _around(row, changed, right, table, steps - 1)


def _outranked(table: EntitlementTable, place: int) -> Iterator[Problem]:
    for index, upper in enumerate(table.rows):
        for lower in table.rows[index + 1 :]:
            if _rank(lower) > _rank(upper) and _takes_from(upper, lower) and _hides(upper, lower, table):
                yield (
                    ("tables", place, "rows", index),
                    (
                        f"row {upper.id!r} ({_standing(upper)}) stands above row {lower.id!r} ({_standing(lower)}) and takes "
                        "away what it gives; law outranks platform rule outranks shop policy: move it below or narrow its "
                        "`when`"
                    ),
                )
                break


def _rank(row: EntitlementRow) -> int:
    if row.basis == "standing_rule":
        return 3 if row.rule_of == "platform" else 2
    return {"law": 4, "standing_authority": 1}.get(row.basis, 0)


def _standing(row: EntitlementRow) -> str:
    return f"{row.rule_of} rule" if row.basis == "standing_rule" else f"basis {row.basis}"


def _takes_from(upper: EntitlementRow, lower: EntitlementRow) -> bool:
    if lower.verdict not in _GIVES:
        return False
    if upper.verdict in _TAKES:
        return True
    paid = upper.freight is not None and upper.freight.borne_by == "customer"
    return paid and lower.freight is not None and lower.freight.borne_by not in (None, "customer")


def _hides(upper: EntitlementRow, lower: EntitlementRow, table: EntitlementTable) -> bool:
    """Whether for some facts both hold and the upper one decides."""
    conditions = [upper.when, lower.when]
    own = sorted(upper.when.facts())
    rest = sorted(lower.when.facts() - upper.when.facts())
    for view in _assignments(own, conditions):
        if not upper.when.holds(view):
            continue
        for more in _assignments(rest, conditions):
            case = {**view, **more}
            if lower.when.holds(case) and read_table(table, case, EVERYTHING).decided is upper:
                return True
    return False


def _assignments(facts: list[str], conditions: list[Condition]) -> Iterator[dict[str, Any]]:
    for values in product(*(_turning(fact, conditions) for fact in facts)):
        yield dict(zip(facts, values, strict=True))


def _turning(fact: str, conditions: list[Condition]) -> list[Any]:
    """The values of a fact at which one of the conditions may turn; null too: not known."""
    constants = [value for condition in conditions for value in _constants(fact, condition)]
    if fact in SET_FACTS:
        single = dict.fromkeys(frozenset({value}) for value in constants)
        return [None, frozenset(), *single, frozenset(constants)]
    values: list[Any] = [None]
    if any(isinstance(value, bool) for value in constants):
        values += [True, False]
    elif any(isinstance(value, int | float) for value in constants):
        values += [value + step for value in constants for step in (-1, 0, 1)]
    else:
        values += [*constants, _OTHER]
    return list(dict.fromkeys(values))


def _constants(fact: str, condition: Condition) -> Iterator[Any]:
    for name, wanted in condition.terms.items():
        if name in ("any", "all"):
            for part in wanted:
                yield from _constants(fact, part)
        elif name == fact:
            for operator, bound in wanted.items():
                if operator in _COMPARED:
                    yield bound
                elif operator in ("any_of", "none_of", "not"):
                    yield from bound if isinstance(bound, list) else [bound]


def _fact(name: str, value: Any) -> Any:
    return frozenset(value or ()) if name in SET_FACTS else value


def _named(right: Right, view: View) -> str:
    facts = ", ".join(f"{name}: {_shown(value)}" for name, value in view.items() if value not in (None, frozenset()))
    return f"{right.case} (rights.yaml {right.id}; {facts})"


def _shown(value: Any) -> str:
    return f"[{', '.join(sorted(map(str, value)))}]" if isinstance(value, frozenset) else str(value)
