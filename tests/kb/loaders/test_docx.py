"""Word documents: what LibreOffice writes, what people type by hand, and what a reader must not see."""

import io

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from kb.errors import EmptyDocument, EncryptedFile, FileTooLarge, UnreadableFile, UnsupportedFormat
from kb.loaders import docx, package
from tests.kb.loaders.documents import changed, data, dropped, flagged, in_order, loaded

RULES = "售后服务管理办法.docx"
STORE = "门店退换货操作规程.docx"


def saved(document: object) -> bytes:
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]
    return target.getvalue()


def test_numbers_that_word_only_shows_are_written_out() -> None:
    text = loaded(docx.load, RULES).text
    assert in_order(
        text,
        ["# 云栖家居售后服务管理办法\n", "# 第一章 总则\n", "第一条 为统一", "第二条 本办法", "# 第二章 退货与换货\n", "第三条 客户自",
         "第四条 受理时", "\n（一）订单编号", "\n（二）裂纹部位", "\n1. 整体一张", "\n2. 近景两张", "\n（三）外包装", "# 第三章 禁止事项",
         "\n- 不得以促销价", "\n- 不得让客户"],
    )  # fmt: skip


def test_tracked_changes_count_as_accepted_and_are_reported_at_their_line() -> None:
    found = loaded(docx.load, RULES)
    assert "自签收次日起三十日内发现结构开裂的，可以选择换货或者退货。" in found.text
    assert "十五日" not in found.text
    assert dropped(found, "修订中已删除") == ["十五日", "，安装费概不退还"]
    lines = found.text.split("\n")
    assert {lines[item.line - 1][:3] for item in found.dropped if item.reason == "修订中已删除"} == {"第三条"}


def test_headers_and_footers_are_left_out_and_reported() -> None:
    found = loaded(docx.load, RULES)
    assert "内部资料" not in found.text
    assert dropped(found, "页眉") == ["云栖家居 · 内部资料 YX-SH-2025-03"]
    assert len(dropped(found, "页脚")) == 1


def test_a_merged_cell_counts_in_every_row_and_column_that_it_covers() -> None:
    text = loaded(docx.load, RULES).text
    assert "| 商品 | 问题 | 首次答复 | 处理完成 |\n| --- | --- | --- | --- |\n" in text
    assert "| 家具 | 结构开裂 | 2 小时 | 7 天 |\n| 家具 | 五金缺件 | 2 小时 | 3 天 |\n" in text
    assert "| 灯具 | 频闪\\|不亮 | 当日换新 | 当日换新 |" in text
    assert "| 支付方式 | 普通会员 | 金卡会员 |" in loaded(docx.load, STORE).text


def test_a_footnote_follows_its_paragraph() -> None:
    text = loaded(docx.load, RULES).text
    assert in_order(text, ["灯具和床品[注1]。", "[注1] 定制柜体另按《定制商品服务约定》办理。", "# 第二章"])


def test_a_document_without_styles() -> None:
    found = loaded(docx.load, STORE)
    assert found.text.startswith("# 门店退换货操作规程\n\n一、受理\n")
    assert "1. 七天以内、吊牌齐全的，当场退货；\n2. 超过七天" in found.text
    assert "- 小票或者电子订单\n- 原包装和赠品\n" in found.text
    assert "\n注意：食品一经售出，除质量问题外，门店不受理退货。\n" in found.text, "a frame of one cell is a paragraph"
    assert in_order(found.text, ["优惠券不折现。\n", "门店热线每日九时至二十一时有人接听。\n", "详见会员服务章程"])


def test_hidden_words_stay_hidden() -> None:
    found = loaded(docx.load, STORE)
    assert "内部口径" not in found.text
    assert dropped(found, "隐藏文字") == ["内部口径：金卡会员可放宽到十天"]


def test_the_title_property_counts_only_where_the_text_agrees() -> None:
    assert loaded(docx.load, RULES).front_matter == {"title": "云栖家居售后服务管理办法"}
    assert loaded(docx.load, STORE).front_matter == {}, "a template's title is nobody's title"


