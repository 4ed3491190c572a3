"""Adds files: each one whole in its own transaction, or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from kb import identity, ingest
from kb.errors import EmbeddingError, FileTooLarge, KbError, UnreadableFile
from kb.index.memory import Progress, passage
from kb.index.sync import Projections
from kb.ingest import Given, Prepared
from kb.loaders import archive, same_names
from kb.models import IngestFailure, IngestReport, VersionState
from kb.service.catalogue import pick_version
from kb.service.ledger import Ledger
from kb.service.publishing import Publisher
from kb.settings import KbSettings
from kb.store import repository
from kb.store.engine import writing
from kb.store.moments import seconds
from kb.store.records import ClauseRow, NewVersion, VersionRow

_Place = tuple[Path, str]
"""A file, and for what lies in an archive the path inside."""


class Adder:
    """Turns files into versions, published at once where asked."""

    def __init__(
        self,
        settings: KbSettings,
        engine: Engine,
        projections: Projections,
        clock: Callable[[], datetime],
        ledger: Ledger,
        publisher: Publisher,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._projections = projections
        self._clock = clock
        self._ledger = ledger
        self._publisher = publisher

    def add_path(
        self, root: Path, given: Given, *, publish: bool, actor: str, progress: Progress | None
    ) -> list[IngestReport | IngestFailure]:
        """Adds a file, or every file below a folder. A file that cannot be used gives an IngestFailure."""
        given = given.checked()
        files = _files(root)
        folders = self._folders(root, files)
        results: list[IngestReport | IngestFailure] = []
        try:
            for number, file in enumerate(files, start=1):
                results.extend(self._add_file(file, folders, given, publish, actor))
                if publish and number % self._settings.sync_batch_documents == 0:
                    self._projections.catch_up()
                if progress:
                    progress("add", number, len(files))
        finally:
            if publish:
                self._projections.catch_up(progress)
        return results

    def _folders(self, root: Path, files: list[Path]) -> dict[_Place, str]:
        """What goes before the names of files that other files of this import have too, in archives as well."""
        paths: dict[_Place, str] = {}
        for file in files:
            path = file.relative_to(root).as_posix() if file != root else file.name
            if file.suffix.lower() != ".zip":
                paths[file, ""] = path
                continue
            with contextlib.suppress(KbError):  # `_add_file` reports it
                paths |= {(file, inside): f"{path}/{inside}" for inside in archive.paths(file.name, self._read(file))}
        return same_names.folders(paths)

    def _add_file(
        self, file: Path, folders: dict[_Place, str], given: Given, publish: bool, actor: str
    ) -> list[IngestReport | IngestFailure]:
        try:
            data = self._read(file)
            if file.suffix.lower() == ".zip":
                return [
                    self._add_member(member, file, replace(given, folder=folders[file, member.path]), publish, actor)
                    for member in archive.members(file.name, data)
                ]
            given = replace(given, folder=folders[file, ""])
            return [self.add_bytes(file.name, data, given, publish=publish, actor=actor)]
        except KbError as error:
            return [IngestFailure(source_name=file.name, path=str(file), code=error.code, message=error.message)]

    def _add_member(
        self, member: archive.Member, file: Path, given: Given, publish: bool, actor: str
    ) -> IngestReport | IngestFailure:
        try:
            return self.add_bytes(member.name, member.data, given, publish=publish, actor=actor)
        except KbError as error:
            path = f"{file}/{member.path}"
            return IngestFailure(source_name=member.name, path=path, code=error.code, message=error.message)

    def _read(self, file: Path) -> bytes:
        try:
            self._check_size(file.name, file.stat().st_size)
            return file.read_bytes()
        except OSError as error:
            raise UnreadableFile(f"{file.name}: cannot be read ({error.strerror or error})") from error

    def _check_size(self, name: str, size: int) -> None:
        limit = self._settings.max_file_bytes
        if size > limit:
            raise FileTooLarge(f"{name}: {size} bytes are more than the limit of {limit}; split the file")

    def add_bytes(self, name: str, data: bytes, given: Given, *, publish: bool, actor: str) -> IngestReport:
        """Adds one document from memory; the projections follow with the next `catch_up`. Raises KbError."""
        self._check_size(name, len(data))
        source = ingest.source_digest(name, data, given)
        with self._engine.connect() as connection:
            known = repository.report_of_source(connection, source, in_force=publish)
        if known is not None:
            # An import that was interrupted goes on where it stopped: what is there is not even read again.
            return IngestReport.model_validate({**known, "unchanged": True, "unchanged_clauses": known["clauses"]})
        prepared = ingest.prepare(name, data, given)
        warnings = list(prepared.warnings)
        if publish:
            warnings.extend(self._embed_ahead(prepared))
        with self._projections.write_lock():
            with self._engine.connect() as connection:
                base = _base(connection, prepared)
            with writing(self._engine) as connection:
                if repository.latest_version(connection, prepared.document.document_id) != base.number:
                    base = _base(connection, prepared)  # another node was faster
                report = _report(prepared, base, warnings)
                self._write(connection, prepared, base, report, actor, source)
                if publish:
                    report = self._publish(connection, report, actor)
        return report

    def _write(
        self, connection: Connection, prepared: Prepared, base: _Base, report: IngestReport, actor: str, source: str
    ) -> None:
        if base.same:
            return
        now, document_id = seconds(self._clock()), prepared.document.document_id
        if base.latest is None:
            repository.add_document(connection, prepared.document, now)
        new = _new_version(prepared, base.clauses, report, source)
        repository.add_version(connection, document_id, report.version, new, actor, now)
        self._ledger.write(connection, (document_id, report.version), "add", actor, now)

    def _publish(self, connection: Connection, report: IngestReport, actor: str) -> IngestReport:
        rows = repository.versions(connection, report.document_id)
        row = pick_version(rows, report.document_id, report.version)
        waived = self._publisher.put_in_force(connection, row, actor, seconds(self._clock()))
        return report.model_copy(update={"state": "published", "waived": waived})

    def _embed_ahead(self, prepared: Prepared) -> list[str]:
        """Computes the vectors before the write lock is taken, so that others wait for a moment only."""
        try:
            self._projections.embed([passage(draft, prepared.title) for draft in prepared.drafts])
        except EmbeddingError as error:
            return [f"published without vectors, found by lexical search only: {error.message}"]
        return []


def _files(root: Path) -> list[Path]:
    """The file itself, or every file below the folder, dot files and dot folders aside."""
    if not root.is_dir():
        return [root]
    return sorted(
        file
        for file in root.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(root).parts)
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """What a file is compared with: the latest version of its document, and what becomes of the clauses."""

    latest: VersionRow | None
    before: list[ClauseRow]
    clauses: tuple[ClauseRow, ...]
    same: bool

    @property
    def number(self) -> int | None:
        return None if self.latest is None else self.latest.version


def _base(connection: Connection, prepared: Prepared) -> _Base:
    document_id = prepared.document.document_id
    known = repository.versions(connection, document_id)
    latest = known[-1] if known else None
    before = repository.clauses(connection, document_id, latest.version) if latest else []
    # A withdrawn text comes back as a new version only, so that it is looked at again.
    same = latest is not None and latest.state != "retired" and latest.content_sha256 == prepared.content_sha256
    return _Base(latest, before, identity.rows(document_id, prepared.drafts, before), same)


def _report(prepared: Prepared, base: _Base, warnings: list[str]) -> IngestReport:
    earlier = {(row.clause_id, row.sha256) for row in base.before}
    latest = base.latest
    number = 1 if latest is None else latest.version + (0 if base.same else 1)
    state: VersionState = latest.state if latest is not None and base.same else "draft"
    return IngestReport(
        document_id=prepared.document.document_id,
        title=prepared.title,
        source_name=prepared.document.source_name,
        version=number,
        state=state,
        clauses=len(base.clauses),
        unchanged_clauses=sum((row.clause_id, row.sha256) in earlier for row in base.clauses),
        unchanged=base.same,
        dropped=prepared.dropped,
        unrepaired=prepared.unrepaired,
        repaired=prepared.repaired,
        warnings=tuple(warnings),
    )


def _new_version(prepared: Prepared, clauses: tuple[ClauseRow, ...], report: IngestReport, source: str) -> NewVersion:
    return NewVersion(
        title=prepared.title,
        audience=prepared.audience,
        valid_from=prepared.valid_from,
        valid_to=prepared.valid_to,
        content_sha256=prepared.content_sha256,
        report=report.model_dump(mode="json"),
        metadata=prepared.metadata,
        clauses=clauses,
        category=prepared.category,
        source_sha256=source,
    )
