"""What a conversation was at each answer of the agent: problems come up, are settled, and others follow."""

from datetime import datetime
from functools import cache
from typing import Any

from copilot.decide.step import Decision
from copilot.domain.suggestion import Classification
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import IssueType
from copilot.pipeline import Pipeline
from copilot.qa.moment import as_of
from copilot.understand.step import Understanding

_MOST = 12
"""Answers at the start that are read one by one, and places in the rest that are read: long conversations stay quick."""


class Turns:
    """The readings of one conversation, each made once and only where it is asked for."""

    def __init__(self, pipeline: Pipeline, ticket: Ticket, clock: datetime) -> None:
        self.ticket = ticket
        self.understood, self.decision = pipeline.read(ticket, clock)
        """At the end."""
        self.answers = tuple(index for index, message in enumerate(ticket.messages) if message.role == "agent")
        rest = self.answers[_MOST:]
        self._points = (*self.answers[:_MOST], *rest[:: -(-len(rest) // _MOST) or 1])
        self._read = cache(lambda message: pipeline.read(before(ticket, message), clock))

    def at(self, message: int) -> tuple[Understanding, Decision]:
        """As the agent had it before writing this message; late in a long conversation, a few answers earlier."""
        point = max((each for each in self._points if each <= message), default=message)
        found: tuple[Understanding, Decision] = self._read(point)
        return found

    def problems(self) -> list[Understanding]:
        """The first reading of each problem, in order; those that name none stand only where there is no other."""
        read = [self.at(message)[0] for message in self.answers[:_MOST]] + [self.understood]
        found: dict[tuple[IssueType, str], Understanding] = {}
        for each in read:
            found.setdefault((each.classification.issue_type, each.classification.issue_subtype), each)
        named = [each for each in found.values() if _names_one(each.classification)]
        return named or list(found.values())

    def views(self) -> list[dict[str, Any]]:
        """The facts before each answer and at the end: a complaint that was settled was a complaint."""
        return [*(self.at(message)[1].view for message in self.answers[:_MOST]), self.decision.view]

    def first_named(self) -> int | None:
        """The first answer before which a problem stood; null where none did."""
        return next((each for each in self.answers[:_MOST] if _names_one(self.at(each)[0].classification)), None)

    def first_upset(self) -> int | None:
        """The first answer before which the customer was upset; null where they never were, or only at the end."""
        return next((each for each in self._points if _upset(self.at(each)[0].classification)), None)


def before(ticket: Ticket, message: int) -> Ticket:
    """The ticket as the agent had it before writing this message."""
    then = as_of(ticket, message)
    earlier = then.messages[:-1]
    has_customer = any(each.role == "customer" for each in earlier)
    return then.model_copy(update={"messages": earlier}) if has_customer else then


def _names_one(kind: Classification) -> bool:
    return kind.issue_type is not IssueType.OTHER


def _upset(kind: Classification) -> bool:
    return kind.emotion != "calm" or kind.high_emotion
