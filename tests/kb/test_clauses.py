"""Clauses: borders, paths, and the law that no character is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.chunk.clauses import ClauseDraft, split_clauses
from kb.chunk.markers import find_markers
from kb.chunk.split import HARD, pieces, sentences
from tests.kb import pages


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _restored(drafts: list[ClauseDraft]) -> str:
    return _squeezed("".join("".join(draft.heads) + draft.text for draft in drafts))


def test_numbers_inside_running_text_open_clauses() -> None:
    drafts = split_clauses(pages.BODY, markdown=False)
    assert [draft.section_path for draft in drafts] == [
        ("一、总则", "（一）目的"), ("一、总则", "（二）范围"), ("二、处理步骤", "1.登记"), ("二、处理步骤", "2.核实"),
        ("二、处理步骤", "3.反馈"), ("三、附则",),
    ]  # fmt: skip
    assert drafts[3].text.startswith("2.核实：查看物流轨迹")
    assert drafts[3].text.endswith("身份证号。")


@pytest.mark.parametrize(
    "text",
    [
        "首次响应不超过1.5小时，逾期2.5倍计。",
        "自2017-11-10起执行，页码1/14。",
        "这 5 个问题最常见，先看第1个。",
        "客户可在(如7天无理由)条件内退货。",
        "第1、2款和图1、表2见附件。",
        "依照本办法第十条、第（二）项的规定处理。",
        "一、二线城市次日达。",
        "购买 30 套衣服，快递 100 可以查。",
        "版本v2.客户端3.0以上。",
        "上午9点-下午6点：有人值班。",
    ],
)
def test_numbers_that_open_nothing(text: str) -> None:
    assert find_markers(text) == []


def test_lists_of_every_family_nest() -> None:
    text = (
        "第一章 总则\n第一条 适用范围。本规定适用于全部门店的售后处理工作。\n第二条 下列情形不予受理：\n（一）超过期限的；\n（二）证据不足的。\n"
        "第二章 附则\n第三条 本规定自2024年1月1日起施行，由运营部负责解释和修订。\n"
    )
    drafts = split_clauses(text, markdown=False)
    assert [draft.section_path for draft in drafts] == [
        ("第一章 总则", "第一条"), ("第一章 总则", "第二条"), ("第二章 附则", "第三条"),
    ]  # fmt: skip
    assert "（一）超过期限的；" in drafts[1].text
    assert drafts[0].heads == ("第一章 总则",)


def test_spaced_numbers_and_letters_in_a_giant_line() -> None:
    text = (
        "下面是常见的问题；1 索要发票：随货没有发票的，登记以后补发。问题有两种：A 平邮太慢，客户等不及，容易升级投诉。"
        "B 地址写错，信件退回，需要重新登记地址再寄。2 查询物流。参照 A 的办法处理，并告知预计时间。3 催单；请客户稍候，查明原因后答复。"
        "这 3 个问题之外的，另行登记。"
    )
    drafts = split_clauses(text, markdown=False)
    openings = [draft.text[:4] for draft in drafts]
    assert any(opening.startswith("1 索") for opening in openings)
    assert any(opening.startswith("2 查") for opening in openings)
    assert any(opening.startswith("3 催") for opening in openings)
    assert not any(draft.text.startswith(("A 的", "3 个")) for draft in drafts)


def test_questions_with_answers_stay_together() -> None:
    text = (
        "问：退货运费谁出？\n答：质量问题由商家承担，其他原因由客户承担。\n问：多久退款？\n答：验收后四十八小时内。\n"
    )
    drafts = split_clauses(text, markdown=False)
    assert [draft.section_path for draft in drafts] == [("退货运费谁出？",), ("多久退款？",)]
    assert all("答：" in draft.text for draft in drafts)


def test_markdown_anchors_open_one_clause_each() -> None:
    text = (
        "# 运费\n## 退货\n### 质量问题 {#freight.quality}\n由商家承担往返运费。\n\n但客户自行选择高价快递的，超出部分自理。\n"
        "### 无理由 {#freight.no-reason}\n退回运费由客户承担。\n```\n# 不是标题\n```\n"
    )
    first, second = split_clauses(text, markdown=True)
    assert (first.anchor, first.section_path) == ("freight.quality", ("运费", "退货", "质量问题"))
    assert first.text == "由商家承担往返运费。\n\n但客户自行选择高价快递的，超出部分自理。"
    assert second.anchor == "freight.no-reason"
    assert "# 不是标题" in second.text


def test_the_title_is_not_repeated_in_paths() -> None:
    (draft,) = split_clauses("# 运费政策\n## 退货\n由客户承担退回运费。", markdown=True, title="运费政策")
    assert draft.section_path == ("退货",)


def test_line_headings_open_sections() -> None:
    text = f"关于退款\n{'退款由平台支付，到账时间以渠道为准。' * 3}\n关于查件\n{'查件先看运单号，再联系仓库核实具体情况。' * 3}\n"
    assert [draft.section_path for draft in split_clauses(text, markdown=False)] == [("关于退款",), ("关于查件",)]


def test_long_clauses_are_cut_by_sentence_with_context() -> None:
    text = "".join(
        f"第{number}种情形下客服应当先登记再核实，并在规定时间内把结果告诉客户本人。"
        for number in "甲乙丙丁戊己庚辛壬癸" * 2
    )
    drafts = split_clauses(text, markdown=False)
    assert len(drafts) > 1
    assert all(draft.text.endswith("。") and len(draft.text) <= 300 for draft in drafts)
    assert drafts[1].context
    assert drafts[0].text.endswith(drafts[1].context)
    assert drafts[1].context not in drafts[1].text[: len(drafts[1].context)]


@pytest.mark.parametrize(
    "opening",
    ["但定制商品除外。", "除非客户同意分期。", "不过生鲜商品不适用本条。", "否则按原价处理。", "例外情形由主管决定。"],
)
def test_an_exception_is_never_cut_from_its_condition(opening: str) -> None:
    rule = "客户在签收次日起七日内可以退货。"
    filler = "客服应当在系统里登记订单号、商品名称和客户的诉求，并核对照片。"
    for before in range(4, 14):
        parts = pieces(filler * before + rule + opening + filler * 6)
        assert any(rule + opening in part for part in parts)


@given(st.text(alphabet="退货，。；：！？“”（）()一二1.2、\n 但除外abc", max_size=900))
def test_pieces_give_the_text_back(text: str) -> None:
    parts = pieces(text)
    if text.strip():
        assert _squeezed("".join(parts)) == _squeezed(text)
        assert all(len(part.strip()) <= HARD + 40 for part in parts)
    else:
        assert parts == []


@given(st.text(max_size=300))
def test_sentences_give_the_text_back(text: str) -> None:
    assert "".join(sentences(text)) == text


_BLOCKS = st.sampled_from(
    ["一、", "二、", "（一）", "(二)", "1.", "2.", "3、", "①", "②", "第一条 ", "第二条　", "第一章 总则", "A ", "B ", "- ", "问：", "答：", "# 标题",
     "## 小节 {#a.b}", "\n", "\n\n", "客户可以退货。", "但定制商品除外；", "运费说明：", "PART01", "01", "7天无理由退货", "1.5倍", "。", "、", " "]
)  # fmt: skip


@given(st.lists(_BLOCKS, max_size=60), st.booleans())
def test_every_character_lands_in_a_clause_or_a_heading(blocks: list[str], markdown: bool) -> None:
    text = "".join(blocks)
    drafts = split_clauses(text, markdown=markdown)
    assert _restored(drafts) == _squeezed(text)
    assert all(draft.text.strip() for draft in drafts)
