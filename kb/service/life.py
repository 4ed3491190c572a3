"""A document's life, by name: review, publication, rollback, archive, withdrawal, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from kb.life_models import ClauseStanding, ClauseWordings, DocumentDiff, ReviewStep
from kb.models import Document, DocumentVersion
from kb.service.catalogue import Catalogue
from kb.service.comparing import Cited, Comparer
from kb.service.publishing import Publisher
from kb.service.reviewing import Reviewer
from kb.service.wording import WordingDesk


class DocumentLife:
    """draft → in_review → approved → published → retired. Every step is recorded; see `history`.

    A published version's text never changes: every edit is a new version. Of several published versions the
    one published last holds from its beginning on, whatever its number; what it replaces stays the answer to
    questions about earlier days.
    """

    _catalogue: Catalogue
    _comparer: Comparer
    _publisher: Publisher
    _reviewer: Reviewer
    _wordings: WordingDesk

    def submit(
        self,
        document_id: str,
        version: int | None = None,
        *,
        actor: str,
        note: str = "",
        valid_from: date | None = None,
        valid_to: date | None = None,
    ) -> DocumentVersion:
        """Hands a draft (the latest version) in for review, with its days of validity where they are given.

        Raises DocumentNotFound, VersionNotFound, InvalidState, InvalidMetadata.
        """
        number = self._reviewer.submit(document_id, version, actor, note, (valid_from, valid_to))
        return self._catalogue.version(document_id, number)

    def approve(self, document_id: str, version: int | None = None, *, actor: str, note: str = "") -> DocumentVersion:
        """Approves a version (the latest) in review.

        Raises SelfReview for its author or submitter (unless the settings say solo, which is recorded),
        DocumentNotFound, VersionNotFound, InvalidState.
        """
        return self._catalogue.version(document_id, self._reviewer.approve(document_id, version, actor, note))

    def reject(self, document_id: str, version: int | None = None, *, actor: str, note: str) -> DocumentVersion:
        """Sends a version (the latest) in review back to draft; `note` says why.

        Raises DocumentNotFound, VersionNotFound, InvalidState, InvalidMetadata without a note.
        """
        return self._catalogue.version(document_id, self._reviewer.reject(document_id, version, actor, note))

    def publish(
        self,
        document_id: str,
        version: int | None = None,
        *,
        actor: str,
        note: str = "",
        valid_from: date | None = None,
        valid_to: date | None = None,
        administrator: bool = False,
    ) -> DocumentVersion:
        """Puts an approved version (the latest) in force; the one before ends where this one begins.

        A first publication has no beginning of its own; a later one begins on its `valid_from`, else now; a
        version that was in force before comes back now. An archived document comes back into use.
        `administrator` publishes whatever the state; a missing approval is recorded as waived.
        Raises DocumentNotFound, VersionNotFound, InvalidState, InvalidMetadata.
        """
        days = (valid_from, valid_to)
        number = self._publisher.publish(document_id, version, actor, note, days, administrator=administrator)
        return self._catalogue.version(document_id, number)

    def rollback(self, document_id: str, to: int | None = None, *, actor: str, note: str = "") -> DocumentVersion:
        """Puts a version that was published before in force again from now on: `to`, else the nearest lower
        number than the one in force; when nothing is in force, the one that was last.

        Questions about the time between keep their answer; a version that was planned for later is given up.
        Raises DocumentNotFound, VersionNotFound, InvalidState.
        """
        number = self._publisher.rollback(document_id, to, actor, note)
        return self._catalogue.version(document_id, number)

    def archive(self, document_id: str, *, actor: str, note: str = "") -> Document:
        """Puts a document away: from now on it is not in force and not listed; questions about earlier days
        are still answered. `publish` and `rollback` bring it back. Raises DocumentNotFound, InvalidState."""
        self._publisher.archive(document_id, actor, note)
        return self._catalogue.document(document_id)

    def retire(self, document_id: str, version: int | None = None, *, actor: str, note: str = "") -> None:
        """Withdraws a published version, or all of them: their clauses are served for no date any more.

        Raises DocumentNotFound, VersionNotFound, InvalidState.
        """
        self._publisher.retire(document_id, version, actor, note)

    def history(self, document_id: str) -> list[ReviewStep]:
        """Every step of a document's versions, oldest first. Raises DocumentNotFound."""
        return self._catalogue.history(document_id)

    def diff(self, document_id: str, from_version: int | None = None, to_version: int | None = None) -> DocumentDiff:
        """What `to_version` (the latest) changes, clause by clause, against `from_version`: without it the
        version in force where that is an earlier one, else the one before.

        Raises DocumentNotFound, VersionNotFound.
        """
        return self._comparer.diff(document_id, from_version, to_version)

    def standings(self, cited: Iterable[Cited]) -> dict[Cited, ClauseStanding]:
        """What has become of clauses that were cited: (clause id, version, SHA-256 of the text) → now."""
        return self._comparer.standings(cited)

    def wordings(self, clause_id: str) -> ClauseWordings:
        """The wordings in which people ask for a clause. Raises ClauseNotFound."""
        return self._wordings.of_clause(clause_id, self._catalogue.clause(clause_id, None).version)

    def set_wordings(self, clause_id: str, texts: Sequence[str], *, actor: str) -> ClauseWordings:
        """Makes `texts` the editors' wordings of a clause (those of its file stay); search follows at once.

        Raises ClauseNotFound, InvalidMetadata.
        """
        self._wordings.replace(clause_id, texts, actor)
        return self.wordings(clause_id)
