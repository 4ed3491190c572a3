"""The knowledge base as a LangChain retriever; the only module here that imports langchain-core.

retriever = KnowledgeBaseRetriever(knowledge_base=base, k=4, platform="jd", audiences=("customer",))
chain = retriever | RunnableLambda(lambda documents: …)
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError

from kb.errors import InvalidSearch
from kb.models import AsOf, Audience, DocumentKind, ScopeId, ScopeName, SearchHit, SearchRequest
from kb.service import KnowledgeBase

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ImportError as missing:
    raise ImportError("kb.langchain needs langchain-core; install it with: pip install langchain-core") from missing


class KnowledgeBaseRetriever(BaseRetriever):
    """Clauses in force as LangChain documents, best first; `invoke` and `ainvoke` both work.

    `page_content` is the clause's own text, `id` is clause_id@version, and `metadata` holds every other field
    of the hit as plain JSON values, with `confident` and `snapshot` of the whole answer. The fields mean what
    they mean in SearchRequest. `knowledge_base` stays the caller's to close.
    """

    knowledge_base: KnowledgeBase
    k: int = Field(default=4, ge=1, le=50)
    platform: ScopeId | None = None
    operator: ScopeId | None = None
    shop: ScopeName | None = None
    category: ScopeName | None = None
    as_of: AsOf | None = None
    kinds: tuple[DocumentKind, ...] | None = Field(default=None, min_length=1)
    audiences: tuple[Audience, ...] | None = Field(default=None, min_length=1)
    only_confident: bool = Field(default=False, description="No documents where nothing found is good")

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        """Raises InvalidSearch for a question that is blank or too long."""
        response = self.knowledge_base.search(self._request(query))
        if self.only_confident and not response.confident:
            return []
        answer = {"confident": response.confident, "snapshot": response.snapshot}
        return [_document(hit, answer) for hit in response.hits]

    def _request(self, query: str) -> SearchRequest:
        try:
            return SearchRequest(
                query=query,
                k=self.k,
                platform=self.platform,
                operator=self.operator,
                shop=self.shop,
                category=self.category,
                as_of=self.as_of,
                kinds=self.kinds,
                audiences=self.audiences,
            )
        except ValidationError as error:
            raise InvalidSearch("; ".join(f"{flaw['loc'][0]}: {flaw['msg']}" for flaw in error.errors())) from error


def _document(hit: SearchHit, answer: dict[str, Any]) -> Document:
    metadata = hit.model_dump(mode="json", exclude={"text"})
    return Document(id=f"{hit.clause_id}@{hit.version}", page_content=hit.text, metadata=metadata | answer)
