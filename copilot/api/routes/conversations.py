"""Finished conversations: their score against the SOP, and a summary of long ones."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from copilot.api.auth import allowed
from copilot.conversations import Conversations
from copilot.domain.qa import Conversation, Score, Summary, SummaryRequest
from copilot.domain.roles import Permission
from copilot.store.repository import Caller

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])


def _conversations(request: Request) -> Conversations:
    conversations: Conversations = request.app.state.services.conversations
    return conversations


ConversationsDep = Annotated[Conversations, Depends(_conversations)]


@router.post("/score")
def score(
    conversation: Conversation, conversations: ConversationsDep,
    who: Annotated[Caller, Depends(allowed(Permission.SCORE))],
) -> Score:  # fmt: skip
    """Scores a ticket whose conversation is over: each item with its weight, the quote that shows it and why; the
    guard's verdict on each message of the agent, with the ticket as it was at that message."""
    return conversations.score(who, conversation)


@router.post("/summary")
def summary(
    request: SummaryRequest, conversations: ConversationsDep,
    who: Annotated[Caller, Depends(allowed(Permission.SUMMARISE))],
) -> Summary:  # fmt: skip
    """What the customer wants, what was promised until when, and what is open, in at most `sentences` sentences of the
    conversation; personal data is masked. Short conversations come back whole."""
    return conversations.summarise(who, request)
