"""Reads one rulebook file: YAML with line numbers, validated, every error as file:line with the fix."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from copilot.errors import RulebookError

try:  # the C loader is ten times faster; wheels of PyYAML carry it on common platforms
    from yaml import CSafeLoader as _Safe
except ImportError:  # pragma: no cover
    from yaml import SafeLoader as _Safe  # type: ignore[assignment]


class _Loader(_Safe):
    """Refuses a key that stands twice: YAML would keep the last one without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


M = TypeVar("M", bound=BaseModel)


class RuleModel(BaseModel):
    """A frozen part of the rulebook that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read(path: Path, model: type[M]) -> M:
    """Parses and validates a file.

    Raises:
        RulebookError: the file is missing, is not YAML, or does not fit the schema; names file:line.
    """
    text = _text(path)
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        line = mark.line + 1 if mark else 1
        raise RulebookError(f"{path.name}:{line}: not valid YAML: {problem}; fix the indentation or quotes") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            where = line_of(text, problem["loc"])
            field = ".".join(str(part) for part in problem["loc"]) or "file"
            lines.append(f"{path.name}:{where}: {field}: {problem['msg']}")
        raise RulebookError("\n".join(lines)) from error


def line_of(text: str, location: tuple[Any, ...]) -> int:
    """The 1-based line where the node at `location` (keys and list indices) stands, or its nearest parent."""
    node = yaml.compose(text, Loader=_Loader)
    line = 1
    for part in location:
        if node is None:
            break
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RulebookError(f"{path.name}:1: the file is missing; restore it from the project") from error
    except UnicodeDecodeError as error:
        raise RulebookError(f"{path.name}:1: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
