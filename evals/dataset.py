"""Suites and their cases, read and validated: whatever is wrong is named with its file and line, never quoted."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import ValidationError

from copilot.desk import problems_of
from evals.errors import NoVerdict, UsageError
from evals.models import Case, CaseSet, Suite

ROOT = Path(__file__).parent
SUITES = ROOT / "suites"
CASES = ROOT / "cases"
_SHOWN = 20

C = TypeVar("C", bound=Case)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[C]):
    """A set's cases in the order of its files, and the hash of each file."""

    spec: CaseSet
    cases: tuple[C, ...]
    hashes: dict[str, str]


def suite_names() -> list[str]:
    return sorted(path.stem for path in SUITES.glob("*.yaml"))


def find_suite(name: str) -> Path:
    """The file of a shipped suite, or the file that is named itself.

    Raises:
        UsageError: there is neither.
    """
    shipped, own = SUITES / f"{name}.yaml", Path(name)
    if name in suite_names():
        return shipped
    if own.suffix in (".yaml", ".yml") and own.is_file():
        return own
    raise UsageError(f"no suite is called {name!r}; there are: {', '.join(suite_names())}, or a .yaml file of your own")


def load_suite(path: Path) -> tuple[Suite, str]:
    """The suite and the sha256 of its file.

    Raises:
        NoVerdict: the file cannot be used; names the fields.
    """
    data = _bytes(path)
    try:
        return Suite.model_validate(_plain(yaml.safe_load(data))), hashlib.sha256(data).hexdigest()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise NoVerdict(f"{path}:{mark.line + 1 if mark else 1}: is not valid YAML") from error
    except UnicodeDecodeError as error:
        raise NoVerdict(f"{path}: is not UTF-8") from error
    except ValidationError as error:
        raise NoVerdict(f"{path}: {_problems(error)}") from error


def load_cases(suite: Path, spec: CaseSet, read: Callable[[dict[str, Any]], C]) -> Loaded[C]:
    """Every case of a set; `read` makes one of a row.

    Raises:
        NoVerdict: a file is missing or empty, rows are wrong (the first of them named by file:line and field), an id
            appears twice, or the files do not hold as many cases as the suite says.
    """
    cases: list[C] = []
    hashes: dict[str, str] = {}
    wrong: list[str] = []
    places: dict[str, str] = {}
    for name in spec.files:
        path = _case_file(suite, name)
        data = _bytes(path)
        hashes[name] = hashlib.sha256(data).hexdigest()
        for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
            if not line.strip():
                continue
            place = f"{name}:{number}"
            try:
                case = read(_row(line))
            except ValidationError as error:
                wrong.append(f"{place}: {_problems(error)}")
            except ValueError as error:
                wrong.append(f"{place}: {error}")
            else:
                if case.id in places:
                    wrong.append(f"{place}: id {case.id!r} stands at {places[case.id]} already")
                places.setdefault(case.id, place)
                cases.append(case)
    if wrong:
        more = f"\n… and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise NoVerdict("\n".join(wrong[:_SHOWN]) + more)
    if len(cases) != spec.cases:
        raise NoVerdict(
            f"{', '.join(spec.files)}: {len(cases)} cases, but {suite.name} says {spec.cases} for the set {spec.name!r}"
        )
    return Loaded(spec, tuple(cases), hashes)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file of ours that nobody edits during a run; cases of a suite are read by `load_cases`."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def choose_sets(suite: Suite, wanted: str) -> tuple[CaseSet, ...]:
    """The set of that name; `all`: every one."""
    chosen = tuple(spec for spec in suite.sets if wanted in ("all", spec.name))
    if not chosen:
        names = ", ".join(spec.name for spec in suite.sets)
        raise UsageError(f"suite {suite.name!r} has no set {wanted!r}; there are: {names}, all")
    return chosen


def parse_filters(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`kind=plain,scope` → the label and the values that pass; given twice, the values add up.

    Raises:
        UsageError: not of that form.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        label, equals, values = text.partition("=")
        wanted = tuple(value for value in values.split(",") if value)
        if not (label and equals and wanted):
            raise UsageError(f"--filter {text!r}: write LABEL=VALUE or LABEL=VALUE,VALUE, such as kind=plain")
        found[label] = (*found.get(label, ()), *wanted)
    return found


def select(cases: Sequence[C], filters: Mapping[str, tuple[str, ...]], sample: int | None) -> tuple[C, ...]:
    """The cases that pass every filter, and of those a sample, in their first order.

    The sample follows the hashes of the ids: the same cases each time, and mostly the same after cases were added.

    Raises:
        UsageError: no case has such a label.
    """
    for label in filters:
        if all(case.label(label) is None for case in cases):
            known = sorted({name for case in cases for name in case.labels} | {"id"})
            raise UsageError(f"--filter: cases have no label {label!r}; they have: {', '.join(known)}")
    passed = [case for case in cases if all(case.label(label) in values for label, values in filters.items())]
    if sample is None or sample >= len(passed):
        return tuple(passed)
    taken = {case.id for case in sorted(passed, key=lambda case: hashlib.sha256(case.id.encode()).digest())[:sample]}
    return tuple(case for case in passed if case.id in taken)


def _case_file(suite: Path, name: str) -> Path:
    beside = suite.parent / name
    return beside if beside.is_file() else CASES / name


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NoVerdict(f"{path}: cannot be read: {error.strerror}") from error


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    if not isinstance(row, dict):
        raise ValueError("must hold one JSON object")
    return row


def _plain(value: Any) -> Any:
    # YAML reads a timestamp by itself; the model wants it as text, like everywhere else.
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _problems(error: ValidationError) -> str:
    return "; ".join(f"{field}: {message}" for field, message in problems_of(error)[:3])
