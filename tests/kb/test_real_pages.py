"""The five raw source pages, where they lie beside the checkout; with the bundled embeddings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb import embed
from kb.chunk.clauses import split_clauses
from kb.clean import clean
from kb.models import IngestReport, SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the raw source pages are not beside this checkout")

QUESTIONS = {
    "退回商品的运费谁承担": "運費",
    "禁止承诺哪些话": "絕對正品",
    "工单多久没响应会提醒": "超2小時未響應",
    "商家多久不处理平台介入": "48小時內響應",
    "首次响应时间要求": "30秒內響應",
    "投诉分几级": "一級投訴",
    "拉手网退款怎么处理": "不能提现",
    "发错货怎么办": "发错",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    settings = KbSettings(home=tmp_path_factory.mktemp("pages"))
    with KnowledgeBase.open(settings, embedder=embed.load("bundled")) as base:
        results = base.add_path(SEEDS, kind="sop", publish=True, actor="t")
        assert all(isinstance(result, IngestReport) for result in results)
        yield base


@pytest.mark.parametrize("question", QUESTIONS)
def test_simplified_questions_find_their_passage(loaded: KnowledgeBase, question: str) -> None:
    hits = loaded.search(SearchRequest(query=question, k=3)).hits
    assert any(QUESTIONS[question] in hit.text for hit in hits)


def test_no_noise_is_left(loaded: KnowledgeBase) -> None:
    noise = ("本站", "下載", "下载", "第1頁", "文庫", "侵權", "ICP", "(wù)", "??", "CATALOGUE", "評論")
    for document in loaded.list_documents():
        for clause in loaded.clauses(document.document_id):
            assert not any(word in clause.text for word in noise), clause.text


def test_nothing_of_the_pages_is_lost() -> None:
    for page in SEEDS.glob("*.txt"):
        cleaned = clean(page.read_text(encoding="utf-8"), markdown=False)
        drafts = split_clauses(cleaned.text, markdown=False, title=cleaned.title)
        restored = "".join("".join(draft.heads) + draft.text for draft in drafts)
        assert "".join(restored.split()) == "".join(cleaned.text.split())
