"""The circuit breaker, state by state, and against a model of itself."""

from hypothesis import given
from hypothesis import strategies as st

from copilot.llm.breaker import Breaker, State
from tests.llm.endpoint import Clock


def opened(threshold: int = 2) -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(clock, threshold=threshold, pause=30)
    for _ in range(threshold):
        assert breaker.allow()
        breaker.failed()
    return breaker, clock


def test_it_opens_after_failures_in_a_row() -> None:
    breaker, _ = opened()
    assert breaker.state is State.OPEN
    assert not breaker.allow()


def test_a_success_between_starts_the_count_again() -> None:
    breaker = Breaker(Clock(), threshold=2)
    for _ in range(5):
        breaker.failed()
        breaker.succeeded()
    assert breaker.state is State.CLOSED


def test_half_open_lets_one_call_through_at_a_time() -> None:
    breaker, clock = opened()
    clock.now = 30
    assert breaker.state is State.HALF_OPEN
    assert [breaker.allow(), breaker.allow()] == [True, False]


def test_a_trial_that_fails_opens_it_again() -> None:
    breaker, clock = opened()
    clock.now = 30
    breaker.allow()
    breaker.failed()
    assert breaker.state is State.OPEN
    clock.now = 60
    breaker.allow()
    breaker.succeeded()
    assert breaker.state is State.CLOSED


def test_a_trial_whose_caller_went_away_leaves_room_for_the_next() -> None:
    breaker, clock = opened()
    clock.now = 30
    breaker.allow()
    breaker.abandoned()
    assert breaker.allow()


@given(st.lists(st.sampled_from(["ok", "bad", "gone", "wait"]), max_size=60))
def test_it_never_stays_shut_for_good_and_never_passes_calls_while_open(happenings: list[str]) -> None:
    clock = Clock()
    breaker = Breaker(clock, threshold=3, pause=30)
    for happening in happenings:
        if happening == "wait":
            clock.now += 10
        elif breaker.allow():
            {"ok": breaker.succeeded, "bad": breaker.failed, "gone": breaker.abandoned}[happening]()
        else:
            assert breaker.state is State.OPEN
    clock.now += 30
    assert breaker.allow()
