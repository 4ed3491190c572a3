"""Numerals, amounts, shares, durations and dates: what is one, and what is none."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from copilot.domain.base import BEIJING
from copilot.guard.normalise import fold, without_marks
from copilot.guard.numerals import number
from copilot.guard.times import day_of, hours
from copilot.guard.tokens import Token, mark


def tokens(text: str) -> list[Token]:
    return list(mark(without_marks(fold(text)))[1])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50", "50"), ("1,299.00", "1299.00"), ("五十", "50"), ("两百五", "250"), ("二百零五", "205"), ("一千二", "1200"),
        ("1千2", "1200"), ("百八十", "180"), ("三五十", "50"), ("几十", "90"), ("十几", "19"), ("一万五", "15000"), ("3万", "30000"),
        ("两百五十", "250"), ("一二三", "123"), ("幺三九", "139"), ("1.5万", "15000.0"),
    ],
)  # fmt: skip
def test_numeral(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "元", "甲", "百分", "第"])
def test_no_numeral(text: str) -> None:
    assert number(text) is None or text == "百分"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50元", "50"), ("五十块", "50"), ("￥50.00", "50.00"), ("50RMB", "50"), ("５０元", "50"), ("伍拾圆整", "50"), ("一块五", "1.5"),
        ("3块8", "3.8"), ("1千2百元", "1200"), ("百八十块", "180"), ("三五十块", "50"), ("两百块钱", "200"), ("1.5万元", "15000.0"),
        ("补您50", "50"), ("赔你两百", "200"), ("给您返30", "30"), ("50的红包", "50"), ("20-30元", "30"), ("5️⃣0️⃣元", "50"), ("50💰", "50"),
        ("廿元", "20"), ("五毛钱", "0.5"), ("壹佰元", "100"),
    ],
)  # fmt: skip
def test_amount(text: str, value: str) -> None:
    found = [token for token in tokens(text) if token.kind == "money"]
    assert [token.value for token in found] == [Decimal(value)]


@pytest.mark.parametrize(
    "text",
    [
        "一定给您答复", "十分抱歉", "万一坏了", "稍等一下", "一起处理", "一直在线", "统一说明", "三包服务", "订单号202405138123456789",
        "运单YT13812345678901", "型号A50", "两块电池", "三块面膜", "补您一次机会", "退您2件", "一块给您处理", "第3条", "3个工作日",
        "拨打12315", "内存128g", "版本3.2.1", "四角包装", "9号线",
    ],
)  # fmt: skip
def test_no_amount(text: str) -> None:
    assert [token.text for token in tokens(text) if token.kind == "money"] == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("双倍", "multiple", "2"), ("三倍", "multiple", "3"), ("假一赔十", "forfeit", "10"), ("退一赔三", "forfeit", "3"),
        ("20%", "percent", "20"), ("百分之二十", "percent", "20"), ("三成", "percent", "30"), ("8折", "rate", "80"), ("半价", "rate", "50"),
        ("500积分", "points", "500"), ("两百京豆", "points", "200"),
    ],
)  # fmt: skip
def test_share_multiple_points(text: str, kind: str, value: str) -> None:
    found = tokens(text)
    assert [(token.kind, token.value) for token in found] == [(kind, Decimal(value))]


@pytest.mark.parametrize("text", ["九成新", "骨折", "三折伞", "八倍速", "分成两份"])
def test_no_share(text: str) -> None:
    assert [token for token in tokens(text) if token.kind in ("percent", "rate", "multiple")] == []


@pytest.mark.parametrize(
    ("text", "length"),
    [("2小时内", 2), ("三天", 72), ("3-5个工作日", 120), ("1到7天", 168), ("半小时", 0.5), ("30分钟", 0.5), ("一年", 8640), ("12个月", 8640), ("两周", 336)],
)  # fmt: skip
def test_duration(text: str, length: float) -> None:
    assert hours(text) == pytest.approx(length)
    assert [token.kind for token in tokens(text)] == ["duration"]


NOW = datetime(2026, 6, 18, 23, 30, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("text", "day"),
    [("今天", (2026, 6, 18)), ("明天下午三点前", (2026, 6, 19)), ("后天", (2026, 6, 20)), ("6月20日", (2026, 6, 20)), ("2026年7月1日前", (2026, 7, 1)), ("22号", (2026, 6, 22))],
)  # fmt: skip
def test_date(text: str, day: tuple[int, int, int]) -> None:
    assert [token.kind for token in tokens(text)] == ["moment"]
    assert day_of(text, NOW) == date(*day)


@pytest.mark.parametrize("text", ["2月30日", "次日", "周五"])
def test_a_date_that_names_no_single_day(text: str) -> None:
    assert day_of(text, NOW) is None
