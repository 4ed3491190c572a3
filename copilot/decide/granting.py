"""Makes the signed token of an approval, where the rulebook lets whoever grants it grant that much."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from copilot.decide.authority import sign
from copilot.decide.limits import Grant, Limits
from copilot.domain.approvals import ApprovalRequest, Waiver
from copilot.domain.base import BEIJING
from copilot.domain.roles import Role
from copilot.domain.ticket import Approval
from copilot.domain.vocabulary import ApprovalKind
from copilot.errors import BadRequest, BeyondAuthority, Forbidden, OwnRequest
from copilot.rulebook.authority import AuthorityFile

_LONGEST_BASIS = 2000


class Granting:
    """`granted` is what counts against the caps already; `approver` an id that the token names."""

    def __init__(self, rules: AuthorityFile, key: bytes, *, solo: bool = False) -> None:
        """`solo`: whoever asked may grant it too, within the caps; recorded as waived."""
        self._rules = rules
        self._solo = solo
        self._limits = Limits(rules)
        self._key = key

    def hours(self, wanted: int | None) -> int:
        """How long the approval holds.

        Raises:
            BadRequest: longer than the rulebook lets one hold.
        """
        longest = self._rules.longest_hours
        if wanted is not None and not 1 <= wanted <= longest:
            raise BadRequest(f"valid_hours: must lie between 1 and {longest} (longest_hours in authority.yaml)")
        return wanted or self._rules.default_hours

    def waiver(self, approver: str, role: Role, requested_by: str, administrator: bool) -> Waiver | None:
        """Why no second person is needed; null where there is one.

        Raises:
            OwnRequest: the approver asked for it.
            Forbidden: only the administrator acts as administrator.
        """
        if administrator and role is not Role.ADMIN:
            raise Forbidden(f"the role {role} may not approve as administrator")
        if approver != requested_by:
            return None
        if not administrator and not self._solo:
            raise OwnRequest(
                "this is your own request; somebody else has to approve it. Where one person alone decides, switch "
                "solo mode on (COPILOT_APPROVALS_SOLO=true): it is recorded"
            )
        return "admin" if administrator else "solo"

    def by_role(
        self, approval_id: str, asked: ApprovalRequest, granted: Sequence[Grant], approver: str, role: Role,
        now: datetime, hours: int,
    ) -> Approval:  # fmt: skip
        """Granted within the caps of a role.

        Raises:
            BeyondAuthority: they do not cover it; names the cap and who could approve.
        """
        refusal = self._limits.refusal(role, asked, granted)
        if refusal is not None:
            raise self._beyond(refusal, asked, granted)
        return self._signed(approval_id, asked, asked.basis, approver, role, now, hours)

    def by_standing(
        self, approval_id: str, asked: ApprovalRequest, granted: Sequence[Grant], approver: str, role: Role,
        now: datetime,
    ) -> Approval:  # fmt: skip
        """Granted by a standing authority of the role, whose case stands before the stated basis.

        Raises:
            BeyondAuthority: it does not cover it.
        """
        entry = self._limits.standing(role, asked.standing or "")
        refusal = self._limits.standing_refusal(role, asked, granted)
        if entry is None or refusal is not None:
            raise self._beyond(refusal or "", asked, granted)
        basis = f"{entry.basis}：{asked.basis}"[:_LONGEST_BASIS]
        return self._signed(approval_id, asked, basis, approver, role, now, self._rules.default_hours)

    def _signed(
        self, approval_id: str, asked: ApprovalRequest, basis: str, approver: str, role: Role, now: datetime, hours: int
    ) -> Approval:
        points = asked.kind is ApprovalKind.POINTS
        value = None if asked.value is None else asked.value.quantize(Decimal(1) if points else Decimal("0.01"))
        approval = Approval(
            id=approval_id, kind=asked.kind, amount=value, currency=None if points or value is None else "CNY",
            percent=asked.percent, item=asked.item, order_id=asked.order_id, ticket_id=asked.ticket_id, basis=basis,
            approved_by=approver, role=role,
            expires_at=now.astimezone(BEIJING).replace(microsecond=0) + timedelta(hours=hours),
        )  # fmt: skip
        return approval.model_copy(update={"signature": sign(approval, self._key)})

    def _beyond(self, refusal: str, asked: ApprovalRequest, granted: Sequence[Grant]) -> BeyondAuthority:
        able = self._limits.able(asked, granted)
        who = f"{' or '.join(able)} could approve it" if able else "no role in authority.yaml could approve it"
        return BeyondAuthority(f"{refusal}; {who}")
