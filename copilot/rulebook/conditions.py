"""Conditions over facts, in three values: true, false, or unknown with the facts that are missing. No eval.

when: {fault: claimed}                         equals; for a set: contains
when: {order_status: [paid, shipped]}          one of; for a set: shares one
when: {days_since_signing: {gte: 1, lte: 7}}   gt gte lt lte
when: {tags: {none_of: [customized, fresh]}}   any_of none_of not known
when: {fault: {none_of: [verified], if_unknown: true}}
when: {any: [{...}, {...}]}                    one of several; also all
"""

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from pydantic import Field, model_validator

from copilot.rulebook.source import RuleModel

_COMPARE = ("gt", "gte", "lt", "lte")
_OPERATORS = {*_COMPARE, "any_of", "none_of", "not", "known", "if_unknown"}


class _Everything:
    def __contains__(self, name: object) -> bool:
        return True


EVERYTHING = _Everything()
"""As `closed`: whatever is absent means no."""


class Outcome(NamedTuple):
    """`value` null means unknown; `missing` names the facts that would settle it."""

    value: bool | None
    missing: tuple[str, ...] = ()


class Condition(RuleModel):
    """One `when` block, kept as read; an empty one is always true."""

    terms: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _as_terms(cls, value: Any) -> Any:
        if value is None:
            return {"terms": {}}
        if not isinstance(value, Mapping):
            raise ValueError("must be a mapping of fact: condition")
        if set(value) == {"terms"} and isinstance(value["terms"], Mapping):
            value = value["terms"]
        return {"terms": {str(name): _compiled(str(name), wanted) for name, wanted in value.items()}}

    def facts(self) -> set[str]:
        """Every fact name that the condition asks for."""
        names: set[str] = set()
        for name, wanted in self.terms.items():
            if name in ("any", "all"):
                for part in wanted:
                    names |= part.facts()
            else:
                names.add(name)
        return names

    def evaluate(self, facts: Mapping[str, Any], closed: Container[str] = frozenset()) -> Outcome:
        """`closed` names the facts whose absence means no, so that they never make the outcome unknown."""
        return _all([_term(name, wanted, facts, closed) for name, wanted in self.terms.items()])

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """True only where the facts show it; everything absent means no."""
        return self.evaluate(facts, EVERYTHING).value is True


def _compiled(name: str, wanted: Any) -> Any:
    """The term ready to evaluate: nested conditions built once, operators checked, one shape for values."""
    if name in ("any", "all"):
        if not isinstance(wanted, list | tuple):
            raise ValueError(f"{name}: must be a list of conditions")
        return tuple(Condition.model_validate(part) for part in wanted)
    if not isinstance(wanted, Mapping):
        return {"any_of": wanted if isinstance(wanted, list) else [wanted]}
    unknown = set(wanted) - _OPERATORS
    if unknown:
        raise ValueError(f"{name}: unknown operator {sorted(unknown)}; use {sorted(_OPERATORS)}")
    if "known" in wanted and len(wanted) > 1:
        raise ValueError(f"{name}: `known` stands alone; write two conditions under `all`")
    for operator in _COMPARE:
        if operator in wanted and (isinstance(wanted[operator], bool) or not isinstance(wanted[operator], int | float)):
            raise ValueError(f"{name}: {operator} needs a number, not {wanted[operator]!r}")
    return dict(wanted)


def _all(outcomes: list[Outcome]) -> Outcome:
    if any(outcome.value is False for outcome in outcomes):
        return Outcome(value=False)
    missing = tuple(dict.fromkeys(name for outcome in outcomes if outcome.value is None for name in outcome.missing))
    return Outcome(value=None, missing=missing) if missing else Outcome(value=True)


def _any(outcomes: list[Outcome]) -> Outcome:
    if any(outcome.value for outcome in outcomes):
        return Outcome(value=True)
    missing = tuple(dict.fromkeys(name for outcome in outcomes for name in outcome.missing))
    return Outcome(value=None, missing=missing) if missing else Outcome(value=False)


def _term(name: str, wanted: Any, facts: Mapping[str, Any], closed: Container[str]) -> Outcome:
    if name == "all":
        return _all([part.evaluate(facts, closed) for part in wanted])
    if name == "any":
        return _any([part.evaluate(facts, closed) for part in wanted])
    fact = facts.get(name)
    if "known" in wanted:
        return Outcome(value=(fact is not None) is bool(wanted["known"]))
    if fact is None:
        assumed = wanted.get("if_unknown")
        if assumed is None and name in closed:
            assumed = not set(wanted) - {"none_of", "not"}
        return Outcome(value=None, missing=(name,)) if assumed is None else Outcome(value=bool(assumed))
    return Outcome(value=all(_holds(operator, bound, fact) for operator, bound in wanted.items()))


def _holds(operator: str, bound: Any, fact: Any) -> bool:
    match operator:
        case "if_unknown":
            return True
        case "gt":
            return bool(fact > bound)
        case "gte":
            return bool(fact >= bound)
        case "lt":
            return bool(fact < bound)
        case "lte":
            return bool(fact <= bound)
    values = bound if isinstance(bound, list) else [bound]
    held = fact if isinstance(fact, list | tuple | set | frozenset) else (fact,)
    shares = any(value in held for value in values)
    return shares if operator == "any_of" else not shares
