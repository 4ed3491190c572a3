"""Turns a playbook into this ticket's steps: done, now, next, waiting or blocked, with owner and due time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from copilot.domain.suggestion import Discrepancy, NextStep, Route
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import MissingField, Owner, StepState
from copilot.nextsteps.sla import Clocks
from copilot.rulebook.models import Playbook, StepRule


class Planner:
    def __init__(self, clocks: Clocks, owners: Mapping[Owner, str]) -> None:
        self._clocks = clocks
        self._owners = owners

    def run(
        self,
        playbook: Playbook,
        view: Mapping[str, Any],
        missing: frozenset[MissingField],
        route: Route,
        route_sources: tuple[str, ...],
        ticket: Ticket,
        now: datetime,
        discrepancies: tuple[Discrepancy, ...] = (),
    ) -> tuple[NextStep, ...]:
        """The steps in order; after the look at the order comes what does not fit it, then an escalation."""
        rules = [rule for rule in playbook.steps if rule.when.holds(view)]
        rules[1:1] = [_clear_up(one) for one in discrepancies]
        hand_over = self._hand_over(route, route_sources)
        if hand_over is not None:
            rules.insert(min(1 + len(discrepancies), len(rules)), hand_over)
        steps: list[NextStep] = []
        state_of_first = StepState.NOW
        for number, rule in enumerate(rules, start=1):
            state = _state(rule, view, missing, state_of_first)
            if state is StepState.NOW:
                state_of_first = StepState.NEXT
            steps.append(self._step(number, rule, state, missing, view, ticket, now))
        return tuple(steps)

    def _step(
        self, number: int, rule: StepRule, state: StepState, missing: frozenset[MissingField],
        view: Mapping[str, Any], ticket: Ticket, now: datetime,
    ) -> NextStep:  # fmt: skip
        row = self._clocks.row(rule.clock, view) if rule.clock else None
        return NextStep(
            order=number, action=rule.action, text=rule.text, owner=rule.owner,
            due_at=self._clocks.due(row, ticket, now) if row and state is not StepState.DONE else None,
            state=state, needs=tuple(field for field in rule.needs if field in missing), citations=rule.cite,
        )  # fmt: skip

    def _hand_over(self, route: Route, sources: tuple[str, ...]) -> StepRule | None:
        if route.owner is Owner.FRONTLINE and not route.also_notify:
            return None
        parties = [route.owner] if route.owner is not Owner.FRONTLINE else []
        named = "、".join(self._owners[party] for party in [*parties, *route.also_notify])
        return StepRule(
            action="escalate", text=f"升级并通知{named}：{route.reason}", owner=Owner.FRONTLINE,
            clock="escalate", cite=sources[:2],
        )  # fmt: skip


def _clear_up(one: Discrepancy) -> StepRule:
    said = f"“{one.quote}”" if one.quote == one.said else f"{one.said}（“{one.quote}”）"
    return StepRule(
        action="clear_discrepancy", text=f"顾客说{said}，{one.on_record}；先与顾客核对，弄清以前按订单记录答复，不判断谁对谁错",
        owner=Owner.FRONTLINE,
    )  # fmt: skip


def _state(rule: StepRule, view: Mapping[str, Any], missing: frozenset[MissingField], free: StepState) -> StepState:
    if rule.done is not None and rule.done.holds(view):
        return StepState.DONE
    if rule.waiting is not None and rule.waiting.holds(view):
        return StepState.WAITING
    if free is StepState.NEXT and any(field in missing for field in rule.needs):
        # Asked for already by an earlier step: this one cannot start before the answer.
        return StepState.WAITING
    return free
