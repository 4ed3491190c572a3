"""Heading attributes: `### Title {#anchor audience=supervisor platform=jd category=家电 tags=a,b}`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import get_args

from kb.models import SCOPE_ID_PATTERN, SCOPE_NAME_LENGTH, Audience

# Braces that open with an anchor or with key=; any other braces are words of the heading.
BLOCK = r"\{(#[^{}]*|[A-Za-z_]+=[^{}]*)\}"
_TOKEN = re.compile(r"#(?P<anchor>\S*)|(?P<key>[^\s=#]+)=(?P<value>\"[^\"]*\"|“[^”]*”|\S*)|(?P<other>\S+)")
_LONGEST_ANCHOR = 120
_KEYS = ("audience", "platform", "category", "tags")


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a heading says about its clauses. The anchor is the heading's own, the rest holds for what is below it."""

    anchor: str | None = None
    audience: Audience | None = None
    platform: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()

    def under(self, outer: Attributes) -> Attributes:
        """These, completed by those of the heading above."""
        return replace(
            self,
            audience=self.audience or outer.audience,
            platform=self.platform or outer.platform,
            category=self.category or outer.category,
            tags=tuple(dict.fromkeys((*outer.tags, *self.tags))),
        )


class BadAttribute(ValueError):
    """An attribute that cannot be used: which one, what is wrong, what to write instead."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}; {remedy}")
        self.field = field
        self.problem = problem
        self.remedy = remedy


def parse(block: str) -> Attributes:
    """The attributes between the braces. Raises BadAttribute."""
    found: dict[str, str] = {}
    for match in _TOKEN.finditer(block):
        key = "anchor" if match["anchor"] is not None else match["key"]
        if key is None or (key not in _KEYS and key != "anchor"):
            field = key or match["other"]
            raise BadAttribute(field, "is no heading attribute", f"use #anchor or one of {', '.join(_KEYS)}")
        if key in found:
            raise BadAttribute(key, "stands twice", "write it once")
        found[key] = match["anchor"] if key == "anchor" else match["value"].strip('"“”').strip()
        if not found[key]:
            raise BadAttribute(key, "has no value", f"write {'{#name}' if key == 'anchor' else key + '=value'}")
    return Attributes(
        anchor=_anchor(found.get("anchor")),
        audience=_audience(found.get("audience")),
        platform=_platform(found.get("platform")),
        category=_category(found.get("category")),
        tags=tuple(tag for tag in re.split(r"[,，、|]", found.get("tags", "")) if tag),
    )


def _anchor(value: str | None) -> str | None:
    if value is not None and len(value) > _LONGEST_ANCHOR:
        raise BadAttribute("anchor", f"{len(value)} characters", f"use at most {_LONGEST_ANCHOR}")
    return value


def _audience(value: str | None) -> Audience | None:
    known: tuple[Audience, ...] = get_args(Audience)
    found = next((audience for audience in known if audience == value), None)
    if value is not None and found is None:
        raise BadAttribute("audience", f"{value!r} is unknown", f"use one of {', '.join(known)}")
    return found


def _platform(value: str | None) -> str | None:
    if value is not None and not re.match(SCOPE_ID_PATTERN, value):
        raise BadAttribute("platform", f"{value!r} is no id", "use lower-case letters, digits, - and _ (jd)")
    return value


def _category(value: str | None) -> str | None:
    if value is not None and len(value) > SCOPE_NAME_LENGTH:
        raise BadAttribute("category", f"{len(value)} characters", f"use at most {SCOPE_NAME_LENGTH}")
    return value
