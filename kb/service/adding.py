"""Adds files: each one whole in its own transaction, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from kb import ingest
from kb.errors import EmbeddingError, FileTooLarge, KbError, UnreadableFile
from kb.index.sync import Progress, Projections, vector_texts
from kb.ingest import Given, Prepared
from kb.loaders import archive
from kb.models import IngestFailure, IngestReport, VersionState
from kb.service.catalogue import pick_version
from kb.settings import KbSettings
from kb.store import repository
from kb.store.moments import seconds
from kb.store.records import ClauseRow, NewVersion, Scope, VersionRow


class Adder:
    """Turns files into versions, published at once where asked."""

    def __init__(
        self,
        settings: KbSettings,
        engine: Engine,
        projections: Projections,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._projections = projections
        self._clock = clock

    def add_path(
        self, root: Path, given: Given, *, publish: bool, actor: str, progress: Progress | None
    ) -> list[IngestReport | IngestFailure]:
        """Adds a file, or every file below a folder. A file that cannot be used gives an IngestFailure."""
        given = given.checked()
        files = _files(root)
        results: list[IngestReport | IngestFailure] = []
        try:
            for number, file in enumerate(files, start=1):
                results.extend(self._add_file(file, given, publish, actor))
                if publish and number % self._settings.sync_batch_documents == 0:
                    self._projections.catch_up()
                if progress:
                    progress("add", number, len(files))
        finally:
            if publish:
                self._projections.catch_up(progress)
        return results

    def _add_file(self, file: Path, given: Given, publish: bool, actor: str) -> list[IngestReport | IngestFailure]:
        try:
            data = self._read(file)
            if file.suffix.lower() != ".zip":
                return [self.add_bytes(file.name, data, given, publish=publish, actor=actor)]
            return [
                self._add_member(member, file, given, publish, actor) for member in archive.members(file.name, data)
            ]
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
        prepared = ingest.prepare(name, data, given)
        warnings = list(prepared.warnings)
        if publish:
            warnings.extend(self._embed_ahead(prepared))
        with self._projections.write_lock(), self._engine.begin() as connection:
            repository.serialise_writers(connection)
            now = seconds(self._clock())
            document_id = prepared.document.document_id
            known = repository.versions(connection, document_id)
            latest = known[-1] if known else None
            before = repository.clauses(connection, document_id, latest.version) if latest else []
            clauses = ingest.rows(document_id, prepared.drafts, before)
            same = latest is not None and latest.content_sha256 == prepared.content_sha256
            report = _report(prepared, clauses, before, latest, same, warnings)
            if latest is None:
                repository.add_document(connection, prepared.document, now)
            if not same:
                new = _new_version(prepared, clauses, report)
                repository.add_version(connection, document_id, report.version, new, actor, now)
            if publish:
                row = pick_version(repository.versions(connection, document_id), document_id, report.version)
                repository.publish(connection, row, actor, now)
                report = report.model_copy(update={"state": "published"})
        return report

    def _embed_ahead(self, prepared: Prepared) -> list[str]:
        """Computes the vectors before the write lock is taken, so that others wait for a moment only."""
        scope = Scope(
            document_id=prepared.document.document_id,
            version=0,
            title=prepared.title,
            source_name=prepared.document.source_name,
            kind=prepared.document.kind,
            platform=prepared.document.platform,
            operator=prepared.document.operator,
            audience=prepared.audience,
            valid_from=None,
            valid_to=None,
            windows=(),
            shop=prepared.document.shop,
            category=prepared.category,
        )
        drafted = ingest.rows(prepared.document.document_id, prepared.drafts, ())
        try:
            texts = [text for row in drafted for text in vector_texts("", row, scope).values()]
            self._projections.embed(texts)
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


def _report(
    prepared: Prepared,
    clauses: tuple[ClauseRow, ...],
    before: list[ClauseRow],
    latest: VersionRow | None,
    same: bool,
    warnings: list[str],
) -> IngestReport:
    earlier = {(row.clause_id, row.sha256) for row in before}
    number = 1 if latest is None else latest.version + (0 if same else 1)
    state: VersionState = latest.state if latest is not None and same else "draft"
    return IngestReport(
        document_id=prepared.document.document_id,
        title=prepared.title,
        source_name=prepared.document.source_name,
        version=number,
        state=state,
        clauses=len(clauses),
        unchanged_clauses=sum((row.clause_id, row.sha256) in earlier for row in clauses),
        unchanged=same,
        dropped=prepared.dropped,
        unrepaired=prepared.unrepaired,
        repaired=prepared.repaired,
        warnings=tuple(warnings),
    )


def _new_version(prepared: Prepared, clauses: tuple[ClauseRow, ...], report: IngestReport) -> NewVersion:
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
    )
