"""The taxonomy: issue types and subtypes with labels, cues and examples, read from data/taxonomy."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from copilot.domain.vocabulary import SUBTYPES, IssueType
from copilot.errors import RulebookError
from copilot.rulebook.source import RuleModel, line_of, read

Text = Annotated[str, Field(min_length=1, max_length=400)]


class Cue(RuleModel):
    """A phrase that points to a subtype."""

    phrase: Annotated[str, Field(min_length=1, max_length=40)]
    weight: Literal[1, 2, 3]
    """1 weak, 2 clear, 3 nearly certain."""


class Subtype(RuleModel):
    id: str
    label: Text
    description: Text
    cues: Annotated[tuple[Cue, ...], Field(min_length=1)]
    examples: Annotated[tuple[Text, ...], Field(min_length=1)]
    """What a shopper writes; the classifier is trained on them."""


class IssueTypeRules(RuleModel):
    """One file: an issue type with its subtypes."""

    issue_type: IssueType
    label: Text
    subtypes: Annotated[tuple[Subtype, ...], Field(min_length=1)]


class Taxonomy(RuleModel):
    """All issue types in the order of the contract."""

    types: tuple[IssueTypeRules, ...]

    @cached_property
    def keys(self) -> tuple[tuple[IssueType, str], ...]:
        """Every (issue type, subtype), in a fixed order."""
        return tuple((rules.issue_type, subtype.id) for rules in self.types for subtype in rules.subtypes)

    def label(self, issue_type: IssueType, subtype: str | None = None) -> str:
        """The Chinese label for the screen.

        Raises:
            KeyError: the taxonomy has no such id.
        """
        for rules in self.types:
            if rules.issue_type is issue_type:
                if subtype is None:
                    return rules.label
                for entry in rules.subtypes:
                    if entry.id == subtype:
                        return entry.label
        raise KeyError(f"{issue_type}/{subtype}")

    def examples(self) -> list[tuple[str, IssueType, str]]:
        """Every example with its issue type and subtype."""
        return [
            (example, rules.issue_type, subtype.id)
            for rules in self.types
            for subtype in rules.subtypes
            for example in subtype.examples
        ]

    def examples_hash(self) -> str:
        """SHA-256 of labels and examples: says whether a trained head belongs to this taxonomy."""
        digest = hashlib.sha256()
        for text, issue_type, subtype in self.examples():
            digest.update(f"{issue_type}/{subtype}\t{text}\n".encode())
        return digest.hexdigest()


def load(folder: Path) -> Taxonomy:
    """Reads every file of the folder and checks them against the contract and each other.

    Raises:
        RulebookError: a file, an issue type or a subtype is missing, unknown or stands twice, or two
            subtypes claim the same example or the same nearly certain cue; names file:line.
    """
    found: dict[IssueType, tuple[Path, IssueTypeRules]] = {}
    for path in sorted(folder.glob("*.yaml")):
        rules = read(path, IssueTypeRules)
        if rules.issue_type in found:
            other = found[rules.issue_type][0].name
            raise RulebookError(
                f"{path.name}:1: issue_type {rules.issue_type} stands already in {other}; keep one file"
            )
        _check_subtypes(path, rules)
        found[rules.issue_type] = (path, rules)
    missing = [issue_type.value for issue_type in IssueType if issue_type not in found]
    if missing:
        raise RulebookError(f"{folder.name}/{missing[0]}.yaml:1: the file of issue type {missing[0]} is missing; "
                            f"still missing: {', '.join(missing)}")  # fmt: skip
    _check_overlap(list(found.values()))
    return Taxonomy(types=tuple(found[issue_type][1] for issue_type in IssueType))


def _check_subtypes(path: Path, rules: IssueTypeRules) -> None:
    expected = SUBTYPES[rules.issue_type]
    seen: set[str] = set()
    for index, subtype in enumerate(rules.subtypes):
        where = f"{path.name}:{_line(path, ('subtypes', index))}"
        if subtype.id not in expected:
            raise RulebookError(f"{where}: unknown subtype {subtype.id}; {rules.issue_type} has {', '.join(expected)}")
        if subtype.id in seen:
            raise RulebookError(f"{where}: subtype {subtype.id} stands twice; merge the two")
        seen.add(subtype.id)
    absent = [subtype for subtype in expected if subtype not in seen]
    if absent:
        raise RulebookError(f"{path.name}:1: subtypes missing: {', '.join(absent)}; add them")


def _check_overlap(entries: list[tuple[Path, IssueTypeRules]]) -> None:
    """An example with two labels, or a cue that is nearly certain twice, would teach a contradiction."""
    examples: dict[str, str] = {}
    certain: dict[str, str] = {}
    for path, rules in entries:
        for number, subtype in enumerate(rules.subtypes):
            key = f"{rules.issue_type}/{subtype.id}"
            for index, example in enumerate(subtype.examples):
                if examples.setdefault(example, key) != key:
                    where = _line(path, ("subtypes", number, "examples", index))
                    raise RulebookError(
                        f"{path.name}:{where}: example stands already under {examples[example]}; keep one"
                    )
            for index, cue in enumerate(subtype.cues):
                if cue.weight == 3 and certain.setdefault(cue.phrase, key) != key:
                    where = _line(path, ("subtypes", number, "cues", index))
                    raise RulebookError(f"{path.name}:{where}: cue {cue.phrase} has weight 3 under {certain[cue.phrase]} too; "
                                        "lower one of them")  # fmt: skip


def _line(path: Path, location: tuple[str | int, ...]) -> int:
    return line_of(path.read_text(encoding="utf-8"), location)
