"""One knowledge base used by many threads at once."""

from concurrent.futures import ThreadPoolExecutor

from kb.models import SearchRequest
from kb.service import KnowledgeBase


def test_searches_go_on_while_documents_are_published_and_retired(base: KnowledgeBase) -> None:
    rule = "### 规则{n} {{#rule.r{n}}}\n第{n}号仓库的退货运费由商家承担，每单登记一次。\n"
    first = base.add_text("r0.md", rule.format(n=0).encode(), kind="policy", publish=True, actor="t")

    def write(number: int) -> str:
        text = rule.format(n=number).encode()
        return base.add_text(f"r{number}.md", text, kind="policy", publish=True, actor="t").document_id

    def read(_: int) -> int:
        response = base.search(SearchRequest(query="退货运费由谁承担", k=10))
        assert base.resolve("rule.r0", platform=None) is not None
        return len(response.hits)

    with ThreadPoolExecutor(6) as pool:
        writes = [pool.submit(write, number) for number in range(1, 6)]
        reads = [pool.submit(read, number) for number in range(60)]
        documents = [write.result() for write in writes]
        assert all(1 <= read.result() <= 6 for read in reads)
    for document in documents:
        base.retire(document, actor="t")
    (hit,) = base.search(SearchRequest(query="退货运费由谁承担", k=10)).hits
    assert hit.document_id == first.document_id
    assert base.drift().clean
