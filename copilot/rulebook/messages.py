"""Labelled messages, from which the reading of tickets is trained: data/messages/*.jsonl, one JSON object a line."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from copilot.domain.ticket import Message, Ticket
from copilot.domain.vocabulary import SUBTYPES, Demand, Emotion, IssueType, RiskFlag
from copilot.errors import RulebookError
from copilot.rulebook.source import RuleModel

_CUSTOMER, _AGENT = "c:", "a:"
Key = Annotated[str, Field(pattern=r"^[a-z_]+/[a-z_]+$")]


class LabelledMessage(RuleModel):
    """What a customer wrote and what an experienced agent reads in it, by the definitions of the domain contract."""

    id: str
    text: str | tuple[str, ...]
    """One message; or a conversation, each turn after `c:` (customer) or `a:` (agent)."""
    issue: Key
    secondary: tuple[Key, ...] = ()
    demands: tuple[Demand, ...]
    emotion: Emotion
    risks: tuple[RiskFlag, ...] = ()
    complaint: bool
    repeated: bool | None = None
    """The customer says to have been in touch before about this; null: not labelled."""
    escalate: bool | None = None
    """Somebody beyond the frontline must take or know it now; null: two experienced people may differ."""
    marks: tuple[str, ...] | None = None
    """Marks of signals.yaml (and those that only training knows) that the words show; null: not labelled."""

    @model_validator(mode="after")
    def _known(self) -> "LabelledMessage":
        for key in (self.issue, *self.secondary):
            issue_type, _, subtype = key.partition("/")
            if issue_type not in set(IssueType) or subtype not in SUBTYPES[IssueType(issue_type)]:
                raise ValueError(f"unknown issue {key!r}")
        if isinstance(self.text, tuple) and not any(turn.startswith(_CUSTOMER) for turn in self.text):
            raise ValueError("text: a conversation needs a turn of the customer (`c:`)")
        return self

    def ticket(self) -> Ticket:
        turns = (f"{_CUSTOMER}{self.text}",) if isinstance(self.text, str) else self.text
        return Ticket(
            messages=tuple(
                Message(role="agent" if turn.startswith(_AGENT) else "customer", text=turn[2:].strip())
                for turn in turns
            )
        )


def load(folder: Path) -> tuple[LabelledMessage, ...]:
    """Every message of the folder, in the order of files and lines; none where there is no such folder.

    Raises:
        RulebookError: a line does not fit, or an id stands twice; names file:line.
    """
    found: dict[str, LabelledMessage] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            message = _read(f"{path.name}:{number}", line)
            if message.id in found:
                raise RulebookError(f"{path.name}:{number}: id {message.id!r} stands twice; give each message its own")
            found[message.id] = message
    return tuple(found.values())


def digest(folder: Path) -> str:
    """SHA-256 over the files: says whether a trained head belongs to these messages."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.jsonl")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _read(place: str, line: str) -> LabelledMessage:
    try:
        row: dict[str, Any] = json.loads(line)
        return LabelledMessage.model_validate(row)
    except json.JSONDecodeError as error:
        raise RulebookError(f"{place}: not valid JSON: {error.msg}; write one object a line") from error
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"]) or "message"
        raise RulebookError(f"{place}: {field}: {problem['msg']}") from error
