"""Loads the whole rulebook, cross-checks every reference, hashes it. A wrong file stops here, at file:line."""

import hashlib
import os
import pickle
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from copilot.domain.facts import Facts
from copilot.domain.vocabulary import SUBTYPES, Action, IssueType
from copilot.errors import RulebookError
from copilot.rulebook import authority, compliance, qa, rights, signals, taxonomy
from copilot.rulebook.authority import AuthorityFile
from copilot.rulebook.common import CommonFile
from copilot.rulebook.compliance import ComplianceRules
from copilot.rulebook.conditions import Condition
from copilot.rulebook.confirmed import ConfirmedFile
from copilot.rulebook.models import (
    ClauseFile,
    EntitlementFile,
    EscalationFile,
    Playbook,
    PlaybookFile,
    SlaFile,
    StepRule,
    TemplateFile,
    VocabularyFile,
)
from copilot.rulebook.qa import QaFile
from copilot.rulebook.rights import RightsFile
from copilot.rulebook.signals import Signals
from copilot.rulebook.source import RuleModel, line_of, read
from copilot.rulebook.taxonomy import Taxonomy

DATA = Path(__file__).parent / "data"
RIGHTS = DATA / "rights.yaml"

DECISION_FACTS = frozenset(
    {"issue_type", "issue_subtype", "demands", "emotion", "high_emotion", "priority", "complaint_level",
     "risk_flags", "freight_borne_by", "missing", "tone", "has_deadline", "approved_kinds", "overdue"}
) | {f"verdict_{action}" for action in Action}  # fmt: skip
FACT_NAMES = frozenset(Facts.model_fields) | DECISION_FACTS

_CODE = Path(__file__).parent
"""A compiled copy belongs to the classes that wrote it: their source is part of its name."""


class Rulebook(RuleModel):
    """Everything a policy owner decides, in one value; `digest` stands in every suggestion and report."""

    digest: str
    vocabulary: VocabularyFile
    taxonomy: Taxonomy
    signals: Signals
    compliance: ComplianceRules
    entitlements: EntitlementFile
    rights: RightsFile
    confirmed: ConfirmedFile
    sla: SlaFile
    escalation: EscalationFile
    authority: AuthorityFile
    templates: TemplateFile
    clauses: ClauseFile
    qa: QaFile
    playbook_files: dict[IssueType, PlaybookFile]
    common: CommonFile

    @cached_property
    def playbooks(self) -> dict[str, Playbook]:
        """`issue_type/subtype` → playbook."""
        return {
            f"{issue_type}/{playbook.subtype}": playbook
            for issue_type, file in self.playbook_files.items()
            for playbook in file.playbooks
        }


