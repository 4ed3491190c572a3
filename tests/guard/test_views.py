"""Normalisation: every rewriting keeps its place in the text as it was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.guard.engine import Guard
from copilot.guard.normalise import fold, without_marks
from copilot.guard.view import Edit, View


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("１００％正品", "100%正品"), ("絕對正品", "绝对正品"), ("绝·对·正·品", "绝对正品"), ("终 身 保 修", "终身保修"), ("加\u200b我\u200b微\u200b信", "加我微信"),
        ("假一😀赔十", "假一赔十"), ("绝,对,正,品", "绝对正品"), ("【绝】【对】正品", "绝对正品"), ("v-x聊", "微信聊"), ("加我wei信", "加我微信"),
        ("薇信", "微信"), ("好坪返现", "好评返现"), ("㊣品", "正品"), ("🅥信", "微信"), ("5 0 元", "50元"), ("微.信", "微信"), ("W♥X", "微信"),
    ],
)  # fmt: skip
def test_disguise_is_read(guard: Guard, sent: str, read: str) -> None:
    assert guard.reading(sent).plain.text == read


@pytest.mark.parametrize(
    "text",
    [
        "您好，请问有什么可以帮您？",
        "价格50.5元",
        "1-3天内发货",
        "https://example.com/a-b_c",
        "红、黄两色",
        "我先下单再付款",
    ],
)
def test_ordinary_text_keeps_its_words(guard: Guard, text: str) -> None:
    plain = guard.reading(text).plain.text
    kept = [character for character in text.lower() if "\u4e00" <= character <= "\u9fff" or character.isalnum()]
    assert [character for character in plain if character.isalnum()] == kept


@given(st.text(max_size=80))
def test_offsets_stay_inside_and_in_order(text: str) -> None:
    view = without_marks(fold(text))
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
    assert list(view.starts) == sorted(view.starts)


@given(st.text(alphabet="绝对正品一定退款50元 ·.,。​😀A", max_size=40))
def test_plain_characters_come_from_themselves(text: str) -> None:
    view = without_marks(fold(text))
    for index, character in enumerate(view.text):
        if "\u4e00" <= character <= "\u9fff":
            assert text[view.starts[index]] == character


@given(st.text(alphabet="甲乙丙丁", min_size=4, max_size=20), st.data())
def test_edits_keep_the_rest_in_place(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 1, len(text)))
    new = data.draw(st.text(alphabet="子丑", max_size=4))
    view = View(text, range(len(text)), range(1, len(text) + 1)).edited([Edit(start, end, new)])
    assert view.text == text[:start] + new + text[end:]
    for index in range(start):
        assert view.source_span(index, index + 1) == (index, index + 1)
    for index in range(start, start + len(new)):
        assert view.source_span(index, index + 1) == (start, end)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("亻尝您四十", "偿您四十"), ("纟色对正品", "绝对正品"), ("马佥证石马", "验证码"), ("岀库", "出库"), ("卟退", "不退"),
        ("佳个威芯聊", "加个微信聊"), ("铁腚送达", "铁定送达"), ("mingtian一定到", "明天一定到"), ("que实", "确实"), ("京D0U", "京豆"),
        ("送您 coupon 一张", "送您优惠券一张"), ("给您💰50", "给您¥50"), ("🌟🌟🌟🌟🌟好评", "五星好评"), ("❌退❌换", "不退不换"),
        ("终🌟身🌟保🌟修", "终身保修"), ("➋⓿元", "20元"), ("I00%", "100%"), ("明\n天\n一\n定\n到", "明天一定到"), ("赔#您#150", "赔您150"),
    ],
)  # fmt: skip
def test_shapes_sounds_and_symbols_are_read(guard: Guard, sent: str, read: str) -> None:
    assert guard.reading(sent).plain.text == read


@pytest.mark.parametrize(
    "text",
    [
        "型号A1和iPhone15都支持",
        "支付保障服务",
        "您的手机分开放",
        "请在App里点My Order",
        "第一步：开机\n第二步：联网",
        "不推荐空腹喝",
    ],
)
def test_ordinary_words_stay(guard: Guard, text: str) -> None:
    plain = guard.reading(text).plain.text
    assert [c for c in plain if "\u4e00" <= c <= "\u9fff"] == [c for c in text if "\u4e00" <= c <= "\u9fff"]
