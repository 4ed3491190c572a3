"""What was learned for a model: maps, neighbours, borrowed questions, and that a new file rebuilds the projections."""

from pathlib import Path

import numpy as np
import pytest

from kb.embed import unit_rows
from kb.index import tuning
from kb.models import SearchRequest
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from kb.tune import Lesson, Maps, train, write
from tests.kb.fakes import FakeEmbedder

LESSONS = (
    Lesson("商品存在质量问题的，退回运费由商家承担。", ("邮费谁出钱", "寄回去要我掏腰包不")),
    Lesson("发票可以在订单页申请补开，开具后发送至邮箱。", ("票子没给我开", "抬头忘填了咋整")),
)


def plain(size: int) -> Maps:
    zero, one = np.zeros(size, np.float32), np.eye(size, dtype=np.float32)
    return Maps(one, zero, one.copy(), zero.copy())


@pytest.fixture
def learned(tmp_path: Path) -> Path:
    """A tuning file for the fake embedder."""
    fake = FakeEmbedder()
    file = tmp_path / "tuning.npz"
    passages = fake.embed_documents([lesson.passage for lesson in LESSONS])
    questions = np.stack([fake.embed_query(question) for lesson in LESSONS for question in lesson.questions])
    write(file, fake.name, plain(fake.dims), LESSONS, passages, questions)
    return file


def opened(home: Path, file: Path) -> KnowledgeBase:
    return KnowledgeBase.open(KbSettings(home=home, tuning_file=file), embedder=FakeEmbedder())


def add(base: KnowledgeBase, text: str, name: str = "one.md") -> None:
    base.add_text(name, text.encode(), kind="policy", publish=True, actor="t")


def first(base: KnowledgeBase, query: str) -> str:
    return base.search(SearchRequest(query=query), lexical=True).hits[0].text


CLAUSES = "# 规则\n## 甲\n商品存在质量问题，退回运费由商家承担，凭运单报销。\n## 乙\n申请补开发票请在订单页提交，开具后发送至邮箱。\n"


def test_a_clause_borrows_what_people_ask_about_such_passages(learned: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "home", learned) as base:
        add(base, CLAUSES)
        assert first(base, "邮费谁出钱").startswith("商品存在质量问题")
        assert first(base, "票子没给我开").startswith("申请补开发票")
        assert all("邮费" not in clause.text for clause in base.clauses(base.list_documents()[0].document_id))


def test_a_clause_with_wordings_borrows_none(learned: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "home", learned) as base:
        add(base, CLAUSES.replace("## 甲\n", "## 甲\n<!-- 问法：退回的钱谁付 -->\n"))
        hits = base.search(SearchRequest(query="掏腰包"), lexical=True).hits
        assert not any(hit.text.startswith("商品存在质量问题") for hit in hits)


def test_another_model_is_left_alone(learned: Path) -> None:
    assert tuning.tuning_for("some other model", learned) is None


def test_without_the_file_nothing_is_borrowed(tmp_path: Path) -> None:
    with opened(tmp_path / "home", tmp_path / "absent.npz") as base:
        add(base, CLAUSES)
        assert not base.search(SearchRequest(query="掏腰包"), lexical=True).hits


def test_a_new_file_rebuilds_without_embedding(learned: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "home", tmp_path / "absent.npz") as base:
        add(base, CLAUSES)
    fake = FakeEmbedder()
    with KnowledgeBase.open(KbSettings(home=tmp_path / "home", tuning_file=learned), embedder=fake) as base:
        assert first(base, "邮费谁出钱").startswith("商品存在质量问题")
        assert base.drift().clean
    assert fake.embedded == []


def test_vectors_come_out_as_units_near_their_questions(learned: Path) -> None:
    found = tuning.tuning_for(FakeEmbedder().name, learned)
    assert found is not None
    rows = FakeEmbedder().embed_documents([lesson.passage for lesson in LESSONS])
    near = found.neighbours(rows)
    assert [places[0] for places in near] == [0, 1]
    lent = found.lent(rows[0], near[0])
    asked = FakeEmbedder().embed_query("邮费谁出钱")
    assert float(np.linalg.norm(lent)) == pytest.approx(1.0, abs=1e-5)
    assert float(lent @ asked) > float(rows[0] @ asked)


def test_training_brings_questions_to_their_passages() -> None:
    random = np.random.default_rng(3)
    passages = unit_rows(random.normal(size=(12, 32)))
    turn = np.linalg.qr(random.normal(size=(32, 32)))[0].astype(np.float32)
    owner = np.repeat(np.arange(12), 4)
    questions = unit_rows(passages[owner] @ turn + 0.1 * random.normal(size=(48, 32)).astype(np.float32))
    maps, _ = train(passages, questions, owner)

    def right(question: np.ndarray, passage: np.ndarray) -> float:
        return float((np.argmax(question @ passage.T, axis=1) == owner).mean())

    mapped = right(
        unit_rows((questions - maps.question_mean) @ maps.question),
        unit_rows((passages - maps.passage_mean) @ maps.passage),
    )
    assert mapped > right(questions, passages) + 0.3


def test_a_process_without_a_model_leaves_borrowed_words_alone(learned: Path, tmp_path: Path) -> None:
    settings = KbSettings(home=tmp_path / "home", tuning_file=learned)
    with opened(tmp_path / "home", learned) as base:
        add(base, CLAUSES)
    state = next((tmp_path / "home" / "index").glob("tantivy-*.json"))
    before = (state.read_bytes(), state.stat().st_mtime_ns)
    with KnowledgeBase.open(settings, embedder=None) as base:
        assert first(base, "邮费谁出钱").startswith("商品存在质量问题")
    assert (state.read_bytes(), state.stat().st_mtime_ns) == before
    with KnowledgeBase.open(settings, embedder=None) as base:
        add(base, "# 补充\n## 丙\n开票信息由买家填写，票面抬头以买家填写为准。\n", "two.md")
    with opened(tmp_path / "home", learned) as base:
        hits = base.search(SearchRequest(query="抬头忘填了咋整"), lexical=True).hits
        assert any(hit.text.startswith("开票信息") for hit in hits)
        assert base.drift().clean
