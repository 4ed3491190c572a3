"""The use cases of finished conversations: scored against the SOP, and summed up. Nothing is stored."""

from collections.abc import Callable
from datetime import datetime

from copilot.domain.qa import Conversation, Score, Summary, SummaryRequest
from copilot.domain.roles import Permission, may
from copilot.errors import Forbidden
from copilot.qa.scorer import Scorer
from copilot.qa.summary import Summariser
from copilot.store.repository import Caller


class Conversations:
    """Scored by supervisors and evaluators, summed up by whoever works at the desk. Thread-safe."""

    def __init__(self, scorer: Scorer, summariser: Summariser, clock: Callable[[], datetime]) -> None:
        self._scorer = scorer
        self._summariser = summariser
        self._clock = clock

    def score(self, caller: Caller, conversation: Conversation) -> Score:
        """Every item with its score, the words that show it, and why.

        Raises:
            Forbidden: the caller's role may not score.
        """
        _check(caller, Permission.SCORE)
        return self._scorer.score(conversation, self._clock())

    def summarise(self, caller: Caller, request: SummaryRequest) -> Summary:
        """What is wanted, what was promised, what is open, in the conversation's own sentences.

        Raises:
            Forbidden: the caller's role may not read conversations.
        """
        _check(caller, Permission.SUMMARISE)
        return self._summariser.summarise(request, request.sentences, self._clock())


def _check(caller: Caller, permission: Permission) -> None:
    if not may(caller.role, permission):
        raise Forbidden(f"the role {caller.role} may not do this; it needs the permission {permission}")
