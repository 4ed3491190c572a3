"""What becomes of a file: identity, kind, title, ids that survive edits, failures that leave nothing behind."""

from datetime import date
from pathlib import Path

import pytest

from kb.errors import (
    EmptyDocument,
    FileTooLarge,
    FrontMatterError,
    InvalidMetadata,
    KbError,
    UnsupportedFormat,
)
from kb.ingest import Given, prepare
from kb.models import IngestFailure, IngestReport
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from kb.store import repository
from tests.kb import pages
from tests.kb.fakes import FakeEmbedder

POLICY = """---
title: 运费政策
kind: policy
platform: jd
owner: 运营部
---
# 运费
### 质量问题 {#freight.quality}
因商品质量问题退货的，往返运费由商家承担。

### 无理由 {#freight.no-reason}
无理由退货的，退回运费由客户承担，有运费险的除外。
"""


def _report(result: IngestReport | IngestFailure) -> IngestReport:
    assert isinstance(result, IngestReport), result
    return result


def test_front_matter_and_defaults(lexical: KnowledgeBase) -> None:
    report = lexical.add_text("freight.md", POLICY.encode(), actor="t")
    document = lexical.get_document(report.document_id)
    assert (document.title, document.kind, document.platform, document.audience) == (
        "运费政策",
        "policy",
        "jd",
        "customer",
    )
    assert document.metadata == {"owner": "运营部"}
    assert (report.state, report.version, report.clauses) == ("draft", 1, 2)


def test_what_the_caller_gives_outranks_front_matter(lexical: KnowledgeBase) -> None:
    report = lexical.add_text(
        "freight.md", POLICY.encode(), kind="sop", platform="tmall", title="别的", valid_to=date(2030, 1, 1), actor="t"
    )
    document = lexical.get_document(report.document_id)
    assert (document.title, document.kind, document.platform, document.audience) == ("别的", "sop", "tmall", "agent")
    assert lexical.clauses(report.document_id)[0].valid_to == date(2030, 1, 1)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [("常见问题.txt", "可以退货吗。可以。", "faq"), ("a.txt", "客服处理流程\n一、先登记。", "sop"), ("退货政策.txt", "可以退货。", "policy"),
     ("x.txt", "随便写写，没有线索。", "sop")],
)  # fmt: skip
def test_a_kind_that_nobody_gives_is_told_from_the_name_with_a_warning(
    lexical: KnowledgeBase, name: str, text: str, kind: str
) -> None:
    report = lexical.add_text(name, text.encode(), actor="t")
    assert lexical.get_document(report.document_id).kind == kind
    assert any("kind" in warning for warning in report.warnings)


def test_identity_is_name_and_scope(lexical: KnowledgeBase) -> None:
    first = lexical.add_text("a.txt", "甲条款。".encode(), kind="sop", actor="t")
    again = lexical.add_text("a.txt", "乙条款。".encode(), kind="sop", actor="t")
    other = lexical.add_text("a.txt", "乙条款。".encode(), kind="sop", platform="jd", actor="t")
    assert (again.document_id, again.version) == (first.document_id, 2)
    assert (other.document_id != first.document_id, other.version) == (True, 1)


def test_the_same_content_makes_no_version(lexical: KnowledgeBase) -> None:
    first = lexical.add_text("freight.md", POLICY.encode(), actor="t")
    again = lexical.add_text("freight.md", POLICY.encode("utf-16"), actor="t")
    assert again.unchanged
    assert again.version == first.version == 1
    published = lexical.add_text("freight.md", POLICY.encode(), publish=True, actor="t")
    assert (published.unchanged, published.state) == (True, "published")
    assert len(lexical.versions(first.document_id)) == 1


def test_clause_ids_survive_edits_moves_and_new_neighbours(lexical: KnowledgeBase) -> None:
    first = lexical.add_text("sop.txt", pages.BODY.encode(), kind="sop", actor="t")
    before = {clause.text[:4]: clause.clause_id for clause in lexical.clauses(first.document_id)}
    edited = (
        pages.BODY.replace("三分钟内完成", "五分钟内完成，逾期由主管跟进")
        .replace("2.核实", "2.先安抚：先安抚客户的情绪，再说明会怎么办。3.核实")
        .replace("3.反馈", "4.反馈")
    )
    second = lexical.add_text("sop.txt", edited.encode(), kind="sop", actor="t")
    after = {clause.text[:4]: clause.clause_id for clause in lexical.clauses(second.document_id)}
    assert after["1.登记"] == before["1.登记"]
    assert after["3.核实"] == before["2.核实"]
    assert after["4.反馈"] == before["3.反馈"]
    assert after["2.先安"] not in before.values()
    assert second.unchanged_clauses == 3


def test_an_anchor_keeps_its_id_whatever_the_words(lexical: KnowledgeBase) -> None:
    first = lexical.add_text("freight.md", POLICY.encode(), actor="t")
    second = lexical.add_text("freight.md", POLICY.replace("往返运费由商家承担", "全部费用归商家").encode(), actor="t")
    old, new = lexical.clauses(first.document_id, 1)[0], lexical.clauses(second.document_id, 2)[0]
    assert (old.clause_id, old.anchor) == (new.clause_id, "freight.quality")
    assert old.sha256 != new.sha256
    assert lexical.get_clause(old.clause_id, 1).text != lexical.get_clause(old.clause_id, 2).text


def test_equal_clauses_have_different_ids(lexical: KnowledgeBase) -> None:
    text = (
        "1.请先登记订单号和商品名称，再联系仓库核实库存和物流。2.请先登记订单号和商品名称，再联系仓库核实库存和物流。"
    )
    report = lexical.add_text("a.txt", text.encode(), kind="sop", actor="t")
    ids = [clause.clause_id for clause in lexical.clauses(report.document_id)]
    assert len(set(ids)) == 2


