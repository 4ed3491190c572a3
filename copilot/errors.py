"""The errors of the copilot, split by who can act.

* CopilotError
  + BadRequest            the caller: what was sent cannot be used (400/413/422)
  + Unauthorized          the caller: no or an unknown key (401)
  + Forbidden             the caller: the key's role may not do this (403)
    + BeyondAuthority     the caller: the role may approve, but not this much (403)
    + OwnRequest          the caller: nobody approves what they asked for themselves (403)
  + NotFound              the caller: nothing has this id (404)
  + RulebookError         the policy owner: a rulebook file is wrong, at file:line
  + NotReady              the operator: something that is needed is missing or down (503)
  + LlmError              the language model, see copilot/llm/errors.py: a stage answers without it (503)
"""

from traceback import extract_tb


def place_of(error: BaseException) -> str:
    """Kind and place of an error for a log: `KeyError at engine.py:72 evaluate < desk.py:40 check`.

    Never its message nor what was at hand: either may quote a customer.
    """
    frames = extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__} at {where or 'an unknown place'}"


class CopilotError(Exception):
    """Base of all; `code` is stable, `message` says what was wrong, where, and what to do."""

    code = "internal_error"
    status_code = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(CopilotError):
    code = "bad_request"
    status_code = 422


class Malformed(BadRequest):
    code = "malformed"
    status_code = 400


class TooLarge(BadRequest):
    code = "too_large"
    status_code = 413


class Unauthorized(CopilotError):
    code = "unauthorized"
    status_code = 401


class Forbidden(CopilotError):
    code = "forbidden"
    status_code = 403


class BeyondAuthority(Forbidden):
    code = "beyond_authority"


class OwnRequest(Forbidden):
    code = "self_approval"


class NotFound(CopilotError):
    code = "not_found"
    status_code = 404


class Conflict(CopilotError):
    code = "conflict"
    status_code = 409


class RulebookError(CopilotError):
    code = "rulebook_invalid"


class NotReady(CopilotError):
    code = "not_ready"
    status_code = 503
