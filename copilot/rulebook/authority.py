"""Who may approve what, up to which value, for how long: the caps that a policy owner enters."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from copilot.domain.approvals import VALUED
from copilot.domain.base import Money
from copilot.domain.roles import Permission, Role, may
from copilot.domain.vocabulary import ApprovalKind
from copilot.rulebook.source import RuleModel

Problem = tuple[tuple[Any, ...], str]
"""Where in the file, and what is wrong there."""

_SAME_MONEY = frozenset({ApprovalKind.CASH, ApprovalKind.PARTIAL_REFUND})


def _no_truth(value: Any) -> Any:
    # YAML reads yes and no as true and false, which pydantic would count as 1 and 0.
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


Value = Annotated[Money, Field(gt=0)]
"""CNY; for points a count."""
Count = Annotated[int, BeforeValidator(_no_truth), Field(ge=1, le=1000)]
Hours = Annotated[int, BeforeValidator(_no_truth), Field(ge=1, le=24 * 366)]


class Cap(RuleModel):
    """How much of some kinds may be granted; the kinds of one row add up. A limit that is absent does not exist."""

    kinds: Annotated[tuple[ApprovalKind, ...], Field(min_length=1)]
    per_approval: Value | None = None
    per_order: Value | None = None
    per_customer_day: Value | None = None
    percent: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2)] | None = None
    """Highest percentage of an order; absent: no approvals by percentage."""
    grants_per_order: Count | None = None
    grants_per_customer_day: Count | None = None

    @model_validator(mode="after")
    def _sound(self) -> "Cap":
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        kinds = frozenset(self.kinds)
        points = ApprovalKind.POINTS in kinds
        if len(kinds) < len(self.kinds):
            yield "kinds: names a kind twice"
        if points and len(kinds) > 1:
            yield "kinds: points and money do not add up; give points a row of their own"
        if kinds & _SAME_MONEY and not kinds >= _SAME_MONEY:
            yield "kinds: cash and partial_refund stand for each other; put both into one row"
        if kinds & VALUED and self.per_approval is None:
            yield f"per_approval: is needed for {', '.join(sorted(kinds & VALUED))}"
        if self.percent is not None and (points or not kinds <= VALUED):
            yield "percent: is for kinds with an amount in CNY alone"
        for name in ("per_approval", "per_order", "per_customer_day"):
            limit = getattr(self, name)
            if limit is None:
                continue
            if points and limit % 1:
                yield f"{name}: points are a whole number"
            if self.per_approval is not None and limit < self.per_approval:
                yield f"{name}: is less than per_approval, which could then never be granted"


class StandingAuthority(Cap):
    """What a role may grant by itself, without asking: the case is named and every grant is logged."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
    basis: Annotated[str, Field(min_length=1, max_length=500)]
    """The case that it is for, as it will stand in the approval."""


class RoleAuthority(RuleModel):
    approve: tuple[Cap, ...] = ()
    standing: tuple[StandingAuthority, ...] = ()

    def cap(self, kind: ApprovalKind) -> Cap | None:
        """The row that limits a kind; null: the role may not approve it."""
        return next((cap for cap in self.approve if kind in cap.kinds), None)


class AuthorityFile(RuleModel):
    default_hours: Hours
    """How long an approval holds when nobody says otherwise."""
    longest_hours: Hours
    """The longest that one may hold."""
    open_hours: Hours
    """How long a request waits for a decision before it is over."""
    roles: dict[Role, RoleAuthority]


def problems(file: AuthorityFile) -> Iterator[Problem]:
    """What no single row can show."""
    if file.default_hours > file.longest_hours:
        yield ("default_hours",), f"{file.default_hours} is more than longest_hours ({file.longest_hours})"
    seen: set[str] = set()
    for role, authority in file.roles.items():
        where = ("roles", str(role))
        if authority.approve and not may(role, Permission.APPROVAL_DECIDE):
            yield (
                (*where, "approve"),
                f"the role {role} may not decide on approvals; give it standing authority instead",
            )
        if authority.standing and not may(role, Permission.APPROVAL_REQUEST):
            yield (*where, "standing"), f"the role {role} may not ask for approvals, so it cannot use this"
        kinds = [kind for cap in authority.approve for kind in cap.kinds]
        for kind in sorted({kind for kind in kinds if kinds.count(kind) > 1}):
            yield (*where, "approve"), f"{kind} stands in two rows; which one counts? Keep one"
        for index, entry in enumerate(authority.standing):
            if entry.id in seen:
                yield (*where, "standing", index, "id"), f"the id {entry.id!r} occurs twice; give each entry its own"
            seen.add(entry.id)
