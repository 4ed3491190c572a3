"""Whether a role's caps cover what is asked, given what was granted on the order and to the customer already."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from copilot.domain.approvals import ApprovalRequest
from copilot.domain.roles import Role
from copilot.domain.vocabulary import ApprovalKind
from copilot.rulebook.authority import AuthorityFile, Cap, StandingAuthority


@dataclass(frozen=True, slots=True)
class Grant:
    """Something granted earlier that counts against the caps."""

    kind: ApprovalKind
    value: Decimal
    """CNY or points; what was sent under it where it can be used no more."""
    on_order: bool
    today: bool
    """Granted to the same customer on the same day, Beijing time."""


class Limits:
    """The rulebook's caps. Every refusal is a sentence that names the cap; null: covered."""

    def __init__(self, file: AuthorityFile) -> None:
        self._file = file

    def refusal(self, role: Role, asked: ApprovalRequest, granted: Sequence[Grant]) -> str | None:
        """Why the role may not approve this."""
        authority = self._file.roles.get(role)
        cap = authority.cap(asked.kind) if authority else None
        if cap is None:
            return f"the role {role} may not approve {asked.kind}"
        return _excess(f"the role {role} may approve", cap, asked, granted)

    def standing_refusal(self, role: Role, asked: ApprovalRequest, granted: Sequence[Grant]) -> str | None:
        """Why the role's standing authority does not cover this."""
        entry = self.standing(role, asked.standing or "")
        if entry is None or asked.kind not in entry.kinds:
            return f"the role {role} has no standing authority {asked.standing!r} for {asked.kind}"
        return _excess(f"the standing authority {entry.id} allows the role {role}", entry, asked, granted)

    def standing(self, role: Role, entry_id: str) -> StandingAuthority | None:
        authority = self._file.roles.get(role)
        entries = authority.standing if authority else ()
        return next((entry for entry in entries if entry.id == entry_id), None)

    def able(self, asked: ApprovalRequest, granted: Sequence[Grant]) -> tuple[Role, ...]:
        """The roles whose caps cover it."""
        return tuple(role for role in self._file.roles if self.refusal(role, asked, granted) is None)


def _excess(whose: str, cap: Cap, asked: ApprovalRequest, granted: Sequence[Grant]) -> str | None:
    unit = "points" if asked.kind is ApprovalKind.POINTS else "CNY"
    kinds = ", ".join(cap.kinds)
    if asked.percent is not None and (cap.percent is None or asked.percent > cap.percent):
        highest = "no percentage" if cap.percent is None else f"at most {cap.percent} %"
        return f"{whose} {highest} for {kinds}; this asks for {asked.percent} %"
    if asked.value is None and _limits_value(cap):
        return f"{whose} {kinds} by value only, and this names no amount"
    alike = [grant for grant in granted if grant.kind in cap.kinds]
    on_order = [grant for grant in alike if grant.on_order]
    today = [grant for grant in alike if grant.today]
    if asked.value is not None:
        for limit, span, earlier in (
            (cap.per_approval, "in one approval", ()),
            (cap.per_order, "on one order", on_order),
            (cap.per_customer_day, "to one customer a day", today),
        ):
            used = sum((grant.value for grant in earlier), Decimal(0))
            if limit is not None and used + asked.value > limit:
                already = f" on top of {used:.2f} granted already" if used else ""
                return f"{whose} {limit:.2f} {unit} {span} for {kinds}; this asks for {asked.value:.2f}{already}"
    for most, span, given in (
        (cap.grants_per_order, "on one order", on_order),
        (cap.grants_per_customer_day, "to one customer a day", today),
    ):
        if most is not None and len(given) >= most:
            return f"{whose} {most} approvals {span} for {kinds}; there are {len(given)} already"
    return None


def _limits_value(cap: Cap) -> bool:
    return (cap.per_approval, cap.per_order, cap.per_customer_day) != (None, None, None)
