"""The committed office files as clauses: what an agent finds after the file was added."""

from kb.ingest import Given, Prepared, prepare
from tests.kb.loaders.documents import data


def ingested(name: str) -> Prepared:
    return prepare(name, data(name), Given(kind="policy"))


def test_a_word_file_with_tracked_changes_and_numbered_paragraphs() -> None:
    found = ingested("售后服务管理办法.docx")
    assert found.title == "云栖家居售后服务管理办法"
    third, fourth = (
        next(draft for draft in found.drafts if draft.section_path[-1:] == (number,)) for number in ("第三条", "第四条")
    )
    assert third.section_path == ("第二章 退货与换货", "第三条")
    assert "三十日内" in third.text
    assert "十五日" not in third.text
    assert "（二）裂纹部位的照片，至少包括：\n1. 整体一张；\n2. 近景两张。" in fourth.text
    assert [item.text for item in found.dropped if item.reason == "修订中已删除"] == ["十五日", "，安装费概不退还"]


def test_a_word_file_whose_list_is_followed_by_a_paragraph() -> None:
    *_, listed, after = ingested("门店退换货操作规程.docx").drafts
    assert listed.text == "- 小票或者电子订单\n- 原包装和赠品"
    assert after.text.startswith("退款金额以实付为准")
    assert listed.section_path == after.section_path == ("四、需要携带的材料",)


def test_a_pdf_in_two_columns() -> None:
    found = ingested("上门安装手册.pdf")
    assert [draft.section_path[0] for draft in found.drafts] == [
        "一、预约", "一、预约", "二、上门", "二、上门", "三、收费", "三、收费", "四、验收",
    ]  # fmt: skip
    assert found.drafts[0].text.endswith("第二次改约的，订单退回派单台重新安排。")
    assert all(draft.text.endswith("。") for draft in found.drafts)


def test_a_pdf_with_a_scanned_page_in_between() -> None:
    found = ingested("含扫描页的通知.pdf")
    assert [draft.text[:2] for draft in found.drafts] == ["一、", "二、", "三、"]
    assert [(item.reason, item.text) for item in found.unrepaired] == [
        ("page_without_text", "第 2 页是扫描图片，文字没有读出")
    ]


def test_a_table_of_a_pdf_is_one_clause_with_its_header() -> None:
    found = ingested("生鲜理赔标准.pdf")
    (row,) = [draft for draft in found.drafts if "活蟹" in draft.text]
    assert "签收后 6 小时" in row.text
    assert any("例外" in "".join(draft.section_path) + draft.text for draft in found.drafts)
