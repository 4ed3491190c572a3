"""The agent's tools on a text: refine, rewrite, translate. What comes out is judged like any reply.

The guard reads Chinese. So an English text is judged by its translation back into Chinese, and is not given out where
that, or the Chinese text that it was made from, is blocked.
"""

import re
from collections.abc import Callable
from datetime import datetime

from copilot.authorship import CONVERSATION
from copilot.domain.compliance import CheckRequest, CheckResult
from copilot.domain.rewording import RefineRequest, RewordResult, RewordUsage, RewriteRequest, TranslateRequest
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Status
from copilot.draft.rewriter import Rewriter
from copilot.errors import NotReady
from copilot.llm.structured import Meter
from copilot.pipeline import Pipeline
from copilot.understand.model import conversation
from copilot.understand.redact import Redactor

_HAN = re.compile(r"[㐀-鿿]")
_BACK = "合规检查依据模型的中文回译；请人工核对英文后再发送"


class Rewording:
    def __init__(self, pipeline: Pipeline, rewriter: Rewriter | None, clock: Callable[[], datetime]) -> None:
        """`rewriter` None: no language model is configured."""
        self._pipeline = pipeline
        self._rewriter = rewriter
        self._clock = clock

    def refine(self, request: RefineRequest) -> RewordResult:
        """A draft changed as the agent says.

        Raises:
            NotReady: no language model is configured.
            LlmError: it failed.
        """
        rewriter, redactor = self._ready(), Redactor()
        meter, text = rewriter.meter(), redactor.redact(request.text)
        heard = ""
        if request.ticket is not None:
            heard = conversation(request.ticket, redactor.redact_all(request.ticket.messages))[-CONVERSATION:]
        made = redactor.restore(rewriter.refined(text, redactor.redact(request.instruction), heard, meter))
        return self._judged(made, request.ticket, meter, redactor)

    def rewrite(self, request: RewriteRequest) -> RewordResult:
        """The agent's own text in another manner; raises as `refine`."""
        rewriter, redactor = self._ready(), Redactor()
        meter = rewriter.meter()
        made = redactor.restore(rewriter.rewritten(redactor.redact(request.text), request.manner, meter))
        return self._judged(made, request.ticket, meter, redactor)

    def translate(self, request: TranslateRequest) -> RewordResult:
        """The text in the other language; raises as `refine`."""
        rewriter, redactor = self._ready(), Redactor()
        meter = rewriter.meter()
        if request.of == "reply":
            source = self._check(request.text, request.ticket)
            if source.status is Status.BLOCK:
                return _result(None, source, meter)
        manner = "english" if request.to == "en" else "chinese"
        made = redactor.restore(rewriter.rewritten(redactor.redact(request.text), manner, meter))
        if request.of == "customer_message":
            return RewordResult(text=made, status=None, usage=_usage(meter))
        return self._judged(made, request.ticket, meter, redactor)

    def _judged(self, made: str, ticket: Ticket | None, meter: Meter, redactor: Redactor) -> RewordResult:
        """The text where the guard lets it through; of what it blocks only the findings and a compliant wording."""
        if len(_HAN.findall(made)) * 4 >= len(made):
            return _result(made, self._check(made, ticket), meter)
        back = redactor.restore(self._ready().rewritten(redactor.redact(made), "chinese", meter))
        judged, direct = self._check(back, ticket), self._check(made, ticket)
        worse = direct if direct.status is Status.BLOCK else judged
        return _result(made, worse, meter, (_BACK,))

    def _check(self, text: str, ticket: Ticket | None) -> CheckResult:
        return self._pipeline.check(CheckRequest(text=text, ticket=ticket), self._clock())

    def _ready(self) -> Rewriter:
        if self._rewriter is None:
            raise NotReady(
                "this needs a language model; set COPILOT_LLM_BASE_URL and COPILOT_LLM_MODEL (and COPILOT_LLM_API_KEY "
                "where the endpoint wants a key)"
            )
        return self._rewriter


def _result(made: str | None, check: CheckResult, meter: Meter, warnings: tuple[str, ...] = ()) -> RewordResult:
    blocked = check.status is Status.BLOCK
    return RewordResult(
        text=None if blocked else made, status=check.status, violations=check.violations,
        commitments=() if blocked else check.commitments, suggested_text=check.suggested_text, warnings=warnings,
        usage=_usage(meter),
    )  # fmt: skip


def _usage(meter: Meter) -> RewordUsage:
    return RewordUsage.model_validate(meter.usage().model_dump(include=set(RewordUsage.model_fields)))
