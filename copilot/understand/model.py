"""Asks a language model what a conversation is about, and says how its word weighs beside the offline result.

The model sees the redacted conversation, the order's status and the goods' names, and answers with ids of the contract
alone. Its answer is merged with the offline result by one rule:

* The problem: the offline distribution over subtypes, with the log odds of the model's choice raised by `LOG_ODDS`;
  the verdict is drawn from it as without a model.
* Risk flags: the union; a flag that either side found stays.
* Whether the model understood: where the merged verdict is of another issue type than the model's choice, the model
  was outvoted, and no more of its answer than the risk flags is taken.
* Other problems are added to those found offline, unless they are the same matter; demands: the union; emotion: what
  was found offline, or where nothing was found (calm), the model's. Then the stage's own rules hold as ever.
* High value comes from amounts alone; evidence, priority, complaint level and everything else derived are computed
  anew from the merged reading. What the customer is entitled to is never asked of a model.

A failure of any kind leaves the offline result as it is and says why.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from copilot.domain.base import Model
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import SUBTYPES, Demand, Emotion, IssueType, RiskFlag
from copilot.llm.errors import LlmError
from copilot.llm.port import Ask, LanguageModel, Usage
from copilot.llm.prompt import Prompt
from copilot.llm.structured import Meter, ask_for
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.combine import Distribution
from copilot.understand.merge import Impression
from copilot.understand.problems import key_of

_LOG = logging.getLogger(__name__)

LOG_ODDS = 2.0
"""Natural log odds that the model's choice gains: about 7 to 1. It decides where the offline reading wavers between
two problems and yields where that is sure (above about .88). A working value: it is to be set on labelled tickets."""
MAX_TOKENS = 200
"""The longest answer in ids is about half of that."""
CONVERSATION_CHARACTERS = 1200
MESSAGE_CHARACTERS = 400
_FLOOR = 1e-6
"""Share of a choice that offline seems impossible."""
_SPEAKERS = {"customer": "顾客", "agent": "客服", "bot": "机器人", "system": "系统"}
_KEYS = tuple(key_of(issue_type, subtype) for issue_type, subtypes in SUBTYPES.items() for subtype in subtypes)
_FLAGS = tuple(flag for flag in RiskFlag if flag is not RiskFlag.HIGH_VALUE)


def _known(value: str) -> str:
    if value not in _KEYS:
        raise ValueError("不是规定的编号")
    return value


def _listed(value: Any) -> Any:
    """Small models write null for nothing and a bare id for one; an id that stands twice counts once."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(dict.fromkeys(value)) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value


Issue = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(_KEYS)})]
Flag = Annotated[RiskFlag, WithJsonSchema({"type": "string", "enum": list(_FLAGS)})]


class ModelReading(BaseModel):
    """What the model answers: ids alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issue: Issue
    others: Annotated[tuple[Issue, ...], BeforeValidator(_listed), Field(max_length=3)] = ()
    demands: Annotated[tuple[Demand, ...], BeforeValidator(_listed), Field(max_length=6)] = ()
    emotion: Emotion
    risk_flags: Annotated[tuple[Flag, ...], BeforeValidator(_listed), Field(max_length=6)] = ()

    def within(self, issue_type: IssueType | str) -> "ModelReading":
        """What is taken of it beside a verdict of this issue type."""
        if self.issue.partition("/")[0] == issue_type:
            return self
        return self.model_copy(update={"others": (), "demands": (), "emotion": Emotion.CALM})


class Heard(Model):
    """What the model said of one ticket, and what it took."""

    reading: ModelReading | None
    """None: it failed, see `usage.failure`."""
    usage: Usage


class ModelReader:
    """Asks the model about one conversation. Never raises for a failure of the model."""

    def __init__(self, model: LanguageModel, prompt: Prompt, again: Prompt, taxonomy: Taxonomy, budget: float) -> None:
        """`prompt`: understand; `again`: json_again; `budget`: seconds for all calls about one ticket."""
        self._model = model
        self._prompt = prompt
        self._again = again
        self._issues = issue_lines(taxonomy)
        self._budget = budget

    def read(self, ticket: Ticket, redacted: Sequence[str], titles: Sequence[str]) -> Heard:
        """The model's reading.

        Args:
            redacted: all messages of the ticket without personal data.
            titles: what was bought, without personal data.
        """
        values = {
            "issues": self._issues, "order": order_line(ticket, titles),
            "conversation": conversation(ticket, redacted),
        }  # fmt: skip
        ask = Ask(
            prompt=self._prompt.ref, messages=self._prompt.render(values), max_tokens=MAX_TOKENS, budget=self._budget
        )
        meter = Meter(self._model)
        try:
            reading = ask_for(meter, ask, ModelReading, self._again, repeats=1)
        except LlmError as error:
            _LOG.warning("classification goes without the model: %s", error.message)
            return Heard(reading=None, usage=meter.usage(error))
        return Heard(reading=reading, usage=meter.usage())


def raised(keys: Sequence[str], shares: Distribution, reading: ModelReading | None) -> Distribution:
    """The distribution with the log odds of the model's choice raised; as it is without a reading."""
    if reading is None or reading.issue not in keys:
        return shares
    merged = shares.copy()
    chosen = list(keys).index(reading.issue)
    merged[chosen] = max(merged[chosen], _FLOOR) * math.exp(LOG_ODDS)
    merged /= merged.sum()
    return merged


def joined(shown: Impression, reading: ModelReading | None) -> Impression:
    """What the words show, with what the model reads in them; a risk that the model sees too is doubtful no more."""
    if reading is None:
        return shown
    risks = set(reading.risk_flags)
    return replace(
        shown, emotion=reading.emotion if shown.emotion is Emotion.CALM else shown.emotion,
        demands=shown.demands | set(reading.demands), risks=shown.risks | risks, doubtful=shown.doubtful - risks,
    )  # fmt: skip


def issue_lines(taxonomy: Taxonomy) -> str:
    """Every id with its label, a line for each issue type."""
    return "\n".join(
        "，".join(f"{key_of(rules.issue_type, subtype.id)} {subtype.label}" for subtype in rules.subtypes)
        for rules in taxonomy.types
    )


def conversation(ticket: Ticket, redacted: Sequence[str]) -> str:
    """The last messages, one a line, so that no message can pretend to be another's line."""
    lines: list[str] = []
    length = 0
    for message, text in zip(reversed(ticket.messages), reversed(redacted), strict=True):
        line = f"{_SPEAKERS[message.role]}：{' '.join(text.split())[:MESSAGE_CHARACTERS]}"
        length += len(line)
        if lines and length > CONVERSATION_CHARACTERS:
            break
        lines.append(line)
    return "\n".join(reversed(lines))


def order_line(ticket: Ticket, titles: Sequence[str]) -> str:
    """What the order's fields say of the problem."""
    status = ticket.order.status if ticket.order else None
    goods = "、".join(" ".join(title.split()) for title in titles[:3])
    parts = (f"状态 {status}" if status else "", f"商品 {goods}" if goods else "")
    return "；".join(part for part in parts if part) or "无"
