"""Turns a playbook into this ticket's steps: done, now, next, waiting or blocked, with owner and due time.

done: the facts show it. waiting: the customer, or whoever has the matter in hand, moves first. blocked: an approval or
another party's decision is missing, and the step may not be taken before. Of the others the first is now, the rest next.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from copilot.domain.base import BEIJING
from copilot.domain.suggestion import Discrepancy, NextStep, Route
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import MissingField, Owner, StepState
from copilot.nextsteps.sla import Clocks
from copilot.rulebook.common import CommonFile
from copilot.rulebook.models import Playbook, StepRule

_OPEN = (StepState.WAITING, StepState.BLOCKED)


class Planner:
    def __init__(self, clocks: Clocks, owners: Mapping[Owner, str], common: CommonFile) -> None:
        self._clocks = clocks
        self._owners = owners
        self._common = common

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
        planned: list[tuple[StepRule, StepState]] = []
        free = StepState.NOW
        for rule in self._rules(
            playbook, view, [*map(_clear_up, discrepancies), *self._hand_over(route, route_sources)]
        ):
            state = self._state(rule, view, missing, free)
            if state is StepState.NOW and rule.action in self._common.closing and _is_open(planned):
                # Nothing is closed while others still move; what can be done is to keep the customer informed.
                planned.append((self._common.idle, StepState.NOW))
                state = StepState.WAITING
                free = StepState.NEXT
            elif state is StepState.NOW:
                free = StepState.NEXT
            planned.append((rule, state))
        if free is StepState.NOW and _is_open(planned):
            planned.append((self._common.idle, StepState.NOW))
        return tuple(
            self._step(number, rule, state, missing, view, ticket, now)
            for number, (rule, state) in enumerate(planned, start=1)
        )

    def _rules(self, playbook: Playbook, view: Mapping[str, Any], first: list[StepRule]) -> list[StepRule]:
        """The playbook's steps that hold, with `first` and those that hold for every playbook in their places."""
        rules = [rule for rule in playbook.steps if rule.when.holds(view)]
        actions = {rule.action for rule in rules}
        common = [
            entry
            for entry in self._common.steps
            if entry.step.action not in actions and actions.isdisjoint(entry.unless) and entry.step.when.holds(view)
        ]
        closing = next((at for at, rule in enumerate(rules) if rule.action in self._common.closing), len(rules))
        rules[closing:closing] = [entry.step for entry in common if entry.place == "before_close"]
        early = [entry.step for entry in common if entry.place == "after_order"]
        rules[1:1] = [*first, *early]
        return rules

    def _state(
        self, rule: StepRule, view: Mapping[str, Any], missing: frozenset[MissingField], free: StepState
    ) -> StepState:
        settled = any(rule.action in entry.actions and entry.when.holds(view) for entry in self._common.settled)
        answered = rule.action in self._common.asking and bool(rule.needs) and missing.isdisjoint(rule.needs)
        if settled or answered or (rule.done is not None and rule.done.holds(view)):
            return StepState.DONE
        if self._blocked_by(rule, view):
            return StepState.BLOCKED
        if rule.waiting is not None and rule.waiting.holds(view):
            return StepState.WAITING
        if free is StepState.NEXT and any(field in missing for field in rule.needs):
            # Asked for already by an earlier step: this one cannot start before the answer.
            return StepState.WAITING
        return free

    def _blocked_by(self, rule: StepRule, view: Mapping[str, Any]) -> str | None:
        """What is awaited before the step may be taken."""
        blocks = self._common.blocked
        return next((entry.reason for entry in blocks if rule.action in entry.actions and entry.when.holds(view)), None)

    def _step(
        self, number: int, rule: StepRule, state: StepState, missing: frozenset[MissingField],
        view: Mapping[str, Any], ticket: Ticket, now: datetime,
    ) -> NextStep:  # fmt: skip
        row = self._clocks.row(rule.clock, view) if rule.clock else None
        due = self._clocks.due(row, ticket, now) if row and state is not StepState.DONE else None
        text = rule.text
        if state is StepState.BLOCKED:
            text = f"{text}（{self._blocked_by(rule, view)}）"
        if due is not None and due <= now:
            text = f"{text}（已超时：应于{_moment(due)}前完成）"
        return NextStep(
            order=number, action=rule.action, text=text, owner=rule.owner, due_at=due, state=state,
            needs=tuple(field for field in rule.needs if field in missing), citations=rule.cite,
        )  # fmt: skip

    def _hand_over(self, route: Route, sources: tuple[str, ...]) -> list[StepRule]:
        if route.owner is Owner.FRONTLINE and not route.also_notify:
            return []
        parties = [route.owner] if route.owner is not Owner.FRONTLINE else []
        named = "、".join(self._owners[party] for party in [*parties, *route.also_notify])
        step = StepRule(
            action="escalate", text=f"升级并通知{named}：{route.reason}", owner=Owner.FRONTLINE,
            clock="escalate", cite=sources[:2],
        )  # fmt: skip
        return [step]


def _is_open(planned: list[tuple[StepRule, StepState]]) -> bool:
    return any(state in _OPEN for _, state in planned)


def _moment(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.month}月{local.day}日{local:%H:%M}"


def _clear_up(one: Discrepancy) -> StepRule:
    said = f"“{one.quote}”" if one.quote == one.said else f"{one.said}（“{one.quote}”）"
    return StepRule(
        action="clear_discrepancy", text=f"顾客说{said}，{one.on_record}；先与顾客核对，弄清以前按订单记录答复，不判断谁对谁错",
        owner=Owner.FRONTLINE,
    )  # fmt: skip
