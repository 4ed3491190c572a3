"""An agent's text said in another way: what is asked for, and what of it may be used."""

from typing import Annotated, Literal

from pydantic import Field

from copilot.domain.base import Model
from copilot.domain.compliance import Commitment, Violation
from copilot.domain.ticket import MessageText, Ticket
from copilot.domain.vocabulary import Status

_LONGEST = 2000
_Text = Annotated[MessageText, Field(max_length=_LONGEST)]


class RefineRequest(Model):
    """A draft, changed as the agent says."""

    text: _Text
    instruction: Annotated[MessageText, Field(max_length=200, examples=["更简短", "先安抚", "用英文"])]
    ticket: Ticket | None = None


class RewriteRequest(Model):
    """The agent's own text in another manner."""

    text: _Text
    manner: Literal["warmer", "shorter", "formal"]
    ticket: Ticket | None = None


class TranslateRequest(Model):
    text: _Text
    to: Literal["en", "zh"]
    of: Annotated[
        Literal["reply", "customer_message"], Field(description="A customer's message is read, not sent: not judged")
    ] = "reply"
    ticket: Ticket | None = None


class RewordUsage(Model):
    calls: int
    model: str | None
    prompts: dict[str, str]
    tokens_in: int
    tokens_out: int
    seconds: float


class RewordResult(Model):
    """`text` is null where the guard blocks it; then `suggested_text` may hold a compliant wording."""

    text: str | None
    status: Status | None
    """null: not judged."""
    violations: tuple[Violation, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    suggested_text: str | None = None
    warnings: tuple[str, ...] = ()
    usage: RewordUsage
