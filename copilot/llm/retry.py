"""How long to wait before a failed call is tried again: exponential with full jitter, Retry-After honoured."""

import random
from dataclasses import dataclass

from copilot.llm.errors import LlmError, LlmRateLimited


@dataclass(frozen=True)
class RetryPolicy:
    """At most `retries` further attempts.

    The n-th wait is drawn from [0, min(cap, base · 2ⁿ)] seconds: "full jitter" spreads callers that failed together
    (Brooker, Exponential Backoff and Jitter, AWS Architecture Blog 2015).
    """

    retries: int = 2
    base: float = 0.5
    cap: float = 8.0

    def wait(self, attempt: int, error: LlmError, remaining: float, chance: random.Random) -> float | None:
        """Seconds to wait after the attempt (counted from 0) failed; None: give up.

        Args:
            remaining: seconds left of the budget; a wait that would use them up is not begun.
        """
        if not error.again or attempt >= self.retries:
            return None
        wait = chance.uniform(0, min(self.cap, self.base * 2**attempt))
        if isinstance(error, LlmRateLimited) and error.retry_after is not None:
            wait += error.retry_after
        return wait if wait < remaining else None
