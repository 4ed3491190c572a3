"""The optional second look: order, scores, failures, and a real cross-encoder made here."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from copilot.bootstrap import build
from copilot.settings import Settings
from kb.errors import EmbeddingError
from kb.models import SearchHit, SearchRequest, SearchResponse
from kb.retrieve.rerank import BREADTH, CrossEncoderReranker, Reranker
from kb.service import KnowledgeBase, load_reranker
from kb.settings import KbSettings
from tests.kb.fakes import FakeEmbedder

QUESTION = "退货运费由谁承担"
RULES = "".join(
    f"### 规则{number:02d}\n第{number}号仓库的退货运费由商家承担，每单登记一次，共{number}种情形。\n"
    for number in range(1, 41)
)


class FakeReranker:
    """Likes the texts with a given word."""

    name = "fake"

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[tuple[str, int]] = []
        self.failing = False

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        self.asked.append((query, len(texts)))
        if self.failing:
            raise EmbeddingError("the reranker is switched off")
        return [float(self.word in text) for text in texts]


def _opened(home: Path, reranker: Reranker | None) -> KnowledgeBase:
    return KnowledgeBase.open(KbSettings(home=home), embedder=FakeEmbedder(), reranker=reranker)


def _read(hit: SearchHit) -> str:
    """What a reranker is given to read of a clause."""
    return " · ".join((hit.document, *hit.section_path)) + "\n" + hit.text


def _ask(base: KnowledgeBase, query: str = QUESTION, **how: Any) -> SearchResponse:
    return base.search(SearchRequest(query=query, k=40), **how)


def test_the_reranker_orders_the_best_thirty(home: Path) -> None:
    with _opened(home, None) as base:
        base.add_text("rules.md", RULES.encode(), kind="policy", publish=True, actor="t")
        before = _ask(base)
    fused = [hit.clause_id for hit in before.hits]
    wanted = before.hits[BREADTH - 1]
    reranker = FakeReranker(wanted.section_path[-1])
    with _opened(home, reranker) as base:
        response = _ask(base)
        assert reranker.asked == [(QUESTION, BREADTH)]
        assert response.hits[0].clause_id == wanted.clause_id
        assert [hit.clause_id for hit in response.hits[1:]] == [key for key in fused if key != wanted.clause_id]
        scores = [hit.score for hit in response.hits]
        assert scores == sorted(scores, reverse=True)
        # What the reranker puts first is scored no lower than what it puts below: confidence is not lost.
        assert scores[0] == before.hits[0].score
        assert response.confident == before.confident
        assert response.warnings == ()


def test_only_meaningful_searches_are_reranked(home: Path) -> None:
    reranker = FakeReranker("规则07")
    with _opened(home, reranker) as base:
        assert _ask(base).hits == ()
        base.add_text("rules.md", RULES.encode(), kind="policy", publish=True, actor="t")
        _ask(base, lexical=True)
        _ask(base, "运费 AND 退货")
        assert reranker.asked == []


def test_a_reranker_that_fails_leaves_the_fused_order_and_says_so(home: Path) -> None:
    reranker = FakeReranker("规则07")
    with _opened(home, reranker) as base:
        base.add_text("rules.md", RULES.encode(), kind="policy", publish=True, actor="t")
        reranker.failing = True
        response = _ask(base)
        assert response.warnings == ("not reranked: the reranker is switched off",)
        # The same open index: nearly equal clauses may change places in another one.
        base._searcher._reranker = None
        assert response.hits == _ask(base).hits


def test_a_reranker_that_drops_a_text_is_not_believed(home: Path) -> None:
    class Short(FakeReranker):
        def scores(self, query: str, texts: Sequence[str]) -> list[float]:
            return [1.0]

    with _opened(home, Short("x")) as base:
        base.add_text("rules.md", RULES.encode(), kind="policy", publish=True, actor="t")
        assert "1 scores for 30 texts" in _ask(base).warnings[0]


def test_the_spec_names_the_reranker(tmp_path: Path) -> None:
    assert load_reranker("none") is None
    loaded = load_reranker("sentence-transformers:BAAI/bge-reranker-base")
    assert loaded is not None
    assert loaded.name == "sentence-transformers:BAAI/bge-reranker-base"
    for bad in ("bge", "sentence-transformers:", ""):
        with pytest.raises(EmbeddingError, match="unknown reranker"):
            load_reranker(bad)
    with pytest.raises(EmbeddingError, match="unknown reranker"):
        build(Settings(home=tmp_path / "home", embeddings="none", reranker="bge"))


def test_without_sentence_transformers_the_message_names_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbeddingError, match=r"pip install 'aftersales-copilot\[models\]'"):
        CrossEncoderReranker("some/model").scores("q", ["a"])


@pytest.mark.parametrize(
    ("answer", "said"),
    [([[0.1, 0.9], [0.2, 0.8]], "one output"), ([float("nan"), 1.0], "no numbers"), ([1.0], "one output")],
)
def test_a_model_that_is_no_ranker_is_named(monkeypatch: pytest.MonkeyPatch, answer: Any, said: str) -> None:
    class Model:
        def __init__(self, source: str) -> None: ...

        def predict(self, pairs: Sequence[tuple[str, str]], **_: object) -> np.ndarray:
            return np.asarray(answer)

    module = type(sys)("sentence_transformers")
    module.CrossEncoder = Model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    with pytest.raises(EmbeddingError, match=said):
        CrossEncoderReranker("folder").scores("q", ["a", "b"])


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A cross-encoder folder with random weights, some tens of kilobytes: what counts is that it is a real one."""
    for package in ("torch", "sentence_transformers"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install 'aftersales-copilot[models]'")
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path / "tiny-cross-encoder"
    folder.mkdir()
    characters = sorted(set(RULES + QUESTION) - set("\n#，。 "))
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]))
    tokenizer = BertTokenizer(str(folder / "vocab.txt"))
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(characters) + 5,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        num_labels=1,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_real_cross_encoder_reranks(tiny_model: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    reranker = load_reranker(f"sentence-transformers:{tiny_model}")
    assert reranker is not None
    texts = ["第7号仓库的退货运费由商家承担", "登记一次", "登记一次"]
    scores = reranker.scores(QUESTION, texts)
    assert len(scores) == 3
    assert scores[1] == pytest.approx(scores[2])
    assert scores[0] != pytest.approx(scores[1])
    assert reranker.scores(QUESTION, texts) == pytest.approx(scores)
    with _opened(home, None) as base:
        base.add_text("rules.md", RULES.encode(), kind="policy", publish=True, actor="t")
        fused = _ask(base).hits
        # The same open index: nearly equal clauses may change places in another one.
        base._searcher._reranker = reranker
        response = _ask(base)
    judged = reranker.scores(QUESTION, [_read(hit) for hit in fused[:BREADTH]])
    order = sorted(range(BREADTH), key=lambda place: -judged[place])
    assert response.warnings == ()
    assert [hit.clause_id for hit in response.hits[:BREADTH]] == [fused[place].clause_id for place in order]
    assert [hit.clause_id for hit in response.hits[BREADTH:]] == [hit.clause_id for hit in fused[BREADTH:]]


def test_a_folder_that_holds_no_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed (extra: models)")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EmbeddingError, match="cannot load"):
        CrossEncoderReranker(str(tmp_path / "nothing")).scores("q", ["a"])
