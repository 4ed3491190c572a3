"""How a language model fails, split by who can act.

* LlmError                 a stage answers without the model
  + LlmUnavailable         the endpoint: no connection, 5xx, a stream that broke off; asked again
    + LlmCircuitOpen       the endpoint: it failed so often that it is not asked for a while
  + LlmTimeout             the endpoint: too slow for the call or the budget; asked again while the budget lasts
  + LlmRateLimited         the endpoint: 429; asked again after Retry-After, within the budget
  + LlmMisconfigured       the operator: key refused (401, 403) or model unknown (404)
  + LlmRejected            the developer: the request itself is refused (400, 422), such as a prompt that is too long
  + LlmUnusable            the model: it answered, but not what was asked for
    + LlmRefused           a refusal or the endpoint's content filter
    + LlmEmpty             no text
    + LlmTruncated         cut off at max_tokens
    + LlmMalformed         no JSON, or not of the wanted form, also after asking again
"""

from copilot.errors import CopilotError


class LlmError(CopilotError):
    code = "llm_error"
    status_code = 503
    again = False
    """Whether the same call may succeed a moment later."""
    label = "调用失败"
    """What an agent reads in the warnings."""


class LlmUnavailable(LlmError):
    code = "llm_unavailable"
    again = True
    label = "服务不可用"

    def __init__(self, message: str, status: int | None = None) -> None:
        """`status`: the HTTP status, where the endpoint answered at all."""
        super().__init__(message)
        self.status = status


class LlmCircuitOpen(LlmUnavailable):
    code = "llm_circuit_open"
    again = False
    label = "连续失败后暂停调用"


class LlmTimeout(LlmError):
    code = "llm_timeout"
    again = True
    label = "超时"


class LlmRateLimited(LlmError):
    code = "llm_rate_limited"
    again = True
    label = "请求过多"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """`retry_after`: seconds that the endpoint asks to wait, where it says so."""
        super().__init__(message)
        self.retry_after = retry_after


class LlmMisconfigured(LlmError):
    code = "llm_misconfigured"
    label = "密钥或模型名不被接受"


class LlmRejected(LlmError):
    code = "llm_rejected"
    label = "请求不被接受"


class LlmUnusable(LlmError):
    code = "llm_unusable"
    label = "回答不可用"


class LlmRefused(LlmUnusable):
    code = "llm_refused"
    label = "模型拒绝回答"


class LlmEmpty(LlmUnusable):
    code = "llm_empty"
    label = "回答为空"


class LlmTruncated(LlmUnusable):
    code = "llm_truncated"
    label = "回答过长被截断"


class LlmMalformed(LlmUnusable):
    code = "llm_malformed"
    label = "回答格式不符"
