"""Embedding models behind the protocol."""

import json
import sys

import httpx
import numpy as np
import pytest

from kb import embed
from kb.errors import EmbeddingError

URL = "http://127.0.0.1:9/v1"


def _client(handler: "httpx.MockTransport") -> httpx.Client:
    return httpx.Client(transport=handler)


def _answering(calls: list[dict[str, object]]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        calls.append(body)
        data = [{"index": index, "embedding": [float(len(text)), 1.0]} for index, text in enumerate(body["input"])]
        return httpx.Response(200, json={"data": list(reversed(data))})

    return httpx.MockTransport(answer)


def test_an_endpoint_is_asked_in_batches_and_answers_in_order() -> None:
    calls: list[dict[str, object]] = []
    with _client(_answering(calls)) as client:
        model = embed.load(f"{URL}#bge", client=client, api_key="k")
        assert model is not None
        rows = model.embed_documents(["字" * (1 + number) for number in range(70)])
    assert rows.shape == (70, 2)
    assert model.dims == 2
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0)
    assert rows[0, 0] < rows[69, 0]
    assert [len(call["input"]) for call in calls] == [64, 6]  # type: ignore[arg-type]
    assert calls[0]["model"] == "bge"
    assert model.name.endswith("/embeddings#bge")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(500, text="out of memory"), "500"),
        (httpx.Response(200, json={"data": []}), "gave"),
        (httpx.Response(200, json={"error": "x"}), "no usable"),
        (httpx.Response(200, text="<html>"), "no usable"),
        (httpx.Response(200, json={"data": [{"embedding": ["a"]}]}), "no usable"),
    ],
)
def test_an_endpoints_failures_are_named(answer: httpx.Response, said: str) -> None:
    with _client(httpx.MockTransport(lambda _: answer)) as client:
        model = embed.load(URL, client=client)
        assert model is not None
        with pytest.raises(EmbeddingError, match=said):
            model.embed_query("x")


def test_an_endpoint_that_is_silent_or_gone_is_named() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    for handler, said in ((silent, "in time"), (gone, "reached")):
        with _client(httpx.MockTransport(handler)) as client:
            model = embed.load(URL, client=client)
            assert model is not None
            with pytest.raises(EmbeddingError, match=said):
                model.embed_query("x")


def test_none_is_no_model_and_unknown_specs_name_the_known() -> None:
    assert embed.load("none") is None
    with pytest.raises(EmbeddingError, match="bundled"):
        embed.load("word2vec")
    with pytest.raises(EmbeddingError):
        embed.load("sentence-transformers:")


def test_missing_sentence_transformers_names_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    model = embed.load("sentence-transformers:some/model")
    assert model is not None
    with pytest.raises(EmbeddingError, match=r"pip install 'aftersales-copilot\[models\]'"):
        model.embed_query("x")


def test_sentence_transformers_uses_the_models_own_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Model:
        def __init__(self, source: str) -> None:
            self.source = source

        def get_sentence_embedding_dimension(self) -> int:
            return 2

        def encode_document(self, texts: list[str], **_: object) -> np.ndarray:
            return np.array([[3.0, 4.0]] * len(texts))

        def encode_query(self, texts: list[str], **_: object) -> np.ndarray:
            return np.array([[0.0, 2.0]] * len(texts))

    module = type(sys)("sentence_transformers")
    module.SentenceTransformer = Model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    model = embed.load("sentence-transformers:folder")
    assert model is not None
    assert model.embed_documents(["a", "b"]).tolist() == [[np.float32(0.6), np.float32(0.8)]] * 2
    assert model.embed_query("q").tolist() == [0.0, 1.0]
    assert (model.dims, model.name) == (2, "sentence-transformers:folder")


def test_the_bundled_model_ranks_meaning() -> None:
    model = embed.load("bundled")
    assert model is not None
    rows = model.embed_documents(["退货运费由商家承担。", "发票可以在订单页申请。", "今天天气很好。"])
    query = model.embed_query("寄回去的邮费谁出")
    assert rows.shape == (3, model.dims)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert int(np.argmax(rows @ query)) == 0
    assert model.embed_documents([]).shape == (0, model.dims)
    assert np.isfinite(model.embed_query("a\x00b\ud800")).all()
