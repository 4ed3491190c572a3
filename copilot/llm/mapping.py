"""Failures of the client library as our error tree, by status and by what broke."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import httpx
import openai

from copilot.llm.errors import (
    LlmError,
    LlmMisconfigured,
    LlmRateLimited,
    LlmRejected,
    LlmTimeout,
    LlmUnavailable,
)

_SHOWN = 200
"""Characters of the endpoint's own message that an error shows."""


@contextmanager
def mapped(url: str, model: str) -> Iterator[None]:
    """Raises an LlmError for every way in which a call to the endpoint fails."""
    try:
        yield
    except (openai.APITimeoutError, httpx.TimeoutException, TimeoutError) as error:
        raise LlmTimeout(f"{model} at {url} did not answer in time") from error
    except openai.APIStatusError as error:
        raise _of_status(error, url, model) from error
    except (openai.OpenAIError, httpx.HTTPError, OSError) as error:
        raise LlmUnavailable(f"{url} cannot be reached or broke off: {_short(error)}") from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        # What the client library raises where the body is no chat completion (a proxy's HTML page, null choices).
        raise LlmUnavailable(f"{url} answered no chat completion: {_short(error)}", 200) from error


def _of_status(error: openai.APIStatusError, url: str, model: str) -> LlmError:
    status, said = error.status_code, _short(error)
    if status == 429:
        return LlmRateLimited(f"{url} asks for fewer calls: {said}", retry_after(error.response.headers))
    if status in (401, 403):
        return LlmMisconfigured(f"{url} refuses the key; check COPILOT_LLM_API_KEY: {said}")
    if status == 404:
        return LlmMisconfigured(
            f"{url} does not know the path or the model {model!r}; check COPILOT_LLM_BASE_URL and COPILOT_LLM_MODEL: {said}"
        )
    if status == 408:
        return LlmTimeout(f"{model} at {url} gave up waiting: {said}")
    if status >= 500:
        return LlmUnavailable(f"{url} failed with {status}: {said}", status)
    return LlmRejected(f"{url} refuses the request with {status}: {said}")


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or an HTTP date (RFC 9110, 10.2.3); None: it says nothing."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[:_SHOWN] or type(error).__name__