def test_a_deleted_paragraph_mark_joins_two_paragraphs_and_deleted_rows_go() -> None:
    document = Document()
    for text in ("质量问题由本店承担", "往返运费。", "其余自理。"):
        document.add_paragraph(text)
    mark = parse_xml(f'<w:pPr {nsdecls("w")}><w:rPr><w:del w:id="1" w:author="x"/></w:rPr></w:pPr>')
    document.paragraphs[0]._p.insert(0, mark)
    table = document.add_table(rows=3, cols=2)
    for row, cells in enumerate((("地区", "运费"), ("本省", "6 元"), ("外省", "9 元"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.rows[1]._tr.insert(0, parse_xml(f'<w:trPr {nsdecls("w")}><w:del w:id="2" w:author="x"/></w:trPr>'))
    found = docx.load("a.docx", saved(document))
    assert found.text.startswith("质量问题由本店承担往返运费。\n\n其余自理。\n")
    assert "本省" not in found.text
    assert dropped(found, "修订中已删除") == ["本省 6 元"]


def test_the_contents_list_and_comments_are_reported_not_read() -> None:
    document = Document()
    document.add_heading("退款规则", 1)
    entry = document.styles.add_style("toc 1", 1)
    document.add_paragraph("一、时限\t1", style=entry)
    run = document.add_paragraph("退款于两日内到账。").runs[0]
    document.add_comment(run, text="法务：待确认", author="法务")
    found = docx.load("a.docx", saved(document))
    assert found.text == "# 退款规则\n\n退款于两日内到账。\n"
    assert dropped(found, "目录") == ["一、时限 1"]
    assert dropped(found, "批注") == ["法务：待确认"]


def test_a_picture_is_reported_where_it_stands() -> None:
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    document = Document()
    document.add_paragraph("赔付标准见下图：")
    document.add_picture(picture)
    found = docx.load("a.docx", saved(document))
    assert len(flagged(found, "picture")) == 1
    assert found.unrepaired[0].line == 1


def test_text_that_looks_like_markup_stays_text() -> None:
    document = Document()
    for text in ("# 号键进入人工服务", "```", "回复 {#3} 查询"):
        document.add_paragraph(text)
    document.add_heading("编号 {#7}", 2)
    assert (
        docx.load("a.docx", saved(document)).text
        == "\\# 号键进入人工服务\n\n\\```\n\n回复 {#3} 查询\n\n## 编号 { #7}\n"
    )


def test_a_heading_style_on_a_whole_paragraph_makes_no_heading() -> None:
    document = Document()
    document.add_heading("客户签收后七日内提出退货的，" * 8, 2)
    assert not docx.load("a.docx", saved(document)).text.startswith("#")


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("a.docx", b"", UnreadableFile, "empty"),
        ("a.docx", data("截断.docx"), UnreadableFile, "damaged"),
        ("a.docx", data("加密办法.docx"), EncryptedFile, "remove the password"),
        ("a.docx", data("旧版门店退换货操作规程.doc"), UnsupportedFormat, "old Office file"),
        ("a.docx", b"%PDF-1.4", UnreadableFile, "not a docx"),
        ("a.docx", data("售后FAQ.xlsx"), UnreadableFile, "docx"),
        ("a.docx", saved(Document()), EmptyDocument, "no text"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(name: str, content: bytes, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        docx.load(name, content)
    assert str(caught.value).startswith(name)


def test_a_broken_part_inside_is_an_error() -> None:
    broken = changed(data(RULES), "word/document.xml", lambda content: content[: len(content) // 2])
    with pytest.raises(UnreadableFile, match=r"^a\.docx: not a whole docx"):
        docx.load("a.docx", broken)


def test_a_bomb_inside_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = changed(data(RULES), "word/document.xml", lambda _: b"<a/>" + b" " * (20 * 1024 * 1024))
    with pytest.raises(FileTooLarge, match=r"word/document\.xml"):
        docx.load("a.docx", bomb)
    monkeypatch.setattr(package, "MAX_UNPACKED", 1000)
    with pytest.raises(FileTooLarge, match="at most 1000"):
        docx.load("a.docx", data(RULES))
