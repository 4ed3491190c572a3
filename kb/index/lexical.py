"""The lexical projection: a tantivy folder with the tokens of every published clause."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import tantivy

from kb.errors import IndexUnavailable
from kb.store.records import ClauseRow, PublishedDocument, Scope
from kb.tokenize import tokens

LAYOUT = "tantivy-2"
_TOKENIZER = "kb_spaces"
_FIELDS = (("body", 1.0), ("head", 0.4), ("asked", 0.6))
_WRITER_BYTES = 64_000_000


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("document_id", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("body", stored=False, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_text_field("head", stored=False, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_text_field("asked", stored=False, tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


class LexicalIndex:
    """BM25 over tokens; every method but `replace` and `clear` may run while another process writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._schema = _schema()
        self._index = self._open()
        self._searcher = self._index.searcher()

    def _open(self) -> tantivy.Index:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            index = tantivy.Index(self._schema, path=str(self._folder))
        except ValueError as error:
            raise IndexUnavailable(f"the lexical index in {self._folder} cannot be opened: {error}") from error
        spaces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer(_TOKENIZER, spaces)
        index.config_reader(reload_policy="manual")
        return index

    @classmethod
    def open_or_reset(cls, folder: Path) -> LexicalIndex:
        """Opens the folder; one that is damaged or from another layout is emptied (it is rebuilt from
        SQL)."""
        try:
            return cls(folder)
        except IndexUnavailable:
            shutil.rmtree(folder, ignore_errors=True)
            return cls(folder)

    def reload(self) -> None:
        """Shows what any process has committed."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def clear(self) -> None:
        """Removes every clause."""
        self._write((), everything=True)

    def replace(self, documents: Iterable[PublishedDocument]) -> None:
        """Makes the projection hold exactly the given clauses for each given document."""
        self._write(documents, everything=False)

    def _write(self, documents: Iterable[PublishedDocument], *, everything: bool) -> None:
        try:
            writer = self._index.writer(_WRITER_BYTES, 1)
            if everything:
                writer.delete_all_documents()
            for document in documents:
                writer.delete_documents_by_term("document_id", document.document_id)
                for key, row, scope in document.clauses:
                    writer.add_document(_as_document(key, row, scope))
            writer.commit()
            writer.wait_merging_threads()
        except ValueError as error:
            raise IndexUnavailable(f"the lexical index in {self._folder} cannot be written: {error}") from error
        self.reload()

    def search(self, weighted_tokens: Mapping[str, float], limit: int) -> list[tuple[str, float]]:
        """The best `limit` clauses as (key, BM25 score), best first."""
        parts = []
        for token, weight in weighted_tokens.items():
            for field, factor in _FIELDS:
                term = tantivy.Query.term_query(self._schema, field, token, index_option="freq")
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, weight * factor)))
        if not parts:
            return []
        searcher = self._searcher
        hits = searcher.search(tantivy.Query.boolean_query(parts), limit, count=False).hits
        return [(str(searcher.doc(address)["key"][0]), float(score)) for score, address in hits]

    def document_frequency(self, token: str) -> int:
        """In how many clause texts `token` stands."""
        return int(self._searcher.doc_freq("body", token))

    def count(self) -> int:
        """How many clauses are held."""
        return int(self._searcher.num_docs)

    def keys(self) -> set[str]:
        """The keys of all clauses that are held."""
        searcher = self._searcher
        hits = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs), count=False).hits
        return {str(searcher.doc(address)["key"][0]) for _, address in hits}


def _as_document(key: str, row: ClauseRow, scope: Scope) -> tantivy.Document:
    return tantivy.Document(
        key=[key],
        document_id=[scope.document_id],
        body=[" ".join(tokens(row.text))],
        head=[" ".join(tokens("\n".join((scope.title, *row.section_path, row.context))))],
        asked=[" ".join(tokens("\n".join(row.questions)))],
    )
