"""What becomes of archives, folders with files of one name, locked files and rows of a sheet."""

import io
import zipfile
from pathlib import Path

from kb.models import IngestFailure, IngestReport, SearchRequest
from kb.service import KnowledgeBase


def _report(result: IngestReport | IngestFailure) -> IngestReport:
    assert isinstance(result, IngestReport), result
    return result


def _zipped(*files: tuple[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for path, text in files:
            made.writestr(path, text)
    return target.getvalue()


def test_members_of_one_name_are_different_documents(lexical: KnowledgeBase, tmp_path: Path) -> None:
    file = tmp_path / "资料.zip"
    file.write_bytes(
        _zipped(
            ("资料/京东/退货.md", "# 退货\n京东的规则。"), ("资料/天猫/退货.md", "# 退货\n天猫的规则。"), ("资料/运费.md", "# 运费\n一样的规则。"),
            ("资料/退货.md", "# 退货\n共同的规则。"),
        )
    )  # fmt: skip
    reports = [_report(result) for result in lexical.add_path(file, kind="policy", publish=True, actor="t")]
    assert [report.source_name for report in reports] == ["京东/退货.md", "天猫/退货.md", "运费.md", "资料/退货.md"]
    assert len({report.document_id for report in reports}) == 4
    assert all(report.version == 1 for report in reports)
    alone = lexical.add_text("运费.md", "# 运费\n一样的规则。".encode(), kind="policy", actor="t")
    assert alone.document_id == reports[2].document_id
    assert [_report(result).unchanged for result in lexical.add_path(file, kind="policy", actor="t")] == [True] * 4


def test_files_of_one_name_in_a_folder_and_in_its_archives(lexical: KnowledgeBase, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    for path in ("jd/a/rule.md", "tmall/a/rule.md", "rule.md", "jd/only.md"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"# 规则\n{path} 的规则。", encoding="utf-8")
    (folder / "pack.zip").write_bytes(_zipped(("a/rule.md", "# 规则\n包里的规则。"), ("x/new.md", "# 新\n新规则。")))
    (folder / "broken.zip").write_bytes(b"PK\x03\x04")
    results = lexical.add_path(folder, kind="policy", actor="t")
    names = [result.source_name for result in results]
    assert sorted(names) == sorted(
        ["broken.zip", "jd/a/rule.md", "only.md", "pack.zip/a/rule.md", "new.md", "rule.md", "tmall/a/rule.md"]
    )
    assert len({result.document_id for result in results if isinstance(result, IngestReport)}) == 6
    assert lexical.add_path(folder / "jd" / "a" / "rule.md", actor="t")[0].source_name == "rule.md"


def test_a_locked_file_is_a_failure_of_its_own_kind(lexical: KnowledgeBase, tmp_path: Path) -> None:
    content = (Path(__file__).parent / "files" / "加密办法.docx").read_bytes()
    file = tmp_path / "口径.zip"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("口径.docx", content)
        made.writestr("规则.txt", "一、可以退货。")
    locked, fine = lexical.add_path(file, kind="policy", actor="t")
    assert isinstance(locked, IngestFailure)
    assert (locked.code, locked.source_name) == ("encrypted_file", "口径.docx")
    assert "remove the password" in locked.message
    assert isinstance(fine, IngestReport)


def test_rows_of_a_sheet_keep_their_ids_by_platform(lexical: KnowledgeBase) -> None:
    def ids(platforms: str) -> dict[str | None, str]:
        sheet = f"问题,答案,平台\n能退吗？,七天内能退。,{platforms}\n"
        report = lexical.add_text("faq.csv", sheet.encode(), kind="faq", actor="t")
        return {clause.platform: clause.clause_id for clause in lexical.clauses(report.document_id)}

    both, one = ids("京东、天猫"), ids("天猫")
    assert len(set(both.values())) == 2
    assert one == {"tmall": both["tmall"]}


def test_a_sheet_answers_on_its_platforms_and_by_its_wordings(lexical: KnowledgeBase) -> None:
    sheet = "问题,相似问,答案,平台,可见范围\n运费谁出？,寄回去花的钱算谁的,质量问题由商家承担。,京东/天猫,客户可见\n额度多少？,,每单五元以内。,,主管\n"
    lexical.add_text("faq.csv", sheet.encode(), kind="faq", publish=True, actor="t")
    for platform, count in (("jd", 1), ("tmall", 1), ("own", 0)):
        hits = lexical.search(SearchRequest(query="寄回去花的钱算谁的", platform=platform)).hits
        assert [hit.text for hit in hits].count("质量问题由商家承担。") == count
    hidden = lexical.search(SearchRequest(query="额度多少", audiences=("customer",))).hits
    assert "每单五元以内。" not in [hit.text for hit in hidden]
