"""Over the sample knowledge base: what is planted is found, and hardly anything else is reported."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.service import KnowledgeBase
from kb.service.insight import Insight
from kb.settings import KbSettings

SAMPLE = Path(__file__).parents[3] / "kb" / "sample"
PLANTED = {
    "东西有质量问题要退的，寄回来的邮费需要买家自己承担。": True,
    "仓库签收并验货完成后，我们会在5个工作日内提交退款。": True,
    "电子发票申请后3天内开好发到您邮箱。": True,
    "收到投诉后，我们会在4小时内首次回复您。": True,
    "拉手账户里的余额可以提现到银行卡。": True,
    "特价商品不支持七天无理由退货。": True,
    "信用卡退款通常要7到15个工作日才到账。": True,
    "商品签收后3天内，未使用且包装完整的，可以申请调换尺码或颜色。": True,
    "退到储蓄卡一般1-3个工作日到账。": False,
    "因为发错货要换的，往返运费由商家承担。": False,
    "价保期限以商品页为准，可在订单页申请退差价。": False,
    "内衣、泳袜拆封后不退，须在下单时单独确认。": False,
    "因仓库发错商品退换的，寄回运费由顾客先付，核实后由店铺返还。": False,
    "使用后过敏请停用并就医，24小时内有专人联系您。": False,
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KnowledgeBase, Insight]]:
    home = tmp_path_factory.mktemp("review") / "home"
    with KnowledgeBase.open(KbSettings(home=home), embedder=None) as base:
        for file in sorted(SAMPLE.glob("*.md")):
            base.add_path(file, publish=True, actor="local")
        insight = base.insight
        yield base, insight
        insight.close()


def test_hardly_any_alarm(sample: tuple[KnowledgeBase, Insight]) -> None:
    report = sample[1].conflicts()
    assert report.clauses > 700
    found = [(item.left.text, item.right.text, item.left_fact.quote) for item in report.contradictions]
    assert len(found) <= report.clauses / 200, found


def test_what_is_planted_is_found(sample: tuple[KnowledgeBase, Insight]) -> None:
    base, insight = sample
    body = "\n".join(f"### 第{number}条\n{text}\n" for number, text in enumerate(PLANTED, start=1))
    document = base.add_text("planted.md", body.encode(), kind="faq", title="售后问答新版", actor="local").document_id
    alarmed = {item.left.text for item in insight.review(document).contradictions}
    wrong = {text: wanted for text, wanted in PLANTED.items() if (text in alarmed) != wanted}
    assert wrong == {}
