"""The committed documents as a whole: plain text in old encodings, sizes, and that damage never ends in a traceback."""

import random

import pytest

from kb.errors import KbError
from kb.loaders import docx, html, pdf, sheet, slides, txt
from tests.kb.loaders.documents import FILES, Loader, data

LOADERS: list[tuple[Loader, str]] = [
    (docx.load, "售后服务管理办法.docx"), (docx.load, "门店退换货操作规程.docx"), (sheet.load, "售后FAQ.xlsx"), (slides.load, "客服培训.pptx"),
    (pdf.load, "双语保修卡.pdf"), (html.load, "帮助中心.html"), (sheet.load, "促销问答.csv"),
]  # fmt: skip


def test_gb18030_and_big5_text() -> None:
    notice = txt.load("开票须知.txt", data("开票须知.txt"))
    assert (notice.encoding, notice.text[:4]) == ("gb18030", "开票须知")
    claims = txt.load("物流理賠說明.txt", data("物流理賠說明.txt"))
    assert claims.encoding == "big5"
    assert "簽收時發現外箱破損" in claims.text


def test_there_are_enough_documents_and_none_is_large() -> None:
    files = [path for path in FILES.iterdir() if path.is_file() and path.suffix != ".py"]
    assert len(files) >= 20
    assert max(path.stat().st_size for path in files) < 200_000


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("loader", "name"), LOADERS)
def test_damage_anywhere_gives_text_or_a_named_error(loader: Loader, name: str) -> None:
    """Bytes flipped and ends cut off at random places (fixed seed): nothing but a KbError that names the file."""
    chance = random.Random(20250618)
    original = data(name)
    for _ in range(12):
        broken = bytearray(original[: chance.randrange(len(original))] if chance.random() < 0.4 else original)
        for _ in range(chance.randrange(1, 6)):
            if broken:
                broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            outcome = loader(name, bytes(broken)).text.strip()
        except KbError as error:
            outcome = error.message if error.message.startswith(name) else ""
        assert outcome


@pytest.mark.parametrize(("loader", "name"), LOADERS)
def test_reports_name_lines_of_the_text(loader: Loader, name: str) -> None:
    found = loader(name, data(name))
    assert found.markdown
    lines = found.text.count("\n") + 1
    assert all(1 <= item.line <= lines for item in (*found.dropped, *found.unrepaired))
