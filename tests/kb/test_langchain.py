"""The LangChain retriever: documents, filters, sync and async, in a chain; and that nobody pays for it unasked."""

import asyncio
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from pydantic import ValidationError

from kb.errors import InvalidSearch
from kb.langchain import KnowledgeBaseRetriever
from kb.models import SearchRequest
from kb.service import KnowledgeBase

POLICY = """---
title: 通用政策
kind: policy
---
### 质量问题运费 {#freight.quality}
质量问题退货的，往返运费由商家承担。
### 发票补开 {#invoice.request}
客户可以在订单完成后一年内申请补开发票。
"""


@pytest.fixture
def filled(base: KnowledgeBase) -> KnowledgeBase:
    base.add_text("common.md", POLICY.encode(), publish=True, actor="t")
    base.add_text(
        "jd.md", POLICY.replace("kind: policy", "kind: policy\nplatform: jd").encode(), publish=True, actor="t"
    )
    base.add_text("sop.md", "### 登记\n客服先登记运费，再联系商家。".encode(), kind="sop", publish=True, actor="t")
    return base


def test_documents_carry_the_text_and_every_field_of_the_hit(filled: KnowledgeBase) -> None:
    documents = KnowledgeBaseRetriever(knowledge_base=filled, k=3).invoke("质量问题退货运费由谁承担")
    response = filled.search(SearchRequest(query="质量问题退货运费由谁承担", k=3))
    assert [document.page_content for document in documents] == [hit.text for hit in response.hits]
    first, hit = documents[0], response.hits[0]
    assert first.id == f"{hit.clause_id}@{hit.version}"
    assert first.metadata == hit.model_dump(mode="json", exclude={"text"}) | {
        "confident": response.confident,
        "snapshot": response.snapshot,
    }
    assert {"clause_id", "version", "sha256", "source_name", "section_path", "score", "valid_from", "valid_to"} <= set(
        first.metadata
    )
    assert json.loads(json.dumps(first.metadata)) == first.metadata


def test_the_fields_filter(filled: KnowledgeBase) -> None:
    def found(**fields: object) -> list[Document]:
        return KnowledgeBaseRetriever(knowledge_base=filled, k=20, **fields).invoke("运费")  # type: ignore[arg-type]

    assert {document.metadata["platform"] for document in found(platform="tmall")} == {None}
    assert {document.metadata["kind"] for document in found(kinds=("sop",))} == {"sop"}
    assert {document.metadata["audience"] for document in found(audiences=("customer",))} == {"customer"}
    filled.add_text(
        "old.md",
        "### 旧规\n旧的运费规则。".encode(),
        kind="policy",
        valid_to=date(2026, 1, 31),
        publish=True,
        actor="t",
    )
    assert not any("旧的" in document.page_content for document in found())
    assert any("旧的" in document.page_content for document in found(as_of=date(2026, 1, 31)))


def test_a_chain_sync_and_async(filled: KnowledgeBase) -> None:
    retriever = KnowledgeBaseRetriever(knowledge_base=filled, k=1)
    chain = retriever | RunnableLambda(lambda documents: documents[0].page_content)
    assert chain.invoke("发票怎么补开") == "客户可以在订单完成后一年内申请补开发票。"
    assert asyncio.run(chain.ainvoke("发票怎么补开")) == chain.invoke("发票怎么补开")
    assert chain.batch(["发票怎么补开"] * 3) == [chain.invoke("发票怎么补开")] * 3


def test_only_confident_answers_on_request(filled: KnowledgeBase) -> None:
    assert KnowledgeBaseRetriever(knowledge_base=filled, only_confident=True).invoke("qwerty zxcvb") == []
    documents = KnowledgeBaseRetriever(knowledge_base=filled).invoke("qwerty zxcvb")
    assert {document.metadata["confident"] for document in documents} == {False}
    assert KnowledgeBaseRetriever(knowledge_base=filled, only_confident=True).invoke("质量问题退货运费由谁承担")


def test_bad_fields_and_questions_are_named(filled: KnowledgeBase) -> None:
    for fields in ({"k": 0}, {"platform": "京东"}, {"kinds": ("law",)}, {"audiences": ()}):
        with pytest.raises(ValidationError, match=next(iter(fields))):
            KnowledgeBaseRetriever(knowledge_base=filled, **fields)  # type: ignore[arg-type]
    retriever = KnowledgeBaseRetriever(knowledge_base=filled)
    for query in ("  ", "x" * 2001):
        with pytest.raises(InvalidSearch, match="query"):
            retriever.invoke(query)


def test_the_knowledge_base_alone_imports_no_langchain() -> None:
    program = "import sys, kb.service; print([name for name in sys.modules if name.startswith('langchain')])"
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
