"""Any order of steps: only approved texts are served, no author approves, and answers about past days stay."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kb.errors import InvalidState, SelfReview
from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from kb.store.moments import BEIJING
from tests.kb.conftest import Clock

PEOPLE = st.sampled_from(["li", "wang", "zhang"])
NUMBERS = st.integers(0, 3)


class Life(RuleBasedStateMachine):
    """One document in a base that all runs share; `state` and `answers` are what a person would have noted."""

    base: KnowledgeBase
    clock: Clock
    runs = 0

    def __init__(self) -> None:
        super().__init__()
        Life.runs += 1
        self.anchor = f"case.r{Life.runs}"
        self.document = ""
        self.clock.now = Clock().now
        self.state: dict[int, str] = {}
        self.day: dict[int, date | None] = {}
        self.author: dict[int, str] = {}
        self.submitter: dict[int, str] = {}
        self.begun = False
        self.answers: dict[datetime, int | None] = {}
        self.steps = 0

    # -- steps -------------------------------------------------------------------------------------------

    @rule(actor=PEOPLE, later=st.booleans())
    def write(self, actor: str, later: bool) -> None:
        number = len(self.state) + 1
        day = (self.clock.now + timedelta(days=2)).date() if later else None
        text = f"### 到账 {{#{self.anchor}}}\n第{number}版：退款到账。\n".encode()
        name = f"{self.anchor}.md"
        report = self.base.add_text(name, text, kind="policy", valid_from=day, actor=actor)
        assert (report.version, report.state) == (number, "draft")
        self.document = report.document_id
        self.state[number], self.author[number], self.day[number] = "draft", actor, day
        self.steps += 1

    @rule(later=st.booleans())
    def bring_out(self, later: bool) -> None:
        """A new version on its ordinary way, so that runs get far."""
        self.write("li", later)
        number = len(self.state)
        self.submit(0, "wang")
        self.approve(0, "zhang")
        self.publish(0, "zhang")
        assert self.state[number] == "published"

    @precondition(lambda self: self.state)
    @rule(back=NUMBERS, actor=PEOPLE)
    def submit(self, back: int, actor: str) -> None:
        number = self._number(back)
        if self._try(number, {"draft"}, lambda: self.base.submit(self.document, number, actor=actor)):
            self.state[number], self.submitter[number] = "in_review", actor

    @precondition(lambda self: self.state)
    @rule(back=NUMBERS, actor=PEOPLE)
    def approve(self, back: int, actor: str) -> None:
        number = self._number(back)
        own = actor in (self.author[number], self.submitter.get(number))
        if self.state[number] == "in_review" and own:
            with pytest.raises(SelfReview):
                self.base.approve(self.document, number, actor=actor)
        elif self._try(number, {"in_review"}, lambda: self.base.approve(self.document, number, actor=actor)):
            self.state[number] = "approved"

    @precondition(lambda self: self.state)
    @rule(back=NUMBERS, actor=PEOPLE)
    def reject(self, back: int, actor: str) -> None:
        number = self._number(back)
        call = partial(self.base.reject, self.document, number, actor=actor, note="再改")
        if self._try(number, {"in_review"}, call):
            self.state[number] = "draft"

    @precondition(lambda self: self.state)
    @rule(back=NUMBERS, actor=PEOPLE)
    def publish(self, back: int, actor: str) -> None:
        number = self._number(back)
        call = partial(self.base.publish, self.document, number, actor=actor)
        again = self.state[number] == "published"
        if self._try(number, {"approved", "published"}, call):
            self.steps -= again  # perhaps in force already: then nothing is done, nothing is written
            if not again:
                self._declared(number)
            self.state[number], self.begun = "published", True

    @precondition(lambda self: self.state)
    @rule(back=st.none() | NUMBERS, actor=PEOPLE)
    def rollback(self, back: int | None, actor: str) -> None:
        number = None if back is None else self._number(back)
        try:
            found = self.base.rollback(self.document, number, actor=actor)
        except InvalidState:
            return
        assert self.state[found.version] == "published"
        assert self._now() == found.version
        self.steps += 1

    @precondition(lambda self: self.state)
    @rule(back=NUMBERS, actor=PEOPLE)
    def retire(self, back: int, actor: str) -> None:
        number = self._number(back)
        if self._try(number, {"published"}, lambda: self.base.retire(self.document, number, actor=actor)):
            self.state[number] = "retired"

    @precondition(lambda self: self.state)
    @rule(actor=PEOPLE)
    def archive(self, actor: str) -> None:
        try:
            self.base.archive(self.document, actor=actor)
        except InvalidState:
            assert self.base.get_document(self.document).archived
            return
        assert self._now() is None
        self.steps += 1

    @rule(hours=st.sampled_from([1, 20, 60]))
    def wait(self, hours: int) -> None:
        self.clock.forward(hours=hours)

    def _number(self, back: int) -> int:
        """Counted from the latest version."""
        return max(1, len(self.state) - back)

    def _try(self, number: int, allowed: set[str], call: Any) -> bool:
        """Makes the step; whether it was allowed is foretold by the noted state."""
        if self.state[number] not in allowed:
            with pytest.raises(InvalidState):
                call()
            return False
        call()
        self.steps += 1
        return True

    def _declared(self, number: int) -> None:
        """A first publication with a past day declares that it held since then: the one way to change the past."""
        day = self.day[number]
        if day is not None:
            start = datetime.combine(day, time.min, BEIJING)
            self.answers = {moment: version for moment, version in self.answers.items() if moment < start}

    # -- what always holds --------------------------------------------------------------------------------

    def _at(self, moment: datetime) -> int | None:
        found = self.base.resolve(self.anchor, platform=None, as_of=moment)
        return None if found is None else found.version

    def _now(self) -> int | None:
        return self._at(self.clock.now)

    @invariant()
    def only_published_texts_are_served(self) -> None:
        self.clock.forward(seconds=2)
        now = self._now()
        assert now is None or self.state[now] == "published"
        hits = self.base.search(SearchRequest(query="退款到账", k=50), lexical=True).hits
        assert [hit.version for hit in hits if hit.anchor == self.anchor] == ([] if now is None else [now])
        future = self._at(self.clock.now + timedelta(days=9))
        assert future is None or self.state[future] == "published"

    @invariant()
    def answers_about_the_past_stay(self) -> None:
        for moment, version in self.answers.items():
            withdrawn = version is not None and self.state[version] == "retired"
            assert self._at(moment) == (None if withdrawn else version)
        # Before the first publication there is no answer that could stay: it reaches back without limit.
        if self.begun:
            self.answers[self.clock.now - timedelta(seconds=1)] = self._at(self.clock.now - timedelta(seconds=1))

    @invariant()
    def stored_states_are_the_noted_ones(self) -> None:
        if not self.state:
            return
        assert {entry.version: entry.state for entry in self.base.versions(self.document)} == self.state
        history = self.base.history(self.document)
        assert len(history) >= self.steps
        for step in history:
            if step.action == "approve":
                assert step.actor != self.author[step.version]

    def teardown(self) -> None:
        assert self.base.drift().clean
        if self.document:
            for number, state in self.state.items():
                if state == "published":
                    self.base.retire(self.document, number, actor="t")


@pytest.fixture
def shared() -> Iterator[KnowledgeBase]:
    clock = Clock()
    with (
        TemporaryDirectory() as folder,
        KnowledgeBase.open(KbSettings(home=Path(folder)), embedder=None, clock=clock) as base,
    ):
        Life.base, Life.clock = base, clock
        yield base


@pytest.mark.usefixtures("shared")
def test_any_order_of_steps() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Life,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
