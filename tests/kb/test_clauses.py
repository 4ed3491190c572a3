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


_LONG = "客服应当在系统里登记订单号、商品名称和客户的诉求，并核对照片与物流轨迹。"


@pytest.mark.parametrize(
    "opening",
    ["但定制商品除外。", "除定制商品外，均照此办理。", "以下情形除外：定制商品。", "双方另有约定的，从其约定。", "前款规定不适用于生鲜商品。", "但是生鲜商品不退。",
     "有下列情形之一的除外：已经拆封。"],
)  # fmt: skip
@pytest.mark.parametrize(
    "shape",
    [f"{{rule}}{_LONG}\n{{opening}}{_LONG}\n", f"1. {{rule}}{_LONG}\n2. {{opening}}{_LONG}\n3. {_LONG}\n",
     f"（一）{{rule}}{_LONG}\n（二）{{opening}}\n", f"- {{rule}}{_LONG}\n- {{opening}}{_LONG}\n", f"一、退货\n{{rule}}{_LONG}\n\n{{opening}}\n"],
)  # fmt: skip
def test_an_exception_in_a_paragraph_or_item_of_its_own_stays_with_its_rule(opening: str, shape: str) -> None:
    rule = "客户在签收次日起七日内可以无理由退货，"
    drafts = split_clauses(shape.format(rule=rule, opening=opening), markdown=False)
    (holder,) = [draft for draft in drafts if rule in draft.text]
    assert opening in holder.text


def test_what_an_exception_announces_has_the_rule_as_context_where_it_is_too_long() -> None:
    rule = "客户在签收次日起七日内可以无理由退货。"
    items = "".join(f"- {goods}，{_LONG * 4}\n" for goods in ("定制商品", "生鲜商品", "贴身衣物"))
    drafts = split_clauses(f"{_LONG * 4}{rule}\n以下情形除外：\n{items}", markdown=False)
    for goods in ("定制商品", "生鲜商品", "贴身衣物"):
        (holder,) = [draft for draft in drafts if goods in draft.text]
        assert rule in holder.text + holder.context
        assert "以下情形除外：" in holder.text + holder.context


def test_articles_that_begin_with_an_exception_stand_for_themselves() -> None:
    text = f"第一条 {_LONG}\n第二条 除另有约定外，{_LONG}\n第三条 但书另行规定，{_LONG}\n"
    assert len(split_clauses(text, markdown=False)) == 3


@pytest.mark.parametrize("bullet", ["- ", "* ", "+ ", "• "])
def test_a_short_bullet_above_a_paragraph_is_no_heading(bullet: str) -> None:
    paragraph = "生鲜商品签收后二十四小时内提出，须提供能看清数量的照片，超过时限的不予受理。"
    drafts = split_clauses(f"支持退货的有：\n{bullet}家电\n{bullet}生鲜\n\n{paragraph * 4}\n", markdown=False)
    assert all(draft.heads == () and draft.section_path == () for draft in drafts)
    listed = next(draft for draft in drafts if "家电" in draft.text)
    assert "支持退货的有：" in listed.text
    assert f"{bullet}生鲜" in listed.text
    (alone,) = split_clauses(f"{bullet}生鲜\n{paragraph}\n", markdown=False)
    assert (alone.heads, alone.section_path) == ((), ())


def test_a_nested_list_stays_with_its_parent() -> None:
    inner = "".join(f"  - {goods}：{_LONG * 3}\n" for goods in ("水果", "肉类", "水产"))
    text = f"处理标准：\n- 生鲜商品\n{inner}- 家电商品，{_LONG * 2}\n"
    for draft in split_clauses(text, markdown=True):
        if "水果" in draft.text + draft.context or "肉类" in draft.text or "水产" in draft.text:
            assert "生鲜商品" in draft.text + draft.context
            assert "家电商品" not in draft.text
    numbered = f"1. 受理\n   - 登记：{_LONG * 3}\n     1. 核对照片，{_LONG}\n     2. 核对订单，{_LONG}\n   - 答复：{_LONG * 3}\n2. 结单\n"
    drafts = split_clauses(numbered, markdown=True)
    assert all("1. 受理" in draft.section_path[:1] for draft in drafts if "核对" in draft.text)


def test_an_answer_of_a_faq_is_one_clause_without_a_question_mark_too() -> None:
    answer = _LONG * 15
    text = f"# 常见问题\n## 退货运费怎么算\n{answer}\n\n- 质量问题商家承担\n- 其他客户承担\n## 关于发票\n{_LONG * 9}\n"
    first, second = split_clauses(text, markdown=True, title="常见问题", faq=True)
    assert first.questions == ("退货运费怎么算",)
    assert first.text.endswith("- 其他客户承担")
    assert (second.section_path, second.questions) == (("关于发票",), ("关于发票",))
    assert len(split_clauses(text, markdown=True, title="常见问题")) > 2


def test_a_plain_faq_is_cut_at_its_questions() -> None:
    text = f"退货运费怎么算\n质量问题商家承担。\n关于发票\n{_LONG * 9}\n能换颜色吗？\n能，未发货前在订单页改。\n1. 怎么改地址？\n在订单页改。\n2. 多久到账？两日内。\n"
    drafts = split_clauses(text, markdown=False, faq=True)
    assert [draft.questions for draft in drafts] == [
        ("退货运费怎么算",), ("关于发票",), ("能换颜色吗？",), ("怎么改地址？",), ("多久到账？",),
    ]  # fmt: skip


