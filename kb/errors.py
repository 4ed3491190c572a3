"""Every error that the knowledge base raises on purpose.

KbError
├── UnreadableFile        the file cannot be opened or holds no text at all
├── EncryptedFile         the file opens only with a password
├── UnknownEncoding       no supported encoding decodes the bytes
├── EmptyDocument         nothing is left after cleaning
├── FileTooLarge          above `KbSettings.max_file_bytes`
├── UnsupportedFormat     no loader for this suffix
├── FrontMatterError      a front matter line that cannot be used, with file, line, field and remedy
├── InvalidMetadata       an argument of `add_path`/`add_text` that cannot be used
├── DocumentNotFound, VersionNotFound, ClauseNotFound
├── InvalidState          the document's state does not allow what was asked
├── SelfReview            a version's author or submitter may not approve it
├── InvalidSearch         a search request that cannot be answered as asked
├── EmbeddingError        the embedding model is missing or refuses to work
└── IndexUnavailable      a projection cannot be had, or (WriterBusy) the home's write lock
"""

from __future__ import annotations

from typing import ClassVar


class KbError(Exception):
    """Base of the tree. `code` is stable and public; `status_code` is what an HTTP edge answers."""

    code: ClassVar[str] = "kb_error"
    status_code: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnreadableFile(KbError):
    code = "unreadable_file"
    status_code = 422


class EncryptedFile(KbError):
    code = "encrypted_file"
    status_code = 422


class UnknownEncoding(KbError):
    code = "unknown_encoding"
    status_code = 422


class EmptyDocument(KbError):
    code = "empty_document"
    status_code = 422


class FileTooLarge(KbError):
    code = "file_too_large"
    status_code = 413


class UnsupportedFormat(KbError):
    code = "unsupported_format"
    status_code = 415


class FrontMatterError(KbError):
    """A front matter field that cannot be used. The message reads `file:line: field: what is wrong; what to
    do`."""

    code = "front_matter_error"
    status_code = 422

    def __init__(self, source: str, line: int, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{source}:{line}: {field}: {problem}; {remedy}")
        self.source = source
        self.line = line
        self.field = field
        self.remedy = remedy


class InvalidMetadata(KbError):
    code = "invalid_metadata"
    status_code = 422


class DocumentNotFound(KbError):
    code = "document_not_found"
    status_code = 404


class VersionNotFound(KbError):
    code = "version_not_found"
    status_code = 404


class ClauseNotFound(KbError):
    code = "clause_not_found"
    status_code = 404


class InvalidState(KbError):
    code = "invalid_state"
    status_code = 409


class SelfReview(KbError):
    code = "self_review"
    status_code = 403


class InvalidSearch(KbError):
    code = "invalid_search"
    status_code = 422


class EmbeddingError(KbError):
    code = "embedding_error"
    status_code = 503


class IndexUnavailable(KbError):
    code = "index_unavailable"
    status_code = 503


class WriterBusy(IndexUnavailable):
    """Another process keeps the home's write lock."""

    code = "writer_busy"
