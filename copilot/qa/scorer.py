"""Scores a finished conversation against the SOP: what was read, what was judged, item by item."""

from collections.abc import Callable
from datetime import datetime, timedelta

from copilot.decide.missing import known_fields
from copilot.decide.step import Decision
from copilot.domain.qa import Conversation, ItemScore, JudgedMessage, Score
from copilot.domain.suggestion import Classification
from copilot.domain.ticket import Message, Ticket
from copilot.domain.vocabulary import IssueType, Severity
from copilot.nextsteps.sla import Clocks, length
from copilot.pipeline import Pipeline
from copilot.qa.acts import Acts
from copilot.qa.asking import Asking
from copilot.qa.case import Asked, Case, Found
from copilot.qa.items import SCORERS
from copilot.qa.moment import as_of
from copilot.qa.sentences import Sentence, clauses_of, sentences
from copilot.qa.turns import Turns, before
from copilot.rulebook.loader import Rulebook
from copilot.understand.head import Vector

_SURE = 0.5
"""Confidence from which the agent's own words say what the problem was taken for."""
_NOT_HERE = Found(None, "本次会话不适用")
_MOST_TREATED = 2_000


class Scorer:
    """Thread-safe: one serves all requests."""

    def __init__(
        self, pipeline: Pipeline, rulebook: Rulebook, clocks: Clocks, snapshot: Callable[[], str],
        embed: Callable[[str], Vector] | None,
    ) -> None:  # fmt: skip
        self._pipeline = pipeline
        self._rulebook = rulebook
        self._clocks = clocks
        self._snapshot = snapshot
        self._acts = Acts(rulebook.qa, embed)
        self._asking = Asking(rulebook.qa.asking)

    def score(self, conversation: Conversation, clock: datetime) -> Score:
        """Every item of the rulebook, with the guard's verdict on each message of the agent."""
        rules, turns = self._rulebook.qa, Turns(self._pipeline, conversation, clock)
        said = tuple(sentences(conversation, "agent"))
        judged = tuple(self._judged(conversation, clock))
        if not said:
            items = tuple(Found(None, "没有客服消息").of(item) for item in rules.items)
            return self._score(conversation, items, judged, turns)
        first = turns.first_named()
        case = Case(
            conversation=conversation, turns=turns, said=said, judged=judged,
            missing=tuple(entry.field for entry in turns.at(first)[1].missing) if first is not None else (),
            asked=tuple(self._asked(turns, said)), treated_as=self._treated_as(conversation, said, clock),
            mood=self._mood(conversation, clock),
            within=lambda message: self._within(turns.at(message)[1]), acts=self._acts,
        )  # fmt: skip
        views = turns.views()
        items = tuple(
            (SCORERS[item.id](case) if any(item.when.holds(view) for view in views) else _NOT_HERE).of(item)
            for item in rules.items
        )
        return self._score(conversation, items, judged, turns)

    def _within(self, decision: Decision) -> tuple[timedelta | None, timedelta | None]:
        rows = [self._clocks.row(clock, decision.view) for clock in ("follow_up", "plan")]
        follow_up, plan = (length(row.within) if row is not None else None for row in rows)
        return follow_up, plan

    def _score(
        self, conversation: Conversation, items: tuple[ItemScore, ...], judged: tuple[JudgedMessage, ...],
        turns: Turns,
    ) -> Score:  # fmt: skip
        rules = self._rulebook.qa
        weighed = [(item.weight, item.score) for item in items if item.score is not None]
        total = sum(weight for weight, _ in weighed)
        score = round(100 * sum(weight * value for weight, value in weighed) / total, 1) if total else None
        fatal = any(
            found.category in rules.fatal and found.severity is Severity.BLOCK
            for each in judged
            for found in each.violations
        )
        return Score(
            id=conversation.id, score=score, passed=score is not None and score >= rules.pass_mark and not fatal,
            items=items, messages=judged, classification=turns.understood.classification, rulebook=self._rulebook.digest,
            kb_snapshot=self._snapshot(),
        )  # fmt: skip

    def _judged(self, conversation: Conversation, clock: datetime) -> list[JudgedMessage]:
        """The guard on each message of the agent, with the ticket as it was then."""
        found = []
        for index, message in enumerate(conversation.messages):
            if message.role != "agent":
                continue
            result = self._pipeline.judge(message.text, as_of(conversation, index), clock)
            found.append(
                JudgedMessage(
                    message=index, status=result.status, violations=result.violations, commitments=result.commitments
                )
            )
        return found

    def _asked(self, turns: Turns, said: tuple[Sentence, ...]) -> list[Asked]:
        """What each message asks for, and whether it was known when it was sent."""
        found: list[Asked] = []
        for sentence in said:
            for field in self._asking.fields(sentence):
                understood, _ = turns.at(sentence.message)
                known = known_fields(before(turns.ticket, sentence.message), understood.entities, understood.given)
                found.append(Asked(field, sentence, field in known))
        return found

    def _treated_as(
        self, conversation: Conversation, said: tuple[Sentence, ...], clock: datetime
    ) -> Classification | None:
        """What the agent's words are about, read as if the customer had said them; null where they say little."""
        clauses = (clause for sentence in said for clause in clauses_of(sentence))
        words = "，".join(each.source for each in clauses if not self._acts.does("greeting", each))[:_MOST_TREATED]
        if not words:
            return None
        read, _ = self._pipeline.read(_alone(conversation, words), clock)
        kind = read.classification
        silent = kind.issue_type is IssueType.OTHER or kind.confidence < _SURE
        return None if silent else kind

    def _mood(self, conversation: Conversation, clock: datetime) -> Classification | None:
        """The customer's last message by itself, where it comes after one of the agent."""
        places = [index for index, message in enumerate(conversation.messages) if message.role == "customer"]
        answered = any(message.role == "agent" for message in conversation.messages[: places[-1]])
        if not answered:
            return None
        last = conversation.messages[places[-1]].text
        return self._pipeline.read(_alone(conversation, last), clock)[0].classification


def _alone(conversation: Ticket, words: str) -> Ticket:
    """A ticket that says these words only: no order, no history."""
    return Ticket(messages=(Message(role="customer", text=words, at=conversation.messages[-1].at),))
