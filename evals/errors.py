"""The errors of an evaluation, by exit status: what was asked cannot be done, or nothing could be measured.

* EvalError (a CopilotError)
  + UsageError       exit 2: an unknown suite, set, label or target
  + NoVerdict        exit 3: a file is missing, cut or wrong; the target cannot be built
"""

from copilot.errors import CopilotError


class EvalError(CopilotError):
    exit_status = 3


class UsageError(EvalError):
    code = "eval_usage"
    exit_status = 2


class NoVerdict(EvalError):
    code = "eval_no_verdict"
    exit_status = 3
