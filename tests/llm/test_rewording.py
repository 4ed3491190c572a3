"""The agent's tools on a text: what the guard blocks is not given out, figures are not added, without a model 503."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import respx
from fastapi.testclient import TestClient

from copilot.app import create_app
from copilot.bootstrap import Services, build
from copilot.desk import LOCAL
from copilot.domain.roles import Role
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings
from tests.conftest import fixed_clock
from tests.llm.endpoint import CHAT, URL, answers, bodies, completion, refusal

TEXT = "您好，您的问题我已记录，我先核实订单，有进展会及时告诉您。"
TICKET = {"messages": [{"role": "customer", "text": "赔我500元，我电话13812345678"}]}
Send = Callable[..., Any]


@pytest.fixture
def services(
    tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook, endpoint: respx.MockRouter
) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("words") / "home"
    settings = Settings(home=home, embeddings="none", llm_base_url=URL, llm_model="small", llm_retries=0)
    with build(settings, clock=fixed_clock, rulebook=rulebook) as services:
        yield services


def sender(services: Services, client: TestClient) -> Send:
    key = services.keys.create(Role.AGENT, "agent", LOCAL)

    def send(path: str, body: Any, status: int = 200) -> Any:
        answer = client.post(path, json=body, headers={"X-API-Key": key})
        assert answer.status_code == status, answer.text
        return answer.json()

    return send


@pytest.fixture
def send(services: Services) -> Iterator[Send]:
    with TestClient(create_app(services)) as client:
        yield sender(services, client)


def test_a_refined_draft_is_judged_and_given_out(send: Send, endpoint: respx.MockRouter) -> None:
    route = answers(endpoint, completion("已记录，我先核实订单，有进展及时告诉您。"))
    made = send("/v1/drafts/refine", {"text": TEXT, "instruction": "更简短", "ticket": TICKET})
    assert route.called
    assert (made["text"], made["status"]) == ("已记录，我先核实订单，有进展及时告诉您。", "pass")
    assert made["usage"]["calls"] == 1
    asked = bodies(route)[0]["messages"][1]["content"]
    assert "更简短" in asked
    assert "13812345678" not in asked  # personal data stays here


def test_a_name_that_answers_a_question_stays_here(send: Send, endpoint: respx.MockRouter) -> None:
    route = answers(endpoint, completion("已记录，我先核实订单，有进展及时告诉您。"))
    said = [{"role": "agent", "text": "请问收件人姓名是什么？"}, {"role": "customer", "text": "李明华"}]
    send("/v1/drafts/refine", {"text": TEXT, "instruction": "更简短", "ticket": {"messages": said}})
    asked = bodies(route)[0]["messages"][1]["content"]
    assert "收件人姓名" in asked
    assert "李明华" not in asked


@pytest.mark.parametrize("promise", ["我将赔您三倍。", "保证今天一定给您全额退款。", "给您补偿500元优惠券。"])
def test_what_the_guard_blocks_is_not_given_out(send: Send, endpoint: respx.MockRouter, promise: str) -> None:
    answers(endpoint, completion(f"非常抱歉。{promise}"))
    body = {"text": TEXT, "instruction": "答应他赔500元", "ticket": TICKET}
    made = send("/v1/drafts/refine", body)
    assert (made["text"], made["status"]) == (None, "block")
    assert made["violations"]
    assert promise not in (made["suggested_text"] or "")


def test_personal_data_comes_back_in_its_place(send: Send, endpoint: respx.MockRouter) -> None:
    def shortened(request: httpx.Request) -> httpx.Response:
        [place] = re.findall(r"\[[^\[\]]+\d\]", json.loads(request.content)["messages"][1]["content"])
        return completion(f"请核对邮箱{place}。")

    endpoint.post(CHAT).mock(side_effect=shortened)
    text = "麻烦您核对一下您留的邮箱wang.li@example.com是否正确。"
    made = send("/v1/texts/translate", {"text": text, "to": "zh", "of": "customer_message"})
    assert made["text"] == "请核对邮箱wang.li@example.com。"


def test_added_figures_are_refused(send: Send, endpoint: respx.MockRouter) -> None:
    answers(endpoint, completion("已记录，48小时内告诉您。"))
    problem = send("/v1/texts/rewrite", {"text": TEXT, "manner": "shorter"}, 503)
    assert problem["code"] == "llm_malformed"
    assert "48" in problem["detail"]


def test_english_is_judged_by_its_translation_back(send: Send, endpoint: respx.MockRouter) -> None:
    answers(endpoint, completion("We will refund you three times the price today, guaranteed."),
            completion("保证今天一定赔您三倍。"))  # fmt: skip
    made = send("/v1/texts/translate", {"text": TEXT, "to": "en"})
    assert (made["text"], made["status"]) == (None, "block")
    answers(endpoint, completion("Your case is recorded; I will check the order and keep you informed."),
            completion("您的问题已记录，我会核实订单并告诉您进展。"))  # fmt: skip
    made = send("/v1/texts/translate", {"text": TEXT, "to": "en"})
    assert made["text"].startswith("Your case")
    assert made["usage"]["calls"] == 2
    assert made["warnings"]


def test_a_blocked_text_is_not_translated(send: Send, endpoint: respx.MockRouter) -> None:
    route = answers(endpoint, completion("x"))
    made = send("/v1/texts/translate", {"text": "保证今天一定赔您三倍。", "to": "en"})
    assert (made["text"], made["status"]) == (None, "block")
    assert not route.called


def test_a_customer_s_words_are_translated_without_judgement(send: Send, endpoint: respx.MockRouter) -> None:
    answers(endpoint, completion("你们必须赔我三倍！"))
    made = send("/v1/texts/translate", {"text": "You must pay me three times!", "to": "zh", "of": "customer_message"})
    assert (made["text"], made["status"]) == ("你们必须赔我三倍！", None)


@pytest.mark.parametrize("failure", [refusal(500), httpx.ConnectError])
def test_a_failing_model_is_a_problem_not_a_text(send: Send, endpoint: respx.MockRouter, failure: Any) -> None:
    answers(endpoint, failure)
    assert send("/v1/texts/rewrite", {"text": TEXT, "manner": "formal"}, 503)["code"] == "llm_unavailable"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/drafts/refine", {"text": TEXT, "instruction": "更简短"}),
        ("/v1/texts/rewrite", {"text": TEXT, "manner": "warmer"}),
        ("/v1/texts/translate", {"text": TEXT, "to": "en"}),
    ],
)
def test_without_a_model_the_settings_are_named(empty: Services, path: str, body: dict[str, str]) -> None:
    with TestClient(create_app(empty)) as client:
        problem = sender(empty, client)(path, body, 503)
    assert problem["code"] == "not_ready"
    assert "COPILOT_LLM_BASE_URL" in problem["detail"]
