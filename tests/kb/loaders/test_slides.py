"""Presentations: reading order, notes, and what a slide does not show."""

import io

import pytest
from pptx import Presentation

from kb.errors import EmptyDocument, EncryptedFile, FileTooLarge, UnreadableFile
from kb.loaders import slides
from tests.kb.loaders.documents import changed, data, dropped, flagged, in_order, loaded

TRAINING = "客服培训.pptx"


def test_slides_in_order_with_bullets_boxes_tables_charts_and_notes() -> None:
    found = loaded(slides.load, TRAINING)
    assert in_order(
        found.text,
        ["# 新人客服培训\n", "客户服务部", "## 首次答复\n", "- 先确认订单，再答复时限\n  - 普通咨询 30 秒\n  - 食品安全类 15 秒\n- 不承诺",
         "备注：讲师提示", "## 升级路径\n", "第一步", "第二步", "第三步：合规复核", "| 投诉等级 | 负责人 |", "| 一级 | 客服总监 |",
         "## 退货原因占比\n", "| 尺码不合 | 46 |"],
    )  # fmt: skip
    assert found.front_matter == {}


def test_hidden_slides_and_pictures_are_reported_by_number() -> None:
    found = loaded(slides.load, TRAINING)
    assert "折旧费" not in found.text
    assert dropped(found, "隐藏的幻灯片") == ["第 6 张：2023 年旧口径 退货一律收取折旧费"]
    assert flagged(found, "slide_without_text") == ["第 5 张幻灯片只有图片，其中的文字没有读出"]


def test_footers_are_left_out_and_a_title_over_several_slides_opens_one_section() -> None:
    deck = Presentation()
    for text in ("寄回前先拍照。", "验收后退款。"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = "退货"
        slide.placeholders[1].text = text
        footer = next(shape for shape in deck.slide_layouts[1].placeholders if "Footer" in shape.name)
        slide.shapes.clone_placeholder(footer)
        slide.placeholders[footer.placeholder_format.idx].text = "内部培训 请勿外传"
    target = io.BytesIO()
    deck.save(target)
    found = slides.load("退货.pptx", target.getvalue())
    assert found.text == "# 退货\n\n## 退货\n\n- 寄回前先拍照。\n\n- 验收后退款。\n"
    assert dropped(found, "页脚") == ["内部培训 请勿外传"]


def test_automatic_numbers_are_written_out() -> None:
    from pptx.oxml.ns import qn

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "步骤"
    frame = slide.placeholders[1].text_frame
    for number, text in enumerate(("登记", "核实", "答复")):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = text
        auto = paragraph._p.get_or_add_pPr().makeelement(qn("a:buAutoNum"), {"type": "ea1ChsPeriod"})
        paragraph._p.pPr.append(auto)
    target = io.BytesIO()
    deck.save(target)
    assert "一、登记\n二、核实\n三、答复" in slides.load("a.pptx", target.getvalue()).text


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"", UnreadableFile, "empty"),
        (data(TRAINING)[:9000], UnreadableFile, "damaged"),
        (data("加密办法.docx"), EncryptedFile, "remove the password"),
        (data("售后FAQ.xlsx"), UnreadableFile, "not a pptx"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(content: bytes, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        slides.load("培训.pptx", content)
    assert str(caught.value).startswith("培训.pptx")


def test_a_deck_of_pictures_only_has_no_text() -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[6])
    target = io.BytesIO()
    deck.save(target)
    with pytest.raises(EmptyDocument, match="no text"):
        slides.load("a.pptx", target.getvalue())


def test_a_broken_slide_is_an_error() -> None:
    broken = changed(data(TRAINING), "ppt/slides/slide2.xml", lambda content: content[:400])
    with pytest.raises(UnreadableFile, match="not a whole pptx"):
        slides.load("a.pptx", broken)


def test_too_many_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slides, "MAX_SLIDES", 2)
    with pytest.raises(FileTooLarge, match="6 slides, at most 2"):
        slides.load("a.pptx", data(TRAINING))