def digest_of(folder: Path) -> str:
    """SHA-256 over names and bytes of every rulebook file."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".npz"):
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return f"sha256:{digest.hexdigest()}"


def load(folder: Path = DATA, cache: Path | None = None) -> Rulebook:
    """The checked rulebook; with `cache` (a folder of ours) a compiled copy answers the next start.

    Raises:
        RulebookError: a file or a reference is wrong; every problem as file:line with the fix.
    """
    return _load(digest_of(folder), folder, cache)


@lru_cache(maxsize=4)
def _load(digest: str, folder: Path, cache: Path | None) -> Rulebook:
    """One object a process for one content: a rulebook is immutable."""
    compiled = cache / f"rulebook-{digest[7:31]}-{_code_digest()[:16]}.pickle" if cache else None
    if compiled and compiled.is_file():
        found = _read_cache(compiled)
        if found is not None:
            return found
    rulebook = Rulebook(
        digest=digest,
        vocabulary=read(folder / "vocabulary.yaml", VocabularyFile),
        taxonomy=taxonomy.load(folder / "taxonomy"),
        signals=signals.load(folder / "signals.yaml"),
        compliance=compliance.load(folder / "compliance"),
        entitlements=read(folder / "entitlements.yaml", EntitlementFile),
        rights=_rights(folder),
        confirmed=read(folder / "confirmed.yaml", ConfirmedFile),
        sla=read(folder / "sla.yaml", SlaFile),
        escalation=read(folder / "escalation.yaml", EscalationFile),
        authority=read(folder / "authority.yaml", AuthorityFile),
        templates=read(folder / "templates.yaml", TemplateFile),
        clauses=read(folder / "clauses.yaml", ClauseFile),
        qa=read(folder / "qa.yaml", QaFile),
        playbook_files={kind: read(folder / "playbooks" / f"{kind}.yaml", PlaybookFile) for kind in IssueType},
        common=read(folder / "common.yaml", CommonFile),
    )
    problems = list(_problems(rulebook, folder))
    if problems:
        raise RulebookError("\n".join(problems))
    if compiled:
        compiled.parent.mkdir(parents=True, exist_ok=True)
        body = pickle.dumps(rulebook)
        partial = compiled.with_suffix(f".{os.getpid()}.part")
        partial.write_bytes(hashlib.sha256(body).digest() + body)
        partial.replace(compiled)
    return rulebook


def _rights(folder: Path) -> RightsFile:
    """The rights as shipped, which no folder can do without, and what a folder of its own adds."""
    shipped = read(RIGHTS, RightsFile)
    path = folder / RIGHTS.name
    if not path.is_file() or path.samefile(RIGHTS):
        return shipped
    have = {right.id: right for right in shipped.rights}
    added = [right for right in read(path, RightsFile).rights if right != have.get(right.id)]
    return RightsFile(rights=(*shipped.rights, *added))


def _read_cache(path: Path) -> Rulebook | None:
    # A damaged copy is rebuilt from the YAML; it is never unpickled, since that may do anything.
    data = path.read_bytes()
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        return None
    found = pickle.loads(data[32:])
    return found if isinstance(found, Rulebook) else None


def _code_digest() -> str:
    digest = hashlib.sha256()
    for path in [*sorted(_CODE.glob("*.py")), RIGHTS]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _problems(book: Rulebook, folder: Path) -> Iterator[str]:
    yield from _entitlement_problems(book, folder / "entitlements.yaml")
    for where, message in rights.problems(book.rights, book.entitlements):
        yield _at(folder / "entitlements.yaml", where, message)
    yield from _clock_problems(book, folder / "sla.yaml")
    yield from _escalation_problems(book, folder / "escalation.yaml")
    for where, message in authority.problems(book.authority):
        yield _at(folder / "authority.yaml", where, message)
    for issue_type, file in book.playbook_files.items():
        yield from _playbook_problems(book, file, issue_type, folder / "playbooks" / f"{issue_type}.yaml")
    yield from _common_problems(book, folder / "common.yaml")
    for where, names in qa.fact_names(book.qa):
        for name in sorted(names - FACT_NAMES):
            yield _at(folder / "qa.yaml", where, f"unknown fact {name!r}; see copilot/domain/facts.py for the names")
    path = folder / "templates.yaml"
    for slot, rows in book.templates.slots.items():
        for index, row in enumerate(rows):
            yield from _fact_problems(path, ("slots", slot, index, "when"), row.when)


def _entitlement_problems(book: Rulebook, path: Path) -> Iterator[str]:
    file, seen = book.entitlements, set[str]()
    for table_index, table in enumerate(file.tables):
        for row_index, row in enumerate(table.rows):
            where = ("tables", table_index, "rows", row_index)
            yield from _fact_problems(path, (*where, "when"), row.when)
            yield from _clause_problems(book, path, (*where, "cite"), row.cite)
            if row.id in seen:
                yield _at(path, (*where, "id"), f"row id {row.id!r} occurs twice; give each row its own")
            seen.add(row.id)
            if row.verdict in ("allowed", "conditional") and row.basis in ("law", "standing_rule") and not row.cite:
                yield _at(path, where, f"row {row.id!r} grants something without a clause; add cite: [anchor]")
    for name in [*file.asks, *file.absent_means_no]:
        if name not in FACT_NAMES:
            yield _at(path, ("asks", name), f"unknown fact {name!r}; known: {', '.join(sorted(FACT_NAMES))}")
    missing = set(Action) - {table.action for table in file.tables}
    if missing:
        yield _at(path, ("tables",), f"no table for {', '.join(sorted(missing))}; add one for each action")


def _clock_problems(book: Rulebook, path: Path) -> Iterator[str]:
    for index, clock in enumerate(book.sla.clocks):
        for name, condition in (("when", clock.when), ("until", clock.until)):
            if condition is not None:
                yield from _fact_problems(path, ("clocks", index, name), condition)
        yield from _clause_problems(book, path, ("clocks", index, "source"), (clock.source,))


def _escalation_problems(book: Rulebook, path: Path) -> Iterator[str]:
    for index, row in enumerate(book.escalation.rows):
        yield from _fact_problems(path, ("rows", index, "when"), row.when)
        yield from _clause_problems(book, path, ("rows", index, "source"), (row.source,))
        if row.owner is None and not row.also_notify:
            yield _at(path, ("rows", index), f"row {row.id!r} neither sets an owner nor notifies anybody")


def _playbook_problems(book: Rulebook, file: PlaybookFile, issue_type: IssueType, path: Path) -> Iterator[str]:
    if file.issue_type is not issue_type:
        yield _at(path, ("issue_type",), f"is {file.issue_type}, but the file is named {issue_type}.yaml")
    have = [playbook.subtype for playbook in file.playbooks]
    for subtype in SUBTYPES[issue_type]:
        if have.count(subtype) != 1:
            yield _at(path, ("playbooks",), f"{have.count(subtype)} playbooks for {subtype!r}; there must be one")
    for index, playbook in enumerate(file.playbooks):
        where = ("playbooks", index)
        if playbook.subtype not in SUBTYPES[issue_type]:
            yield _at(path, (*where, "subtype"), f"unknown subtype {playbook.subtype!r} of {issue_type}")
        for need_index, need in enumerate(playbook.needs):
            yield from _fact_problems(path, (*where, "needs", need_index, "when"), need.when)
        for say_index, say in enumerate(playbook.say):
            yield from _fact_problems(path, (*where, "say", say_index, "when"), say.when)
            yield from _clause_problems(book, path, (*where, "say", say_index, "cite"), say.cite)
            yield from _clock_name_problems(book, path, (*where, "say", say_index, "clock"), say.clock)
        yield from _act_problems(book, playbook, path, where)
        for step_index, step in enumerate(playbook.steps):
            yield from _step_problems(book, step, path, (*where, "steps", step_index))


def _common_problems(book: Rulebook, path: Path) -> Iterator[str]:
    file = book.common
    for index, entry in enumerate(file.steps):
        yield from _step_problems(book, entry.step, path, ("steps", index, "step"))
    yield from _step_problems(book, file.idle, path, ("idle",))
    steps = (step for playbook in book.playbooks.values() for step in playbook.steps)
    known = {step.action for step in (*steps, *(entry.step for entry in file.steps))}
    named = [
        *((("steps", index, "unless"), entry.unless) for index, entry in enumerate(file.steps)),
        *((("settled", index), entry.actions) for index, entry in enumerate(file.settled)),
        *((("blocked", index), entry.actions) for index, entry in enumerate(file.blocked)),
        (("closing",), file.closing),
        (("asking",), file.asking),
    ]
    for where, actions in named:
        for action in actions:
            if action not in known:
                yield _at(path, where, f"no playbook has an action {action!r}")
    rows = [*((("settled", index), row.when) for index, row in enumerate(file.settled))]
    rows += [(("blocked", index), row.when) for index, row in enumerate(file.blocked)]
    for where, condition in rows:
        yield from _fact_problems(path, (*where, "when"), condition)


def _act_problems(book: Rulebook, playbook: Playbook, path: Path, where: tuple[Any, ...]) -> Iterator[str]:
    told = {clock.id for clock in book.sla.clocks if clock.promise}
    for index, act in enumerate(playbook.acts):
        place = (*where, "acts", index)
        yield from _fact_problems(path, (*place, "when"), act.when)
        if act.clock and act.clock not in told:
            yield _at(path, (*place, "clock"), f"{act.clock!r} is no clock of sla.yaml with promise: true")


def _step_problems(book: Rulebook, step: StepRule, path: Path, place: tuple[Any, ...]) -> Iterator[str]:
    for name in ("when", "done", "waiting"):
        condition = getattr(step, name)
        if condition is not None:
            yield from _fact_problems(path, (*place, name), condition)
    yield from _clause_problems(book, path, (*place, "cite"), step.cite)
    yield from _clock_name_problems(book, path, (*place, "clock"), step.clock)


def _clock_name_problems(book: Rulebook, path: Path, where: tuple[Any, ...], clock: str | None) -> Iterator[str]:
    if clock is not None and clock not in {row.id for row in book.sla.clocks}:
        yield _at(path, where, f"unknown clock {clock!r}; see sla.yaml")


def _fact_problems(path: Path, where: tuple[Any, ...], condition: Condition) -> Iterator[str]:
    for name in sorted(condition.facts() - FACT_NAMES):
        yield _at(path, where, f"unknown fact {name!r}; see copilot/domain/facts.py for the names")


def _clause_problems(book: Rulebook, path: Path, where: tuple[Any, ...], anchors: tuple[str, ...]) -> Iterator[str]:
    for anchor in anchors:
        if anchor not in book.clauses.clauses:
            yield _at(path, where, f"unknown clause {anchor!r}; add it to clauses.yaml")


def _at(path: Path, where: tuple[Any, ...], message: str) -> str:
    return f"{path.name}:{line_of(path.read_text(encoding='utf-8'), where)}: {message}"