def test_an_edit_embeds_only_what_changed(base: KnowledgeBase, embedder: FakeEmbedder) -> None:
    base.add_text("freight.md", POLICY.encode(), publish=True, actor="t")
    assert len(embedder.embedded) == 2
    base.add_text("freight.md", POLICY.replace("由客户承担", "由买家承担").encode(), publish=True, actor="t")
    assert len(embedder.embedded) == 3
    assert "由买家承担" in embedder.embedded[-1]
    base.rebuild()
    assert len(embedder.embedded) == 3


def test_a_folder_goes_on_after_a_broken_file(lexical: KnowledgeBase, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.md").write_text(POLICY, encoding="utf-8")
    (folder / "b.md").write_text("---\nkind: rule\n---\n正文", encoding="utf-8")
    (folder / "deep" / "c.txt").write_text("仓库收到退件后当天登记。", encoding="gb18030")
    (folder / "d.txt").write_bytes(b"")
    (folder / "e.exe").write_bytes(b"MZ")
    (folder / ".hidden").write_text("x")
    steps: list[tuple[str, int, int]] = []
    results = lexical.add_path(folder, publish=True, actor="t", progress=lambda *step: steps.append(step))
    codes = {result.source_name: getattr(result, "code", "ok") for result in results}
    assert codes == {
        "a.md": "ok", "b.md": "front_matter_error", "c.txt": "ok", "d.txt": "unreadable_file", "e.exe": "unsupported_format",
    }  # fmt: skip
    assert len(lexical.list_documents()) == 2
    assert ("add", 5, 5) in steps
    assert lexical.drift().clean


def test_a_path_that_is_not_there_is_a_failure(lexical: KnowledgeBase, tmp_path: Path) -> None:
    (result,) = lexical.add_path(tmp_path / "none.txt", actor="t")
    assert isinstance(result, IngestFailure)
    assert result.code == "unreadable_file"


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.txt", "<!-- 空 -->".encode(), EmptyDocument),
        ("a.pdfx", b"x", UnsupportedFormat),
        ("a.txt", b"x" * 2000, FileTooLarge),
        ("a.md", b"---\nkind: x\n---\nx", FrontMatterError),
    ],
)
def test_a_bad_text_raises_and_writes_nothing(home: Path, name: str, data: bytes, error: type[KbError]) -> None:
    with KnowledgeBase.open(KbSettings(home=home, max_file_bytes=1000), embedder=None) as base:
        with pytest.raises(error) as caught:
            base.add_text(name, data, kind="sop", actor="t")
        assert name in caught.value.message
        assert base.list_documents() == []


@pytest.mark.parametrize("given", [{"kind": "law"}, {"platform": "京东"}, {"audience": "all"}])
def test_bad_arguments_are_named(lexical: KnowledgeBase, given: dict[str, str]) -> None:
    with pytest.raises(InvalidMetadata, match=next(iter(given))):
        lexical.add_text("a.txt", "一句话。".encode(), actor="t", **given)  # type: ignore[arg-type]


def test_days_the_wrong_way_round_are_refused(lexical: KnowledgeBase) -> None:
    with pytest.raises(InvalidMetadata, match="valid_to"):
        lexical.add_text(
            "freight.md", POLICY.encode(), valid_from=date(2025, 1, 2), valid_to=date(2025, 1, 1), actor="t"
        )


def test_a_write_that_fails_half_way_leaves_nothing(lexical: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KbError("the disk is full")

    monkeypatch.setattr(repository, "publish", fail)
    with pytest.raises(KbError, match="disk"):
        lexical.add_text("freight.md", POLICY.encode(), publish=True, actor="t")
    assert lexical.list_documents() == []
    assert lexical.snapshot() == "kb-0"


def test_a_scraped_page_comes_in_clean(lexical: KnowledgeBase, tmp_path: Path) -> None:
    file = tmp_path / "000_ab.txt"
    file.write_text(pages.HEAD_A + pages.glossed(pages.BODY) + pages.FOOT_A, encoding="utf-8")
    (result,) = lexical.add_path(file, kind="sop", publish=True, actor="t")
    report = _report(result)
    assert report.title == "门店客服手册"
    assert report.dropped
    assert not any("下载" in clause.text or "本站" in clause.text for clause in lexical.clauses(report.document_id))


def test_a_file_that_is_there_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "policy.md"
    source.write_text("---\nkind: policy\n---\n# 规则\n## 运费\n质量问题退货，运费由商家承担。\n", encoding="utf-8")
    with KnowledgeBase.open(KbSettings(home=tmp_path / "home"), embedder=None) as base:
        (first,) = base.add_path(source, publish=True, actor="a")
        monkeypatch.setattr("kb.ingest.prepare", lambda *_: pytest.fail("the file was read again"))
        (again,) = base.add_path(source, publish=True, actor="a")
        assert isinstance(first, IngestReport)
        assert isinstance(again, IngestReport)
        assert (again.document_id, again.version, again.state) == (first.document_id, 1, "published")
        assert again.unchanged
        monkeypatch.undo()
        base.retire(first.document_id, actor="a")
        (renewed,) = base.add_path(source, publish=True, actor="a")
        assert isinstance(renewed, IngestReport)
        assert renewed.version == 2


def test_a_comment_over_several_lines_is_dropped_and_reported() -> None:
    text = "# 规则\n## 甲\n<!-- 内部备注\n第二行 -->\n质量问题退货，运费由商家承担。\n"
    prepared = prepare("x.md", text.encode(), Given(kind="policy"))
    assert [draft.text for draft in prepared.drafts] == ["质量问题退货，运费由商家承担。"]
    assert any("内部备注" in dropped.text for dropped in prepared.dropped)
