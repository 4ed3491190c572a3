"""Spreadsheets: FAQ sheets as people keep them, other tables, separated text."""

import io
from datetime import datetime, time

import pytest
from openpyxl import Workbook

from kb.errors import EmptyDocument, EncryptedFile, FileTooLarge, UnreadableFile, UnsupportedFormat
from kb.loaders import sheet, sheet_grid
from kb.loaders.cells import shown
from kb.loaders.loaded import Entry
from tests.kb.loaders.documents import changed, data, dropped, flagged, in_order, loaded

FAQ = "售后FAQ.xlsx"


def book(*rows: tuple[object, ...]) -> bytes:
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def test_one_row_is_one_entry_under_its_section() -> None:
    text = loaded(sheet.load, FAQ).text
    assert in_order(
        text,
        ["# 云栖家居售后常见问题汇总\n", "整理：客服二组", "## 一、退货\n", "### 七天无理由退货，运费谁出？\n\n客户自己寄回",
         "### 拆封了还能退吗\n\n1. 不影响二次销售的，可以退；\n2. 贴身", "## 二、换货\n", "### 换货要等多久？", "## 英文站\n", "### How do I return a lamp?\n\nAsk"],
    )  # fmt: skip


def test_a_question_merged_over_rows_keeps_all_its_answers() -> None:
    text = loaded(sheet.load, FAQ).text
    assert text.count("### 换货要等多久？") == 2  # one for each platform
    assert in_order(
        text,
        [
            "### 换货要等多久？",
            "两天内寄出新货。",
            "### 换货要等多久？",
            "预售商品按页面标明的发货时间。",
            "### #",
        ],
    )


def test_what_is_retired_hidden_or_only_for_keepers_is_reported() -> None:
    found = loaded(sheet.load, FAQ)
    for words in ("十五个工作日", "三天。", "小周", "法务", "序号"):
        assert words not in found.text
    assert "十五个工作日内审核。" in dropped(found, "标为停用的行")[0]
    assert dropped(found, "隐藏的工作表") == ["旧版勿删：问题 答案 退货有几天？ 三天。"]
    assert dropped(found, "管理栏") == ["序号", "更新人"]
    assert dropped(found, "批注") == ["退换货!C6：法务已看过"]
    assert len(dropped(found, "重复的表头")) == 1
    assert flagged(found, "question_without_answer") == ["尺码换大一号要补钱吗？"]


def test_an_answer_that_looks_like_a_heading_stays_an_answer() -> None:
    assert "\n\\# 号是快递柜的格口号，\n" in loaded(sheet.load, FAQ).text


@pytest.mark.parametrize(
    "header",
    [("问题", "答案"), ("标准问", "标准话术"), ("*客户问题", "回复内容（200字内）"), ("Question / 问题", "Answer / 答案"), ("Q", "A"),
     ("问题\n(Question)", "答复")],
)  # fmt: skip
def test_headers_by_other_names(header: tuple[str, str]) -> None:
    text = sheet.load("a.xlsx", book(header, ("能开发票吗？", "能，在订单页申请。"))).text
    assert text == "# a\n\n### 能开发票吗？\n\n能，在订单页申请。\n"


def test_several_answers_keep_their_labels_and_wordings_leave_the_text() -> None:
    found = sheet.load(
        "a.xlsx",
        book(
            ("问题", "相似问法", "京东", "标准话术", "处理方案"),
            ("少发了怎么办？", "漏发；少一件", "是", "抱歉让您少收了商品。", "核实后补寄"),
        ),
    )
    assert in_order(found.text, ["### 少发了怎么办？", "标准话术：抱歉", "处理方案：核实后补寄", "京东：是"])
    assert "漏发" not in found.text
    assert [entry.wordings for entry in found.entries if isinstance(entry, Entry)] == [("漏发；少一件",)]


