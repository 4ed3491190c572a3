"""Says a text in another way with a language model; personal data stays here, figures that it adds are refused."""

import re

from copilot.draft.support import figures
from copilot.llm.errors import LlmMalformed
from copilot.llm.port import Ask, LanguageModel
from copilot.llm.prompt import Prompt
from copilot.llm.structured import Meter

_MAX_TOKENS = 800
_FENCE = re.compile(r"\A```[a-z]*\n(.*?)\n?```\Z", re.DOTALL)
_TAG = re.compile(r"\A<回复>\s*(.*?)\s*(?:</回复>)?\Z", re.DOTALL)
_PLACE = re.compile(r"\[[^\[\]\d]+\d+\]")
"""What stands for a personal datum."""
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


class Rewriter:
    """Asks; what comes back is judged by whoever asked."""

    def __init__(self, model: LanguageModel, rewrite: Prompt, refine: Prompt, budget: float) -> None:
        self._model = model
        self._rewrite = rewrite
        self._refine = refine
        self._budget = budget

    def meter(self) -> Meter:
        return Meter(self._model)

    def rewritten(self, text: str, manner: str, meter: Meter) -> str:
        """The text in a manner of the prompt's file.

        Raises:
            LlmError: the model failed, or its answer adds figures.
        """
        return self._asked(self._rewrite, {"reply": text, "manner": manner}, text, meter)

    def refined(self, text: str, instruction: str, conversation: str, meter: Meter) -> str:
        """The text changed as the instruction says; raises as `rewritten`."""
        values = {"reply": text, "instruction": instruction, "conversation": conversation or "无"}
        return self._asked(self._refine, values, f"{text}\n{instruction}", meter)

    def _asked(self, prompt: Prompt, values: dict[str, str], source: str, meter: Meter) -> str:
        ask = Ask(prompt=prompt.ref, messages=prompt.render(values), max_tokens=_MAX_TOKENS, budget=self._budget)
        text = meter.ask(ask).text.strip()
        for wrapping in (_FENCE, _TAG):
            if (found := wrapping.match(text)) is not None:
                text = found[1].strip()
        known = figures(source) | set(_DIGITS.findall(source))
        if added := set(_DIGITS.findall(_PLACE.sub("", text))) - known:
            raise LlmMalformed(f"the rewording adds figures that the text does not have: {', '.join(sorted(added))}")
        if lost := set(_PLACE.findall(text)) - set(_PLACE.findall(source)):
            raise LlmMalformed(f"the rewording holds placeholders that nothing fills: {', '.join(sorted(lost))}")
        if not text:
            raise LlmMalformed("the rewording is empty")
        return text