def test_a_topic_with_several_questions_is_no_single_answer() -> None:
    text = "## 退货\n问：运费谁出？\n答：商家承担。\n问：多久到账？\n答：两日内。\n"
    drafts = split_clauses(text, markdown=True, faq=True)
    assert [draft.questions for draft in drafts] == [("运费谁出？",), ("多久到账？",)]


def test_wordings_of_a_section_go_to_all_its_clauses_and_are_no_text() -> None:
    text = f"## 退货\n{_LONG * 5}\n<!-- 问法：邮费谁掏｜寄回去花的钱\n谁给；运费算谁的 -->\n{_LONG * 5}\n相似问：退回去要钱不| 运费算谁的。\n## 换货\n一句话。\n"
    *returns, exchange = split_clauses(text.replace("\n谁给", "谁给"), markdown=True)
    assert len(returns) > 1
    assert exchange.questions == ()
    assert not any("问法" in draft.text or "相似问" in draft.text or "邮费" in draft.text for draft in returns)
    one = f"## 退货\n{_LONG * 14}\n\n客户常问：\n- 邮费谁掏\n- 运费算谁的\n"
    cut = split_clauses(one, markdown=True)
    assert len(cut) > 1
    assert {draft.questions for draft in cut} == {("邮费谁掏", "运费算谁的")}


def test_wordings_in_text_without_headings_go_to_the_clause_they_follow() -> None:
    text = f"1. {_LONG}\n2. {_LONG * 14}\n相似问法：甲|乙\n3. {_LONG}\n问：多久退款？\n答：两日内。\n常见问法：钱啥时候到；还没退\n"
    drafts = split_clauses(text, markdown=False)
    assert {draft.questions for draft in drafts if draft.text.startswith("1.")} == {()}
    second = [draft for draft in drafts if "甲" in draft.questions]
    assert len(second) > 1
    assert "".join(draft.text for draft in second).startswith("2.")
    assert drafts[-1].questions == ("多久退款？", "钱啥时候到", "还没退")


def test_wordings_of_nothing_stay_where_a_reader_sees_them() -> None:
    (draft,) = split_clauses("## 退货\n相似问：邮费谁掏\n", markdown=True)
    assert draft.text == "相似问：邮费谁掏"
    (empty,) = split_clauses("可以退货。\n相似问：\n", markdown=False)
    assert "相似问" in empty.text


def test_heading_attributes_scope_a_clause_and_what_is_below() -> None:
    text = (
        '## 退货 {platform=jd tags=退货,运费}\n### 运费 {#freight audience=supervisor category="大 家电"}\n由商家承担。\n'
        "### 时限 {#days platform=tmall}\n七日内。\n## 换货 { x=1}\n可以换。\n## 模板{订单号}\n可以用。\n"
    )
    freight, days, exchange, template = split_clauses(text, markdown=True)
    assert (freight.anchor, freight.audience, freight.platform, freight.category, freight.tags) == (
        "freight", "supervisor", "jd", "大 家电", ("退货", "运费"),
    )  # fmt: skip
    assert (days.anchor, days.audience, days.platform) == ("days", None, "tmall")
    assert freight.section_path == ("退货", "运费")
    assert (exchange.section_path, exchange.platform) == (("换货 { x=1}",), None)
    assert template.section_path == ("模板{订单号}",)


_BLOCKS = st.sampled_from(
    ["一、", "二、", "（一）", "(二)", "1.", "2.", "3、", "①", "②", "第一条 ", "第二条　", "第一章 总则", "A ", "B ", "- ", "问：", "答：", "# 标题",
     "## 小节 {#a.b}", "\n", "\n\n", "客户可以退货。", "但定制商品除外；", "运费说明：", "PART01", "01", "7天无理由退货", "1.5倍", "。", "、", " ",
     "\n- 生鲜", "\n  - 水果", "\n    1. 苹果", "\n* 家电", "\n\n退货时请带好发票和吊牌。", "\n以下情形除外：", "\n前款规定不适用。", "\n| 品类 | 时限 |\n| --- | --- |\n",
     "\n| 水果 | 24 小时 |", "怎么退货？\n", "\n退货运费怎么算\n", "\nQ1：能退吗？", "\nA：能。", _LONG, _LONG * 8, "\n## 关于发票 {audience=agent}\n", "\n\t", "　"]
)  # fmt: skip
_NOTES = st.sampled_from(["\n相似问：甲｜乙\n", "\n<!-- 问法：丙；丁 -->\n", "\n常见问法：\n- 戊\n- 己\n"])


@given(st.lists(_BLOCKS, max_size=60), st.booleans(), st.booleans())
def test_every_character_lands_in_a_clause_or_a_heading(blocks: list[str], markdown: bool, faq: bool) -> None:
    text = "".join(blocks)
    drafts = split_clauses(text, markdown=markdown, faq=faq)
    assert _restored(drafts) == _squeezed(text)
    assert all(draft.text.strip() for draft in drafts)


@given(st.lists(_BLOCKS, max_size=30), st.lists(_BLOCKS, max_size=30), _NOTES, st.booleans())
def test_wordings_are_the_only_words_that_leave_the_text(
    before: list[str], after: list[str], note: str, faq: bool
) -> None:
    opening = "可以退货。" + "".join(before)
    drafts = split_clauses(f"{opening}{note}\n{''.join(after)}", markdown=True, faq=faq)
    taken = {question for draft in drafts for question in draft.questions} & set("甲乙丙丁戊己")
    assert taken or _squeezed(note) in _restored(drafts)
    assert _restored(drafts).replace(_squeezed(note), "") == _squeezed(f"{opening}\n{''.join(after)}")
