"""Scores of a finished conversation, item by item with the words that show it; and its summary."""

from typing import Annotated, Literal

from pydantic import Field

from copilot.domain.base import Model
from copilot.domain.compliance import Commitment, Violation
from copilot.domain.suggestion import Classification
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Demand, Emotion, IssueType, MissingField, Status

ItemId = Literal[
    "greeting", "empathy", "asked", "classification", "policy", "compliance", "restated", "next_time", "closing",
    "satisfaction",
]  # fmt: skip


class Label(Model):
    """What the record says the conversation was about."""

    issue_type: IssueType
    issue_subtype: str | None = None


class Conversation(Ticket):
    """A finished conversation: a ticket, and where known its label in the record and the customer's rating."""

    label: Label | None = None
    satisfaction: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    """Stars, 1 to 5."""


class Quote(Model):
    """Words of the conversation; offsets in code points, end exclusive. Personal data in `text` is masked."""

    message: int
    start: int
    end: int
    text: str


class ItemScore(Model):
    id: ItemId
    label: str
    weight: float
    applicable: bool
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    """null: not applicable."""
    quotes: tuple[Quote, ...] = ()
    why: str


class JudgedMessage(Model):
    """The guard's verdict on one message of the agent, with the ticket as it was then."""

    message: int
    status: Status
    violations: tuple[Violation, ...] = ()
    commitments: tuple[Commitment, ...] = ()


class Score(Model):
    id: str | None = None
    score: Annotated[float, Field(ge=0, le=100)] | None = None
    """The weighted mean of the items that apply, in percent; null: no message of an agent to score."""
    passed: bool
    """The score reaches the rulebook's mark, and no violation that fails a conversation outright stands in it."""
    items: tuple[ItemScore, ...]
    messages: tuple[JudgedMessage, ...] = ()
    classification: Classification
    """What the conversation is, as read here."""
    rulebook: str
    kb_snapshot: str


class SummaryRequest(Ticket):
    """A conversation of any length, and how many sentences may stand for it."""

    sentences: Annotated[int, Field(ge=3, le=40, strict=True)] = 8


Kind = Literal["demand", "promise", "open", "fact"]


class SummarySentence(Quote):
    role: Literal["customer", "agent", "system", "bot"]
    kind: Kind


class Promised(Model):
    """Who promised what until when, with the words."""

    by: Literal["agent", "bot"]
    commitment: Commitment
    quote: Quote


class Summary(Model):
    id: str | None = None
    whole: bool
    """Short enough that every sentence stands here."""
    issue: str
    """The problem in words."""
    demands: tuple[Demand, ...] = ()
    emotion: Emotion
    sentences: tuple[SummarySentence, ...]
    """In the order of the conversation."""
    promises: tuple[Promised, ...] = ()
    open: tuple[MissingField, ...] = ()
    """What was still missing at the end."""
    resolved: bool
    """The customer says that it is solved."""
    redactions: int
