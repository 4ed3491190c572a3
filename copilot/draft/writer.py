"""Asks a language model for a draft: sentences with the numbers of the evidence that they rest on."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from copilot.draft.brief import Brief
from copilot.llm.errors import LlmError, LlmMalformed
from copilot.llm.port import Ask, LanguageModel, Usage
from copilot.llm.prompt import Prompt
from copilot.llm.scope import aside
from copilot.llm.structured import Meter, MeteredPieces, ask_for, entries

MAX_TOKENS = 500
MOST_SENTENCES = 10
_REPAIR_TOKENS = 300


def _sentence(value: Any) -> Any:
    """Small models write a bare text for a sentence without citations."""
    return {"text": value} if isinstance(value, str) else value


def _cited(value: Any) -> Any:
    """One number instead of a list, null for none, "[1]" for 1."""
    values = [] if value is None else value if isinstance(value, list) else [value]
    return [int(bare) if isinstance(each, str) and (bare := each.strip("[] ")).isdecimal() else each for each in values]


class Spoken(BaseModel):
    """One sentence as the model gives it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    cites: Annotated[tuple[int, ...], BeforeValidator(_cited), Field(max_length=MOST_SENTENCES)] = ()


class Reply(BaseModel):
    """The draft as the model gives it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sentences: Annotated[
        tuple[Annotated[Spoken, BeforeValidator(_sentence)], ...],
        # Wanted are three or more, where the endpoint can be held to it; fewer are no reason to ask again.
        Field(min_length=1, max_length=MOST_SENTENCES, json_schema_extra={"minItems": 3}),
    ]


class Reworded(BaseModel):
    """Objected sentences said anew."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sentences: Annotated[tuple[Annotated[Spoken, BeforeValidator(_sentence)], ...], Field(max_length=MOST_SENTENCES)]


class Objection(BaseModel):
    """A sentence that was not let through, and why."""

    model_config = ConfigDict(frozen=True)

    text: str
    why: str


class Writing:
    """A draft on its way."""

    def __init__(self, meter: Meter, whole: "Future[Reply] | None", pieces: MeteredPieces | None) -> None:
        self.meter = meter
        self.failed: LlmError | None = None
        """Why no more sentences came."""
        self._whole = whole
        self._pieces = pieces

    def sentences(self) -> Iterator[Spoken]:
        """The sentences as they come; ends early where the model fails, see `failed`."""
        came = False
        try:
            for spoken in self._arriving():
                came = True
                yield spoken
        except LlmError as error:
            self.failed = error
            return
        if not came:
            self.failed = LlmMalformed("the draft holds no sentence")

    def cancel(self) -> None:
        if self._pieces is not None:
            self._pieces.close()

    def usage(self) -> Usage:
        return self.meter.usage(self.failed)

    def _arriving(self) -> Iterator[Spoken]:
        if self._whole is not None:
            yield from self._whole.result().sentences
        elif self._pieces is not None:
            for number, entry in enumerate(entries(self._pieces, "sentences")):
                if number == MOST_SENTENCES:
                    return
                try:
                    yield Spoken.model_validate(_sentence(entry))
                except ValidationError:
                    continue  # what cannot be read is not said; the composer's sentences tell its fact


class Writer:
    """Never decides what is said: see `verify`, `weave` and the guard."""

    def __init__(self, model: LanguageModel, draft: Prompt, repair: Prompt, again: Prompt, budget: float) -> None:
        """`again`: json_again; `budget`: seconds for one question, repeats included."""
        self._model = model
        self._draft = draft
        self._repair = repair
        self._again = again
        self._budget = budget

    @property
    def instructions(self) -> str:
        """What every draft is asked with; a sentence copied from it says nothing."""
        return self._draft.system

    def begin(self, brief: Brief, *, live: bool) -> Writing:
        """Asks for a draft and returns at once.

        Args:
            live: sentences come as they are written, and an answer that is no JSON is not asked again.
        """
        meter = Meter(self._model)
        ask = Ask(
            prompt=self._draft.ref, messages=self._draft.render(brief.values), max_tokens=MAX_TOKENS,
            budget=self._budget,
        )  # fmt: skip
        if live:
            return Writing(meter, None, meter.pieces(ask))
        asking: Callable[[], Reply] = lambda: ask_for(meter, ask, Reply, self._again, repeats=1)  # noqa: E731
        return Writing(meter, aside(asking), None)

    def repaired(self, brief: Brief, objections: Sequence[Objection], meter: Meter) -> tuple[Spoken, ...]:
        """The objected sentences said anew; none where the model fails: then they are left out."""
        values = {
            "decision": brief.values["decision"], "evidence": brief.values["evidence"],
            "draft": "\n".join(f"{number} {each.text}" for number, each in enumerate(objections, 1)),
            "findings": "\n".join(f"第{number}句：{each.why}" for number, each in enumerate(objections, 1)),
        }  # fmt: skip
        ask = Ask(
            prompt=self._repair.ref, messages=self._repair.render(values), max_tokens=_REPAIR_TOKENS,
            budget=self._budget,
        )  # fmt: skip
        try:
            return ask_for(meter, ask, Reworded, self._again, repeats=0).sentences[: len(objections)]
        except LlmError:
            return ()
