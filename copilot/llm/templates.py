"""Loads the prompts in `prompts/*.md`: front matter (id, version, purpose, variables) and body, checked both ways."""

import hashlib
import importlib.resources
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from copilot.domain.base import Model
from copilot.errors import RulebookError
from copilot.llm.port import PromptRef
from copilot.llm.prompt import TICKET_LINE, VARIABLE, Prompt, Variable, VariableKind


class _Front(Model):
    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    version: Annotated[int, Field(ge=1)]
    purpose: Annotated[str, Field(min_length=1)]
    variables: dict[str, Variable] = Field(default_factory=dict)


class Prompts(Mapping[str, Prompt]):
    """Every prompt by its id."""

    def __init__(self, prompts: Mapping[str, Prompt]) -> None:
        self._prompts = dict(prompts)

    def __getitem__(self, prompt_id: str) -> Prompt:
        return self._prompts[prompt_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._prompts)

    def __len__(self) -> int:
        return len(self._prompts)


def load(folder: Path | None = None) -> Prompts:
    """Reads every prompt of the folder; None: the ones shipped.

    Raises:
        RulebookError: a file is wrong; names the file and what to do.
    """
    if folder is not None:
        return Prompts({path.stem: _read(path) for path in sorted(folder.glob("*.md"))})
    with importlib.resources.as_file(importlib.resources.files("prompts")) as shipped:
        return load(shipped)


def _read(path: Path) -> Prompt:
    source = path.read_text(encoding="utf-8")
    opening, front_text, body = [*source.split("---\n", 2), "", ""][:3]
    if opening or not body:
        raise RulebookError(f"{path.name}:1: the front matter must stand between two lines of ---")
    try:
        front = _Front.model_validate(yaml.safe_load(front_text))
    except (yaml.YAMLError, ValidationError) as error:
        raise RulebookError(
            f"{path.name}:2: the front matter cannot be used: {' '.join(str(error).split())}"
        ) from error
    if front.id != path.stem:
        raise RulebookError(f"{path.name}:2: id {front.id} differs from the file's name; make them the same")
    system, mark, ticket = body.partition(TICKET_LINE)
    if not mark:
        raise RulebookError(f"{path.name}: no line {TICKET_LINE} divides instructions from ticket data; add it")
    _check_variables(path, front, system, ticket)
    digest = hashlib.sha256(source.encode()).hexdigest()
    return Prompt(
        ref=PromptRef(id=front.id, version=front.version, sha256=digest), purpose=front.purpose,
        variables=front.variables, system=system.strip(), ticket=ticket.strip(),
    )  # fmt: skip


def _check_variables(path: Path, front: _Front, system: str, ticket: str) -> None:
    """Declared and used variables are the same; data stands below the line; each kind has what it needs."""
    used = set(VARIABLE.findall(system + ticket))
    if differing := used ^ front.variables.keys():
        raise RulebookError(f"{path.name}: declared and used variables differ in {', '.join(sorted(differing))}")
    for name, variable in front.variables.items():
        if (variable.kind is VariableKind.DATA) is not (variable.tag is not None):
            raise RulebookError(f"{path.name}: variable {name}: a tag belongs to data, and only to it")
        if (variable.kind is VariableKind.CHOICE) is not bool(variable.choices):
            raise RulebookError(f"{path.name}: variable {name}: choices belong to a choice, and only to it")
        if variable.kind is VariableKind.DATA and name in VARIABLE.findall(system):
            raise RulebookError(f"{path.name}: variable {name} is ticket data; use it below {TICKET_LINE}")
