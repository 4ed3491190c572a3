"""Old Office formats: through LibreOffice where it is installed, else a word on what to do."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from kb.errors import UnreadableFile, UnsupportedFormat
from kb.ingest import Given, prepare
from kb.loaders import office
from tests.kb.loaders.documents import FILES, data, in_order, loaded

DOC, XLS = "旧版门店退换货操作规程.doc", "旧版售后FAQ.xls"
needs_libreoffice = pytest.mark.skipif(
    not (shutil.which("soffice") or shutil.which("libreoffice")), reason="LibreOffice is not installed"
)


@needs_libreoffice
def test_doc_reads_like_its_docx() -> None:
    found = loaded(office.load, DOC)
    assert found.encoding == "doc"
    assert in_order(
        found.text,
        [
            "# 门店退换货操作规程\n",
            "一、受理",
            "1. 七天以内",
            "3. 店长不在",
            "| 银行卡 | 3 个工作日 |",
            "- 原包装和赠品",
        ],
    )
    assert "内部口径" not in found.text


@needs_libreoffice
def test_xls_reads_like_its_xlsx() -> None:
    text = loaded(office.load, XLS).text
    assert in_order(text, ["## 一、退货", "### 七天无理由退货，运费谁出？", "### 换货要等多久？"])
    assert "十五个工作日" not in text


@needs_libreoffice
def test_old_and_open_document_sheets_give_the_clauses_of_the_new_ones(tmp_path: Path) -> None:
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'p').as_uri()}", "--headless", "--convert-to", "ods"]
    source = str(FILES / "售后FAQ.xlsx")
    subprocess.run([*command, "--outdir", str(tmp_path), source], check=True, capture_output=True, timeout=120)
    new = prepare("售后FAQ.xlsx", data("售后FAQ.xlsx"), Given()).drafts
    assert prepare("售后FAQ.ods", (tmp_path / "售后FAQ.ods").read_bytes(), Given()).drafts == new
    assert prepare("售后FAQ.xls", data(XLS), Given()).drafts == new


@needs_libreoffice
def test_ppt_reads_like_its_pptx(tmp_path: Path) -> None:
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'p').as_uri()}", "--headless", "--convert-to", "ppt"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(FILES / "客服培训.pptx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    found = office.load("培训.ppt", (tmp_path / "客服培训.ppt").read_bytes())
    assert in_order(
        found.text, ["# 新人客服培训", "## 首次答复", "- 先确认订单", "备注：讲师提示", "| 一级 | 客服总监 |"]
    )


@needs_libreoffice
def test_what_libreoffice_cannot_open_is_an_error_and_nothing_stays_behind() -> None:
    before = set(Path(tempfile.gettempdir()).glob("kb-office-*"))
    with pytest.raises(UnreadableFile, match=r"^坏\.doc: "):
        office.load("坏.doc", data(DOC)[:1500])
    assert set(Path(tempfile.gettempdir()).glob("kb-office-*")) <= before


@needs_libreoffice
def test_a_conversion_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "TIMEOUT_SECONDS", 0.05)
    with pytest.raises(UnreadableFile, match="did not convert it within"):
        office.load("a.doc", data(DOC))


def test_without_libreoffice_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnsupportedFormat, match=r"^a\.doc: .*save the file as docx"):
        office.load("a.doc", data(DOC))
    with pytest.raises(UnsupportedFormat, match="xlsx"):
        office.load("a.xls", data(XLS))


def test_a_new_file_under_an_old_name_needs_no_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "第一条" in office.load("办法.doc", data("售后服务管理办法.docx")).text
    assert "### 换货" in office.load("问答.xls", data("售后FAQ.xlsx")).text


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.doc", b"", UnreadableFile),
        ("a.doc", "退货规则".encode(), UnreadableFile),
        ("a.rtf", data(DOC), UnreadableFile),
        ("a.odt", b"\x00\x01", UnreadableFile),
        ("a.wps", data(DOC), UnsupportedFormat),
    ],
)  # fmt: skip
def test_other_content_never_reaches_libreoffice(name: str, content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=name.replace(".", r"\.")):
        office.load(name, content)
