"""The decide stage: approvals that count, entitlements and what is missing, from facts and rulebook."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from copilot.decide.authority import Authority
from copilot.decide.entitlements import Entitlements, Ruling
from copilot.decide.freshness import Freshness
from copilot.decide.missing import known_fields, missing_information
from copilot.domain.approvals import VerifiedApproval
from copilot.domain.base import Model
from copilot.domain.facts import Facts
from copilot.domain.suggestion import Classification, Entities, Entitlement, MissingInformation
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action
from copilot.rulebook.loader import Rulebook
from copilot.rulebook.models import Playbook


class Decision(Model):
    """What the rules say of this ticket; the anchors are resolved to clauses by the next stage."""

    view: dict[str, Any]
    """Every fact, label and verdict by name, as conditions see them."""
    playbook: Playbook
    rulings: tuple[Ruling, ...]
    missing: tuple[MissingInformation, ...]
    approvals: tuple[VerifiedApproval, ...]
    rules: tuple[str, ...]

    @property
    def entitlements(self) -> tuple[Entitlement, ...]:
        return tuple(ruling.entitlement for ruling in self.rulings)


class Decide:
    def __init__(self, rulebook: Rulebook, authority: Authority, freshness: Freshness) -> None:
        self._rulebook = rulebook
        self._authority = authority
        self._freshness = freshness
        titles = {anchor: clause.title for anchor, clause in rulebook.clauses.clauses.items()}
        self._entitlements = Entitlements(rulebook.entitlements, titles)

    def run(
        self,
        ticket: Ticket,
        facts: Facts,
        classification: Classification,
        entities: Entities,
        given: frozenset[str],
        now: datetime,
    ) -> Decision:
        """Decides; `given` are missing_information fields that the conversation already answers."""
        playbook = self._rulebook.playbooks[f"{classification.issue_type}/{classification.issue_subtype}"]
        approvals = self._authority.verified(ticket, now)
        view = self._view(facts, approvals) | _labels(classification)
        rulings = self._rule(self._relevant(playbook, classification, facts), view, ticket, now)
        view |= _verdicts(rulings)
        known = known_fields(ticket, entities, given)
        missing = missing_information(playbook, rulings, view, known, self._rulebook.entitlements)
        view["missing"] = frozenset(entry.field for entry in missing)
        return Decision(
            view=view, playbook=playbook, rulings=rulings, missing=missing, approvals=approvals,
            rules=tuple(rule for ruling in rulings for rule in _fired(ruling)),
        )  # fmt: skip

    def backing(
        self, ticket: Ticket, facts: Facts, now: datetime
    ) -> tuple[tuple[Entitlement, ...], tuple[VerifiedApproval, ...]]:
        """Every entitlement that the order facts alone give, for judging a text that an agent wrote."""
        approvals = self._authority.verified(ticket, now)
        rulings = self._rule(Action, self._view(facts, approvals), ticket, now)
        return tuple(ruling.entitlement for ruling in rulings), approvals

    def _rule(
        self, actions: Iterable[Action], view: Mapping[str, Any], ticket: Ticket, now: datetime
    ) -> tuple[Ruling, ...]:
        return self._entitlements.rule(actions, view, ticket, lambda rows: self._freshness.changed(rows, ticket, now))

    def _relevant(self, playbook: Playbook, classification: Classification, facts: Facts) -> Iterable[Action]:
        """What the rules offer for the problem, and what the customer asks for."""
        yield from playbook.entitlements
        for demand in classification.demands:
            yield from self._rulebook.entitlements.demand_actions.get(demand, ())
        if facts.asks_extra:
            yield Action.COMPENSATION

    def _view(self, facts: Facts, approvals: tuple[VerifiedApproval, ...]) -> dict[str, Any]:
        view = {name: getattr(facts, name) for name in Facts.model_fields}
        view["approved_kinds"] = frozenset(verified.approval.kind for verified in approvals)
        view["has_approval"] = bool(approvals)
        return view


def _fired(ruling: Ruling) -> Iterator[str]:
    """The row, and each of its clauses that changed since the row was confirmed."""
    yield ruling.entitlement.rule
    for anchor in ruling.entitlement.stale:
        yield f"stale:{ruling.entitlement.rule}:{anchor}"


def _labels(classification: Classification) -> dict[str, Any]:
    return {
        "issue_type": classification.issue_type,
        "issue_subtype": classification.issue_subtype,
        "demands": frozenset(classification.demands),
        "emotion": classification.emotion,
        "high_emotion": classification.high_emotion,
        "priority": classification.priority,
        "complaint_level": classification.complaint_level,
        "risk_flags": frozenset(classification.risk_flags),
    }


def _verdicts(rulings: tuple[Ruling, ...]) -> dict[str, Any]:
    entitlements = [ruling.entitlement for ruling in rulings]
    view: dict[str, Any] = {f"verdict_{entry.action}": entry.verdict for entry in entitlements}
    bearers = {entry.action: entry.freight.borne_by for entry in entitlements if entry.freight}
    # The freight table speaks of freight itself; a return row only of the return that it allows.
    view["freight_borne_by"] = bearers.get(Action.FREIGHT) or next(iter(bearers.values()), None)
    return view
