"""Noise of document sites and converters: dropped, repaired or reported, and nothing else touched."""

import pytest

from kb.clean import clean
from tests.kb import pages


def _squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        (pages.HEAD_A, pages.FOOT_A),
        (pages.HEAD_B, pages.FOOT_B),
        (pages.HEAD_C, pages.FOOT_C),
        (pages.HEAD_D, pages.FOOT_D),
    ],
)
def test_a_sites_frame_is_dropped_and_the_body_stays_whole(head: str, foot: str) -> None:
    cleaned = clean(head + pages.BODY + "\n" + foot, markdown=False)
    assert _squeezed(cleaned.text) == _squeezed(pages.BODY)
    framed = [line for line in (head + foot).splitlines() if line.strip()]
    assert len(cleaned.dropped) == len(framed)
    assert all(item.reason and item.line > 0 for item in cleaned.dropped)


def test_a_sites_sentence_inside_the_text_is_dropped() -> None:
    half = pages.BODY.index("二、")
    body = pages.BODY[:half] + pages.INLINE_D + pages.BODY[half:]
    cleaned = clean(pages.HEAD_D + body + "\n" + pages.FOOT_D, markdown=False)
    assert _squeezed(cleaned.text) == _squeezed(pages.BODY)
    assert pages.INLINE_D in [item.text for item in cleaned.dropped]


def test_the_page_list_gives_the_title_away() -> None:
    assert clean(pages.HEAD_A + pages.BODY + pages.FOOT_A, markdown=False).title == "门店客服手册"


def test_short_lines_around_the_long_ones_belong_to_the_document() -> None:
    body = f"门店退货手册\n{pages.BODY}\n附件：退货登记表\n仓库联系人：值班主管"
    assert clean(pages.HEAD_A + body + pages.FOOT_A, markdown=False).text.strip() == body


def test_a_policy_about_downloads_and_members_is_left_alone() -> None:
    text = (
        "会员下载规则\n会员每月可免费下载十份资料，超出部分按积分扣除。\n付费下载的资料不支持退款，但文件损坏的除外。\n"
        "客户上传的照片只用于核实问题，未经客户同意不得传播。\n评论中出现侵权内容的，客户可以举报。\n联系我们：在线客服。\n"
    )
    cleaned = clean(text, markdown=False)
    assert cleaned.text == text.strip()
    assert cleaned.dropped == ()


def test_glosses_go_and_meaning_in_brackets_stays() -> None:
    text = "客服(APP)登記業(yè)務(wù)，售后(SOP)流程見(jiàn)附件(二)，每日(a)類。"
    cleaned = clean(text, markdown=False)
    assert cleaned.text == "客服(APP)登記業務，售后(SOP)流程見附件(二)，每日(a)類。"
    assert cleaned.repaired == 3


def test_text_that_lost_its_step_is_read_again() -> None:
    broken = pages.garbled(pages.TRADITIONAL)
    assert broken != pages.TRADITIONAL
    cleaned = clean(broken, markdown=False)
    assert cleaned.text == pages.TRADITIONAL
    assert cleaned.repaired > 0


def test_gloss_and_lost_step_together() -> None:
    cleaned = clean(pages.garbled(pages.TRADITIONAL).replace("處", "處(chǔ)"), markdown=False)
    assert cleaned.text == pages.TRADITIONAL


def test_damage_that_cannot_be_repaired_is_kept_and_reported() -> None:
    text = "貨物破損时请联系??\ue123\ue456\ue789，其余照常处理。"
    cleaned = clean(text, markdown=False)
    assert cleaned.text == text
    assert [item.reason for item in cleaned.unrepaired] == ["garbled"]


@pytest.mark.parametrize(
    "text", ["真的吗??当然。", "可以退吗?可以。", "您好，请问有什么可以帮您?”随后登记。", "满意?不满意?"]
)
def test_honest_question_marks_are_left_alone(text: str) -> None:
    cleaned = clean(text, markdown=False)
    assert cleaned.text == text
    assert cleaned.unrepaired == ()


def test_preview_pages_are_joined_where_they_cut_a_sentence() -> None:
    cleaned = clean(pages.HEAD_B + pages.PAGED + pages.FOOT_B, markdown=False)
    assert "先核对运单号和商品数量，再拍照存档。" in cleaned.text
    assert "单据交给财务，由财务在两个工作日内" in cleaned.text
    assert [item.text for item in cleaned.dropped if item.reason == "页码"] == ["1、", "2、", "3、"]


def test_a_real_numbered_list_is_not_taken_for_pages() -> None:
    listed = "1、先登记订单号和商品。\n\n2、再查看物流轨迹。\n\n3、最后答复客户，并在系统里记录处理结果和时间，供主管每周抽查时使用，记录至少保存三年，" \
        "保存期满以后按照档案制度统一销毁，任何人不得私自带走或者复制。"  # fmt: skip
    cleaned = clean(pages.HEAD_B + listed + pages.FOOT_B, markdown=False)
    assert _squeezed(cleaned.text) == _squeezed(listed)


def test_contents_and_slide_numbers_go_and_headings_get_their_own_line() -> None:
    cleaned = clean(pages.HEAD_A + pages.SLIDES + pages.FOOT_A, markdown=False)
    reasons = [item.reason for item in cleaned.dropped]
    assert "目录" in reasons
    assert "封面占位" in reasons
    assert [item.text for item in cleaned.dropped if item.reason == "页码"] == ["01", "0203", "04", "05"]
    assert "CATALOGUE" not in cleaned.text
    assert "PART02处理\n先登记再处理" in cleaned.text


def test_numbers_that_mean_something_stay() -> None:
    text = "2017-11-10起，0812号仓库每单01件，电话区号010，客户可在1/2处签字。第3页的表格作废。"
    assert clean(text, markdown=False).text == text


def test_placeholders_and_cut_endings_are_reported() -> None:
    text = "在线咨询平均响应不超过[X]分钟，承诺X小时内回复，见____。" + pages.BODY.removesuffix("检查一次。")
    reasons = [item.reason for item in clean(text, markdown=False).unrepaired]
    assert reasons == ["placeholder", "placeholder", "placeholder", "cut_off"]


def test_links_and_citations_are_no_placeholders() -> None:
    assert clean("见[运费说明](freight.md)和[1]，另见[2]。", markdown=True).unrepaired == ()


def test_comments_and_rules_are_layout() -> None:
    cleaned = clean("# 规定\n<!-- INFO END -->\n正文一句。", markdown=True)
    assert cleaned.text == "# 规定\n正文一句。"
    assert [item.reason for item in cleaned.dropped] == ["注释"]
