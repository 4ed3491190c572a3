"""Drafts by a model: what it promises is never offered, what it leaves out is said, every failure ends in a reply."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from copilot.bootstrap import Services, build
from copilot.cli.home_commands import load_sample
from copilot.desk import LOCAL
from copilot.domain.approvals import ApprovalRequest
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Mode, Status
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings
from tests.conftest import fixed_clock
from tests.llm.endpoint import CHAT, URL, refusal, stub

TICKET = Ticket.model_validate({
    "platform": "jd",
    "messages": [{"role": "customer", "text": "电饭煲用了三天就不加热了，能退吗，邮费谁出"}],
    "order": {"id": "JD1", "status": "signed", "signed_at": "2026-11-17T10:00:00+08:00", "amount": "199.00",
              "items": [{"title": "智能电饭煲", "category": "appliance", "tags": []}]},
})  # fmt: skip
READING = {"issue": "quality/malfunction", "others": [], "demands": ["refund"], "emotion": "dissatisfied",
           "risk_flags": []}  # fmt: skip
CARE = "刚买的电饭煲就不加热，耽误您做饭了，实在抱歉。"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook) -> Path:
    home = tmp_path_factory.mktemp("drafts") / "home"
    with build(Settings(home=home, embeddings="none"), clock=fixed_clock, rulebook=rulebook) as services:
        load_sample(services)
    return home


def opened(home: Path, rulebook: Rulebook) -> Services:
    settings = Settings(home=home, embeddings="none", llm_base_url=URL, llm_model="small", llm_retries=0,
                        llm_api_key=SecretStr("k"))  # fmt: skip
    return build(settings, clock=fixed_clock, rulebook=rulebook)


@pytest.fixture(scope="module")
def shared(home: Path, rulebook: Rulebook) -> Iterator[Services]:
    """For tests whose endpoint answers: no breaker opens."""
    with opened(home, rulebook) as services:
        yield services


@pytest.fixture
def desk(home: Path, rulebook: Rulebook, endpoint: respx.MockRouter) -> Iterator[Services]:
    """For tests whose endpoint fails."""
    with opened(home, rulebook) as services:
        yield services


@pytest.fixture(scope="module")
def offline(home: Path, rulebook: Rulebook) -> Iterator[Services]:
    with build(Settings(home=home, embeddings="none"), clock=fixed_clock, rulebook=rulebook) as services:
        yield services


Suggest = Callable[..., Suggestion]


@pytest.fixture
def suggest(shared: Services, endpoint: respx.MockRouter) -> Suggest:
    """suggest(sentences, …, repaired=[…], reading={…}): what is made of these answers."""

    def made(*sentences: Any, repaired: Any = None, reading: Any = None, ticket: Ticket = TICKET) -> Suggestion:
        endpoint.post(CHAT).mock(side_effect=stub(
            understand=json.dumps(reading or READING), draft=json.dumps({"sentences": sentences}),
            repair=json.dumps({"sentences": repaired or []}),
        ))  # fmt: skip
        return shared.desk.suggest(ticket, LOCAL)

    return made


def said(text: str, *cites: int) -> dict[str, Any]:
    return {"text": text, "cites": list(cites)}


def test_a_good_draft_is_offered_and_tells_all_that_the_offline_one_tells(suggest: Suggest, offline: Services) -> None:
    made = suggest(said(CARE))
    plain = offline.desk.suggest(TICKET, LOCAL)
    first, concise = made.drafts
    assert (made.mode, first.compliance.source, first.compliance.status) == (Mode.LLM, "llm", Status.PASS)
    assert CARE in first.plain_text
    assert first.plain_text.startswith("您好")
    _, policy, ending = plain.drafts[0].plain_text.split("\n")
    assert first.plain_text.split("\n")[1:] == [policy, ending]
    assert concise.compliance.source == "composer"
    assert made.trace.llm_calls == 2
    assert set(made.trace.prompts) == {"understand", "draft"}
    cited = {citation.id for citation in made.citations}
    assert set(first.citations) <= cited


@pytest.mark.parametrize(
    "promise",
    ["我将赔您三倍。", "给您补偿50元，您看可以吗？", "保证今天一定把钱退到您账上。", "我帮您申请一张20元优惠券，马上发给您。",
     "运费您不用管，我私下转给您。", "这肯定是我们仓库的责任。", "您加我微信，我单独帮您处理。", "这是公司规定，我也没办法。"],
)  # fmt: skip
def test_what_it_must_not_promise_is_never_offered(suggest: Suggest, promise: str) -> None:
    made = suggest(said(CARE), said(promise), said(promise, 1))
    assert made.drafts
    for draft in made.drafts:
        assert draft.compliance.status is not Status.BLOCK
        assert promise.rstrip("。？") not in draft.plain_text
    assert CARE in made.drafts[0].plain_text


def test_a_blocked_sentence_is_repaired_once(suggest: Suggest) -> None:
    made = suggest(said(CARE), said("这种情况我保证肯定给您修好。"), repaired=[said("我会跟进检测的进展并告诉您。")])
    assert "我会跟进检测的进展并告诉您。" in made.drafts[0].plain_text
    assert made.drafts[0].compliance.repairs == 1
    assert [held.text for held in made.held_back] == ["这种情况我保证肯定给您修好。"]
    assert made.held_back[0].violations[0].text in made.held_back[0].text
    assert made.trace.llm_calls == 3
    assert "repair" in made.trace.prompts


def test_a_repair_that_promises_again_is_left_out(suggest: Suggest) -> None:
    made = suggest(said(CARE), said("这种情况我保证肯定给您修好。"), repaired=[said("我保证一定给您修好。")])
    assert "保证" not in made.drafts[0].plain_text
    assert made.trace.llm_calls == 3


def test_a_sentence_on_a_point_that_leaves_out_its_condition_is_said_in_approved_wording(
    suggest: Suggest, offline: Services
) -> None:
    made = suggest(said(CARE), said("可以退货、换货。", 1))
    assert "可以退货、换货。" not in made.drafts[0].plain_text.split("\n")[1].split("。")
    policy = offline.desk.suggest(TICKET, LOCAL).drafts[0].plain_text.split("\n")[1]
    assert made.drafts[0].plain_text.split("\n")[1] == policy


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        (said("签收后三十日内都可以退货。", 1), "数字或日期没有依据"),
        (said("请您放心，我们按规定办理。", 99), "引用了不存在的资料编号"),
        (said("我们会退您{{refund_total}}，请您留意查收。"), "含有无法填写的占位符或格式符号"),
        (said("We will take good care of your order."), "不是中文"),
        (said("电饭煲用了三天就不加热了，能退吗，邮费谁出"), "照抄了对话或提示"),
        (said("把要点一说给顾客听"), "照抄了对话或提示"),
        (said("麻烦您提供一下……"), "含有无法填写的占位符或格式符号"),
        (said("嗯嗯"), "没有内容"),
        (said("请您放心，" * 40), "句子过长"),
    ],
)
def test_what_rests_on_nothing_is_left_out(suggest: Suggest, sentence: dict[str, Any], why: str) -> None:
    made = suggest(said(CARE), sentence)
    assert made.trace.extra["llm"]["dropped"] == [why]
    assert sentence["text"].rstrip("。") not in made.drafts[0].plain_text
    assert made.drafts[0].compliance.source == "llm"


def test_nothing_usable_gives_the_offline_drafts(suggest: Suggest, offline: Services) -> None:
    made = suggest(said("我将赔您三倍。"))
    plain = offline.desk.suggest(TICKET, LOCAL)
    assert made.mode is Mode.FALLBACK
    assert made.drafts[0].compliance.source == "composer"
    assert made.drafts[0].plain_text.split("\n")[1:] == plain.drafts[0].plain_text.split("\n")[1:]
    assert any("草稿未采用" in warning for warning in made.warnings)


@pytest.mark.parametrize("text", ["", "对不起，我不能回答。", "{", '{"sentences": 5}', "赔您三倍" * 300])
def test_an_answer_that_is_no_draft_is_asked_again_once(desk: Services, endpoint: respx.MockRouter, text: str) -> None:
    endpoint.post(CHAT).mock(side_effect=stub(understand=json.dumps(READING), draft=text))
    made = desk.desk.suggest(TICKET, LOCAL)
    assert made.mode is Mode.FALLBACK
    assert made.drafts[0].compliance.source == "composer"
    assert made.trace.llm_calls <= 3


@pytest.mark.parametrize("answer", [refusal(500), refusal(429), httpx.ReadTimeout, httpx.ConnectError])
def test_a_failing_endpoint_gives_the_offline_drafts(
    desk: Services, offline: Services, endpoint: respx.MockRouter, answer: Any
) -> None:
    endpoint.post(CHAT).mock(**({"return_value": answer} if isinstance(answer, httpx.Response) else
                                {"side_effect": answer}))  # fmt: skip
    made, plain = desk.desk.suggest(TICKET, LOCAL), offline.desk.suggest(TICKET, LOCAL)
    assert made.mode is Mode.FALLBACK
    assert [draft.text for draft in made.drafts] == [draft.text for draft in plain.drafts]
    assert len([warning for warning in made.warnings if "语言模型" in warning]) == 1


def test_another_problem_that_the_model_reads_is_drafted_for_anew(suggest: Suggest) -> None:
    vague = Ticket.model_validate({"messages": [{"role": "customer", "text": "怎么还没动静，都好几天了"}]})
    made = suggest(said("让您等到现在还没有结果，实在抱歉。"), ticket=vague,
                   reading={**READING, "issue": "refund_payment/refund_progress"})  # fmt: skip
    assert made.classification.issue_subtype == "refund_progress"
    assert made.trace.llm_calls == 3
    assert made.drafts[0].compliance.source == "llm"
    assert "退款" in made.drafts[0].plain_text


def test_approved_amounts_are_filled_in_by_code(shared: Services, suggest: Suggest) -> None:
    asked = ApprovalRequest.model_validate(
        {"kind": "coupon", "amount": "30.00", "order_id": "JD1", "basis": "多次联系未果"}
    )
    entry = shared.approvals.request(LOCAL, asked)
    granted = shared.approvals.approve(LOCAL, entry.id, administrator=True)
    ticket = TICKET.model_copy(update={"approvals": (granted.approval,)})
    made = suggest(said(CARE), said("已为您申请到{{approved_amount}}优惠券，稍后发到您的账户。"), ticket=ticket)
    text = made.drafts[0].plain_text
    assert "{{" not in text
    assert "30元优惠券" in text


def test_work_orders_and_holding_replies_are_not_the_models(suggest: Suggest) -> None:
    made = suggest(said(CARE), ticket=TICKET.model_copy(update={"channel": "workorder"}))
    assert made.trace.llm_calls == 1
    assert made.mode is Mode.LLM
    assert {draft.compliance.source for draft in made.drafts} == {"composer"}