def test_a_table_that_is_no_faq_gives_each_row_its_header() -> None:
    found = loaded(sheet.load, "运费与时效.xlsx")
    assert found.text.startswith("# 2025 年发货与理赔标准\n")
    assert (
        "- 仓库：成都仓；时效·普通：4天；时效·加急：2天；理赔·比例：65%；理赔·上限：¥1,200.50；生效日期：2025-06-18\n"
        in found.text
    )
    assert "广州仓" not in found.text
    assert "Sheet!A7：广州仓" in dropped(found, "划掉的内容")
    assert flagged(found, "formula_without_value") == ["Sheet!E6 的公式没有存下结果：=SUM(E4:E5)"]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (7, '0"天"', "7天"), (0.15, "0%", "15%"), (0.125, "0.0%", "12.5%"), (1200.5, '"¥"#,##0.00', "¥1,200.50"),
        (99, "[$¥-804]#,##0", "¥99"), (3, "General", "3"), (3.0, "General", "3"), (0.1 + 0.2, "General", "0.3"),
        (12, '0"元/件";[Red]-0', "12元/件"), (True, "General", "是"), (datetime(2025, 4, 1), "yyyy-mm-dd", "2025-04-01"),
        (datetime(2025, 4, 1, 9, 30), "general", "2025-04-01 09:30"), (time(21, 0), "h:mm", "21:00:00"),
        (" 两行\r\n文字 ", "@", "两行\n文字"), (None, "General", ""),
    ],
)  # fmt: skip
def test_cells_look_as_on_the_screen(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text


def test_csv_in_gbk_with_line_breaks_in_cells() -> None:
    found = loaded(sheet.load, "促销问答.csv")
    assert found.encoding == "gb18030"
    assert "是否为指定商品。\n三点都符合仍不能用的，截图发给客服核实。\n" in found.text
    assert found.text.count("### ") == 3


def test_tsv_in_utf16() -> None:
    found = loaded(sheet.load, "运费.tsv")
    assert "- 地区：西藏、新疆；首重价格：22元；续重价格：15元；说明：偏远乡镇另加5元\n" in found.text
    assert "- 地区：京津冀；首重价格：10元；续重价格：4元\n" in found.text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = [("问题", "答案"), ("能退吗？", "能，七天内；吊牌要在"), ("谁出运费？", "客户，质量问题除外")]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert "### 谁出运费？\n\n客户，质量问题除外\n" in sheet.load("a.csv", text.encode()).text


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("a.xlsx", b"", UnreadableFile, "empty"),
        ("a.xlsx", data(FAQ)[:3000], UnreadableFile, "damaged"),
        ("a.xlsx", data("加密办法.docx"), EncryptedFile, "remove the password"),
        ("a.xlsx", data("旧版售后FAQ.xls"), UnsupportedFormat, "old Office file"),
        ("a.xlsx", data("售后服务管理办法.docx"), UnreadableFile, "not a xlsx"),
        ("a.xlsx", book(), EmptyDocument, "no text"),
        ("a.csv", b"", UnreadableFile, "empty"),
        ("a.csv", b"\n\n,,\n", EmptyDocument, "no text"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(name: str, content: bytes, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        sheet.load(name, content)
    assert str(caught.value).startswith(name)


def test_a_broken_part_inside_is_an_error() -> None:
    broken = changed(data(FAQ), "xl/worksheets/sheet1.xml", lambda content: content[: len(content) // 2])
    with pytest.raises(UnreadableFile, match="not a whole xlsx"):
        sheet.load("a.xlsx", broken)


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_grid, "MAX_ROWS", 3)
    rows = (("问题", "答案"), *((f"第{number}问？", "答") for number in range(4)))
    with pytest.raises(FileTooLarge, match="more than 3 rows"):
        sheet.load("a.xlsx", book(*rows))
    with pytest.raises(FileTooLarge, match="more than 3 rows"):
        sheet.load("a.csv", "\n".join(",".join(row) for row in rows).encode())


def test_words_far_to_the_right_are_not_lost_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_grid, "MAX_COLUMNS", 2)
    with pytest.raises(FileTooLarge, match=r"^a\.xlsx: sheet Sheet has words beyond column 2"):
        sheet.load("a.xlsx", book(("甲", "乙", "丙"), ("1", "2", "3")))
