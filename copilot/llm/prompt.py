"""A prompt: instructions in our words, and data between fences that no data can close.

`[[name]]` in the body stands for a variable. What a customer, a document or an order field says is data: it is put
between `<tag>` and `</tag>`, and every angle bracket inside, or what looks like one, becomes 〔 or 〕. So no content can
close its fence, open another one, or write a model's own control tokens (`<|im_start|>`). Values are put in once: a
`[[name]]` inside a value stays as it is.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from copilot.domain.base import Model
from copilot.llm.port import Message, PromptRef

VARIABLE = re.compile(r"\[\[([a-z_]+)\]\]")
TICKET_LINE = "=== ticket ==="
"""What stands above it is the same for every ticket and goes into the system message: servers cache the prefix."""
_BRACKETS = str.maketrans(dict.fromkeys("<＜﹤‹〈⟨", "〔") | dict.fromkeys(">＞﹥›〉⟩", "〕"))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class VariableKind(StrEnum):
    DATA = "data"
    """Somebody else's words: fenced."""
    OWN = "own"
    """Our own words, such as ids and labels of the rulebook: put in as they are."""
    CHOICE = "choice"
    """One of the wordings that the prompt's file lists by id."""


class Variable(Model):
    kind: VariableKind
    about: str
    tag: Annotated[str, Field(pattern=r"^[一-鿿a-z_]{1,12}$")] | None = None
    """Name of the fence; only for data."""
    choices: dict[str, str] = Field(default_factory=dict)
    """Id → wording; only for a choice."""


class Prompt(Model):
    """One prompt as loaded; `render` makes the messages."""

    ref: PromptRef
    purpose: str
    variables: dict[str, Variable]
    system: str
    ticket: str
    """What differs from ticket to ticket: the user message."""

    def render(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages.

        Raises:
            KeyError: a variable lacks its value, or a value has no variable: a programming error.
        """
        if values.keys() != self.variables.keys():
            wrong = ", ".join(sorted(values.keys() ^ self.variables.keys()))
            raise KeyError(f"prompt {self.ref.id}: values and variables differ in {wrong}")
        filled = {name: self._filled(name, value) for name, value in values.items()}
        parts = (("system", self.system), ("user", self.ticket))
        return tuple(
            Message.model_validate({"role": role, "text": VARIABLE.sub(lambda match: filled[match[1]], part)})
            for role, part in parts
        )

    def _filled(self, name: str, value: str) -> str:
        variable = self.variables[name]
        if variable.kind is VariableKind.DATA:
            return fenced(variable.tag or name, value)
        if variable.kind is VariableKind.CHOICE:
            return variable.choices[value]
        return value


def fenced(tag: str, content: str) -> str:
    """Data between its marks; nothing inside can close them."""
    return f"<{tag}>\n{_CONTROL.sub('', content.translate(_BRACKETS)).strip()}\n</{tag}>"


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has, rather too many than too few, for tokenizers that know Chinese.

    Both shares are least squares over this project's rendered prompts under Qwen 2.5's tokenizer, rounded up; other
    tokenizers differ.
    """
    wide = sum(1 for character in text if ord(character) > 0x2E80)
    return round(WIDE_TOKENS * wide + NARROW_TOKENS * (len(text) - wide)) + 1


WIDE_TOKENS = 0.75
"""Tokens a Chinese character or full-width mark."""
NARROW_TOKENS = 0.35
"""Tokens any other character: ids, JSON, digits."""
