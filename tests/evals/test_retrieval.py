"""The retrieval figures over a small collection, and the question sets' promises."""

import json
import re
from pathlib import Path

import pytest

from evals import retrieval
from kb import ingest
from kb.ingest import Given
from kb.settings import KbSettings
from tests.kb.fakes import FakeEmbedder

ENTRIES = [("7", "运费规则", "质量问题退货，运费由商家承担。"), ("9", "发票规则", "发票可以在订单页申请补开。")]
QUESTIONS = [("质量问题退货运费", ["7"]), ("发票补开", ["9"]), ("运费与发票", ["7", "9"])]
SAMPLE = Path(ingest.__file__).parent / "sample"


@pytest.fixture
def collection(tmp_path: Path) -> tuple[Path, Path]:
    corpus, queries = tmp_path / "corpus.jsonl", tmp_path / "queries.jsonl"
    corpus.write_text("\n".join(json.dumps({"id": id_, "title": title, "text": text}) for id_, title, text in ENTRIES))
    queries.write_text("\n".join(json.dumps({"id": 1, "query": query, "gold_ids": gold}) for query, gold in QUESTIONS))
    return corpus, queries


def test_figures_of_another_collection(collection: tuple[Path, Path], tmp_path: Path) -> None:
    corpus, queries = collection
    asked = retrieval.other_questions(queries)
    with retrieval.other_base(KbSettings(home=tmp_path / "home"), FakeEmbedder(), corpus) as base:
        measured = retrieval.measure(base, asked, retrieval.by_document)
    assert set(measured) == {"lexical", "dense", "hybrid"}
    found = measured["hybrid"]["ranking"]["all"]
    assert found["questions"] == 3
    assert found["hit@1"]["value"] == found["all@4"]["value"] == 1.0
    assert measured["hybrid"]["confidence"]["all"]["right"] == 3


def test_belief_counts_what_deserved_it() -> None:
    belief = retrieval.Belief()
    for right, believed in ((True, True), (True, False), (False, True), (False, False), (True, True)):
        belief.count(right, believed)
    told = belief.as_dict()
    assert (told["right"], told["believed"]) == (3, 3)
    assert told["believed_and_right"]["value"] == told["right_and_believed"]["value"] == 0.667


def test_bare_leaves_the_wordings_out(tmp_path: Path) -> None:
    with retrieval.sample_base(KbSettings(home=tmp_path / "home"), None, bare=True) as base:
        documents = base.list_documents()
        policy = next(one for one in documents if one.source_name == "policy-returns.md")
        assert all(not clause.questions for clause in base.clauses(policy.document_id))


def test_questions_stay_clear_of_their_clauses() -> None:
    """No question shares more than a third of its character pairs with a clause that answers it."""
    texts: dict[str, list[str]] = {}
    for path in sorted(SAMPLE.glob("*.md")):
        for draft in ingest.prepare(path.name, path.read_bytes(), Given()).drafts:
            texts.setdefault(draft.anchor or "", []).append(draft.text)
    asked = retrieval.sample_questions()
    assert len(asked) >= 400
    for one in asked:
        assert all(anchor in texts for anchor in one.gold), one
        for anchor in one.gold:
            for text in texts[anchor]:
                assert _shared(one.query, text) <= 1 / 3 + 1e-9, (one.query, anchor)


def _shared(query: str, text: str) -> float:
    pairs = _pairs(query)
    return len(pairs & _pairs(text)) / len(pairs) if pairs else 0.0


def _pairs(text: str) -> set[str]:
    letters = re.sub(r"[^\w]", "", text)
    return {letters[place : place + 2] for place in range(len(letters) - 1)}
