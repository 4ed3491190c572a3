"""Circuit breaker: an endpoint that keeps failing is left alone for a while, then tried with one call.

Closed: calls pass, failures in a row are counted. Open: after `threshold` of them no call passes for `pause` seconds.
Half-open: then one call passes; it closes the circuit or opens it again.
"""

from collections.abc import Callable
from enum import StrEnum


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """One endpoint's circuit. Used from one event loop, so without locks."""

    def __init__(self, clock: Callable[[], float], threshold: int = 5, pause: float = 30.0) -> None:
        """`clock`: seconds that never go back. `pause`: seconds that the circuit stays open."""
        self._clock = clock
        self._threshold = threshold
        self._pause = pause
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        if self._opened_at is None:
            return State.CLOSED
        return State.HALF_OPEN if self._clock() - self._opened_at >= self._pause else State.OPEN

    def allow(self) -> bool:
        """Whether a call may pass now; a half-open circuit lets one through at a time."""
        state = self.state
        if state is State.HALF_OPEN and not self._trying:
            self._trying = True
            return True
        return state is State.CLOSED

    def succeeded(self) -> None:
        self._failures, self._opened_at, self._trying = 0, None, False

    def failed(self) -> None:
        self._failures += 1
        if self._trying or self._failures >= self._threshold:
            self._opened_at = self._clock()
        self._trying = False

    def abandoned(self) -> None:
        """The caller went away: the call says nothing of the endpoint."""
        self._trying = False
