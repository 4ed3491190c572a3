"""Front matter: `--- … ---` at the head of a file. Known keys are checked; unknown ones are kept as
metadata."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

import yaml

from kb.errors import FrontMatterError
from kb.models import SCOPE_ID_PATTERN, SCOPE_NAME_LENGTH, Audience, DocumentKind

_ALIASES = {"effective_date": "valid_from", "expire_date": "valid_to"}
_ENUMS = {"kind": get_args(DocumentKind), "audience": get_args(Audience)}
_SCOPES = ("platform", "operator")
_NAMES = ("shop", "category")
_DAYS = ("valid_from", "valid_to")
_CHINESE_DAY = re.compile(r"^(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?$")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The checked fields, the text after them, and the line on which that text begins."""

    fields: dict[str, Any]
    text: str
    first_line: int


def split(name: str, text: str) -> FrontMatter:
    """Separates front matter from text; a file without it comes back whole. Raises FrontMatterError."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return FrontMatter({}, text, 1)
    end = next((index for index, line in enumerate(lines[1:], start=1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        if not any(re.match(r"[\w-]+\s*:", line) for line in lines[1:6]):
            return FrontMatter({}, text, 1)  # a lone rule above plain text
        raise FrontMatterError(name, 1, "---", "the front matter is never closed", "add a line with --- after it")
    fields = _parsed(name, lines[1:end])
    return FrontMatter(fields, "\n".join(lines[end + 1 :]), end + 2)


def _parsed(name: str, lines: list[str]) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load("\n".join(lines))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 2 + (mark.line if mark else 0)
        raise FrontMatterError(
            name,
            line,
            "front matter",
            f"not valid YAML ({getattr(error, 'problem', error)})",
            "write one `key: value` a line; quote a value that holds `: ` or `#`",
        ) from error
    except ValueError as error:  # PyYAML reads 2024-13-40 as a date and fails on it
        raise FrontMatterError(
            name, _bad_day_line(lines), "front matter", str(error), "write a real day as 2024-01-31"
        ) from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise FrontMatterError(name, 2, "front matter", "not a list of keys", "write one `key: value` a line")
    fields: dict[str, Any] = {}
    for key, value in loaded.items():
        label = str(key)
        known = _ALIASES.get(label, label)
        checked = _checked(name, _line_of(lines, label), label, known, value)
        if checked is not None:
            fields[known] = checked
    first, last = fields.get("valid_from"), fields.get("valid_to")
    if first and last and last < first:
        raise FrontMatterError(
            name,
            _line_of(lines, "valid_to"),
            "valid_to",
            f"{last} is before valid_from {first}",
            "correct one of the two days",
        )
    return fields


def _checked(name: str, line: int, label: str, known: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if known in _ENUMS:
        if value not in _ENUMS[known]:
            raise FrontMatterError(name, line, label, f"{value!r} is unknown", f"use one of {', '.join(_ENUMS[known])}")
        return value
    if known in _SCOPES:
        if not isinstance(value, str) or not re.match(SCOPE_ID_PATTERN, value):
            raise FrontMatterError(
                name, line, label, f"{value!r} is no id", "use lower-case letters, digits, - and _ (jd)"
            )
        return value
    if known in _NAMES:
        named = "" if isinstance(value, (dict, list)) else str(value).strip()
        if not 0 < len(named) <= SCOPE_NAME_LENGTH:
            raise FrontMatterError(name, line, label, "no name", f"write 1 to {SCOPE_NAME_LENGTH} characters")
        return named
    if known in _DAYS:
        return _day(name, line, label, value)
    if known == "title":
        if isinstance(value, (dict, list)):
            raise FrontMatterError(name, line, label, "not a text", "write the title on the same line")
        return " ".join(str(value).split())[:300]
    return _jsonable(value)


def _day(name: str, line: int, label: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _CHINESE_DAY.match(str(value).strip())
    if match:
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            pass
    raise FrontMatterError(name, line, label, f"{value!r} is no day", "write it as 2024-01-31")


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_jsonable(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _line_of(lines: list[str], label: str) -> int:
    return next((index for index, line in enumerate(lines, start=2) if line.lstrip("'\" ").startswith(label)), 2)


def _bad_day_line(lines: list[str]) -> int:
    return next((index for index, line in enumerate(lines, start=2) if re.search(r":\s*\d{4}-\d", line)), 2)
