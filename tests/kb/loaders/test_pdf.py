"""PDF files: columns, furniture, hyphens, tables over pages, scans, and what cannot be opened."""

import io

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from kb.errors import EmptyDocument, EncryptedFile, FileTooLarge, UnreadableFile
from kb.loaders import pdf
from tests.kb.loaders.documents import data, dropped, flagged, in_order, loaded


def printed(pages: list[list[tuple[float, float, str]]], size: int = 11) -> bytes:
    """A PDF with each text at its place, measured from the page's lower left corner."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for page in pages:
        canvas.setFont("STSong-Light", size)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def test_two_columns_are_read_one_after_the_other_over_the_page_end() -> None:
    found = loaded(pdf.load, "上门安装手册.pdf")
    assert in_order(
        found.text,
        ["# 家电上门安装服务手册\n", "## 一、预约\n", "第二次改约的，订单退回派单台重新安排。\n", "写明原因和新的时间。\n", "## 二、上门\n",
         "师傅进门前出示工牌，穿好鞋套。开箱应当由客户在场，先查看外观，再清点配件；", "并把情况记在工单里。\n", "## 三、收费\n",
         "三个工作日内原路退回，并向客户说明经过。\n", "## 四、验收\n", "没有客户确认的工单，不得结单。\n"],
    )  # fmt: skip
    assert len([block for block in found.text.split("\n\n") if block.strip()]) == 12


def test_furniture_goes_and_is_reported_with_its_pages() -> None:
    found = loaded(pdf.load, "上门安装手册.pdf")
    assert "AZ-07" not in found.text
    assert "第 1 页" not in found.text
    assert dropped(found, "页眉") == ["云栖家电安装服务 AZ-07（2 页）"]
    assert dropped(found, "页码") == ["第 1 页共 2 页（2 页）"]


def test_lines_that_forms_repeat_in_their_text_are_no_furniture() -> None:
    body = [(72, 800.0, "第一步，核对订单，再登记诉求。"), (72, 500.0, "正文各不相同。")]
    text = pdf.load("a.pdf", printed([body, body, body])).text
    assert text.count("第一步，核对订单，再登记诉求。") == 3


def test_years_and_amounts_at_the_margin_are_no_page_numbers() -> None:
    pages = [[(72, 400.0, "正文说明退货的办法。"), (72, 40.0, text)] for text in ("2024", "199", "35")]
    text = pdf.load("a.pdf", printed(pages)).text
    assert all(number in text for number in ("2024", "199", "35"))


def test_a_table_over_the_page_end_stays_one_table() -> None:
    found = loaded(pdf.load, "生鲜理赔标准.pdf")
    assert found.text.count("| 品类 | 问题 | 处理方式 | 提出时间 |") == 1
    assert "| 熟食 | 漏气 | 全额退款，并留样 | 签收后 12 小时 |\n| 豆制品 |" in found.text
    assert in_order(found.text, ["客服在两小时内答复。", "| 水果 |", "| 活蟹 |", "## 例外", "因客户填错地址"])
    assert found.front_matter == {"title": "生鲜理赔标准"}


def test_hyphens_at_line_ends_go_but_compounds_keep_theirs() -> None:
    text = loaded(pdf.load, "双语保修卡.pdf").text
    assert "from the day of delivery. Please" in text
    assert "the technician of the after-sales team calls" in text
    assert "by an unsuitable dimmer" in text
    assert "按成本价收取材料费" in text


def test_a_watermark_is_taken_out_of_the_text() -> None:
    found = loaded(pdf.load, "双语保修卡.pdf")
    assert "勿外" not in found.text
    assert dropped(found, "水印或竖排文字") == ["第 1 页：样张请勿外传", "第 2 页：样张请勿外传"]


def test_a_scanned_page_is_reported_by_its_number() -> None:
    found = loaded(pdf.load, "含扫描页的通知.pdf")
    assert flagged(found, "page_without_text") == ["第 2 页是扫描图片，文字没有读出"]
    assert in_order(found.text, ["一、在线客服", "二、退货申请", "三、节后"])


def test_labels_before_values_are_no_columns() -> None:
    rows = [
        ("抬头", "云栖家居有限公司杭州分公司"),
        ("税号", "一串十八位的字母和数字"),
        ("地址", "西湖区文三路某号某室"),
        ("电话", "总机转客服部"),
    ]
    page = [
        (72 + column * 200, 700 - row * 20, text) for row, pair in enumerate(rows) for column, text in enumerate(pair)
    ]
    text = pdf.load("a.pdf", printed([page])).text
    assert in_order(text, ["抬头", "云栖家居", "税号", "一串", "地址", "西湖区", "电话", "总机"])


def test_three_columns_under_a_title() -> None:
    words = "客户提出退货后由客服先核对"
    page = [(72.0, 780.0, "三栏的通知，标题从左边一直写到右边，跨过所有的栏目")]
    page += [
        (72 + 170.0 * column, 740 - 18.0 * row, f"{'甲乙丙'[column]}{row}{words}"[:13])
        for row in range(6)
        for column in range(3)
    ]
    text = pdf.load("a.pdf", printed([page])).text
    assert in_order(text, ["三栏的通知", "甲0", "甲5", "乙0", "乙5", "丙0", "丙5"])


def test_list_items_stay_apart_and_wrapped_ones_whole() -> None:
    lines = ["1. 客户在七天内提出退货，商品完好、配件齐全的，客服当天审核通过并且",
             "发出退货地址；", "2. 超过七天的，转主管。"]  # fmt: skip
    text = pdf.load("a.pdf", printed([[(72, 700 - 17 * row, line) for row, line in enumerate(lines)]])).text
    assert (
        text
        == "1. 客户在七天内提出退货，商品完好、配件齐全的，客服当天审核通过并且发出退货地址；\n\n2. 超过七天的，转主管。\n"
    )


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"", UnreadableFile, "empty"),
        (b"PK\x03\x04", UnreadableFile, "not a PDF"),
        (data("截断.pdf"), UnreadableFile, "damaged"),
        (data("加密通知.pdf"), EncryptedFile, "remove the password"),
        (data("扫描件.pdf"), EmptyDocument, "all 2 pages are scans"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(content: bytes, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        pdf.load("通知.pdf", content)
    assert str(caught.value).startswith("通知.pdf")


def test_too_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 1)
    with pytest.raises(FileTooLarge, match="2 pages, at most 1"):
        pdf.load("a.pdf", data("双语保修卡.pdf"))
