"""Summaries: what is wanted, promised and open is there, in the conversation's own words, in its order, masked."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.qa import Summary, SummaryRequest
from tests.qa.conftest import conversation

LONG = (
    ("c", "在吗"),
    ("a", "您好，在的，请问有什么可以帮您？"),
    ("c", "我前几天买了个微波炉，昨天晚上热牛奶突然就不转了，也不加热。我试了好几次，换了插座也不行。"),
    ("c", "我妈还等着热饭呢。真是烦死了。"),
    ("a", "非常抱歉给您带来不便，您反映的是微波炉不转不加热，对吗？麻烦您拍一段故障的视频，我们核实一下。"),
    ("c", "视频发了。我叫李雷，电话13812345678，你们能不能快点。"),
    ("a", "视频已收到。已为您提交审核，我会在4小时内给您回复审核结果。"),
    ("c", "那运费谁出啊？我可不想出运费。"),
    ("a", "核实属于质量问题的，退换的运费由商家承担。"),
    ("c", "行吧。我还是想直接退款，不想换了，怕再坏。"),
    ("a", "好的，您的诉求是退货退款，我已登记。还有其他问题随时告诉我，感谢您的耐心。"),
    ("c", "那什么时候能来取件"),
)


def summed(services: Services, *turns: tuple[str, str], most: int = 6, **fields: Any) -> Summary:
    content = conversation(*turns, **fields).model_dump(mode="json", exclude={"label", "satisfaction"})
    request = SummaryRequest.model_validate({**content, "sentences": most})
    return services.conversations.summarise(LOCAL, request)


def stands(summary: Summary, turns: tuple[tuple[str, str], ...]) -> None:
    places = [(each.message, each.start) for each in summary.sentences]
    assert places == sorted(set(places))
    for each in summary.sentences:
        assert turns[each.message][1][each.start : each.end].strip() == turns[each.message][1][each.start : each.end]


@pytest.mark.parametrize("home", ["sample", "empty"])
def test_a_long_conversation(home: str, request: pytest.FixtureRequest) -> None:
    summary = summed(request.getfixturevalue(home), *LONG)
    assert not summary.whole
    assert len(summary.sentences) == 6
    stands(summary, LONG)
    by_kind = {
        kind: [each.text for each in summary.sentences if each.kind == kind] for kind in ("demand", "promise", "open")
    }
    assert "微波炉" in by_kind["demand"][0]
    assert by_kind["promise"] == ["已为您提交审核，我会在4小时内给您回复审核结果。"]
    assert by_kind["open"] == ["那什么时候能来取件"]
    [promised] = summary.promises
    assert promised.commitment.act == "reply"
    assert str(promised.commitment.deadline) == "2026-06-18 14:06:00+08:00"
    assert promised.quote.text == "4小时内给您回复"
    assert "refund" in summary.demands
    assert "功能故障" in summary.issue
    assert not summary.resolved


def test_a_short_conversation_comes_back_whole(empty: Services) -> None:
    turns = (("c", "杯子碎了，电话13812345678。怎么退？"), ("a", "您好，请拍一下照片。"))
    summary = summed(empty, *turns)
    assert summary.whole
    assert [each.text for each in summary.sentences] == [
        "杯子碎了，电话[手机号1]。",
        "怎么退？",
        "您好，请拍一下照片。",
    ]
    assert summary.redactions == 1
    assert summary.open


def test_who_confirms_leaves_nothing_open(empty: Services) -> None:
    summary = summed(empty, ("c", "杯子碎了怎么退"), ("a", "已为您退款"), ("c", "退款收到了，谢谢"))
    assert summary.resolved
    assert summary.open == ()
    assert not any(each.kind == "open" for each in summary.sentences)


def test_personal_data_is_masked_everywhere(sample: Services) -> None:
    assert "13812345678" not in summed(sample, *LONG, most=20).model_dump_json()
    assert "13812345678" not in summed(sample, *LONG, most=6).model_dump_json()


def test_the_same_conversation_gives_the_same_summary(sample: Services) -> None:
    assert summed(sample, *LONG) == summed(sample, *LONG)


TEXTS = st.text(alphabet="杯子碎了退款运费电话13812345678。，？！\n 我叫李雷ab", min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("ca"), TEXTS), min_size=1, max_size=12), st.integers(3, 6))
def test_any_conversation(services: Services, turns: list[tuple[str, str]], most: int) -> None:
    said = (("c", "杯子碎了"), *turns)
    summary = summed(services, *said, most=most)
    assert len(summary.sentences) <= most
    stands(summary, said)


@pytest.fixture(scope="module")
def services(sample: Services) -> Services:
    return sample
