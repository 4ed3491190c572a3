"""Suggestions with a model behind an endpoint: mode, warnings and trace say what happened; a dead one costs nothing."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import respx
from pydantic import SecretStr

from copilot.bootstrap import Services, build
from copilot.desk import LOCAL
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Mode, Status
from copilot.errors import NotReady
from copilot.health import examine
from copilot.llm import templates
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings
from tests.conftest import fixed_clock
from tests.llm.endpoint import CHAT, URL, answers, bodies, completion, refusal, stub

TICKET = Ticket.model_validate({"messages": [{"role": "customer", "text": "电饭煲坏了，不加热，想退款"}]})
READING = json.dumps({"issue": "quality/malfunction", "others": [], "demands": ["refund"], "emotion": "dissatisfied",
                      "risk_flags": []})  # fmt: skip
DRAFT = json.dumps({"sentences": [{"text": "刚买的电饭煲就不加热，耽误您做饭了，实在抱歉。", "cites": []}]})


@pytest.fixture
def desk(tmp_path: Path, rulebook: Rulebook, endpoint: respx.MockRouter) -> Iterator[Services]:
    settings = Settings(home=tmp_path / "home", embeddings="none", llm_base_url=URL, llm_model="large, small",
                        llm_api_key=SecretStr("sk-secret"), llm_retries=0)  # fmt: skip
    with build(settings, clock=fixed_clock, rulebook=rulebook) as services:
        yield services


def test_a_suggestion_with_a_model_says_so(desk: Services, endpoint: respx.MockRouter) -> None:
    route = endpoint.post(CHAT).mock(side_effect=stub(understand=READING, draft=DRAFT))
    made = desk.desk.suggest(TICKET, LOCAL)
    assert route.called
    assert (made.mode, made.trace.llm_calls, made.trace.model) == (Mode.LLM, 2, "small")
    assert made.trace.prompts == {name: templates.load()[name].ref.sha256 for name in ("understand", "draft")}
    assert made.trace.extra["llm"]["tokens_in"] == 22
    assert {name: stage["calls"] for name, stage in made.trace.extra["llm"]["stages"].items()} == {
        "understand": 1, "draft": 1,
    }  # fmt: skip
    assert made.classification.emotion == "dissatisfied"
    assert not [warning for warning in made.warnings if "语言模型" in warning]
    assert route.calls[0].request.headers["authorization"] == "Bearer sk-secret"


def test_the_second_model_answers_where_the_first_fails(desk: Services, endpoint: respx.MockRouter) -> None:
    answer = stub(understand=READING, draft=DRAFT)
    route = endpoint.post(CHAT).mock(
        side_effect=lambda request: refusal(404) if b'"large"' in request.content else answer(request)
    )
    assert desk.desk.suggest(TICKET, LOCAL).mode is Mode.LLM
    assert sorted(body["model"] for body in bodies(route)) == ["large", "large", "small", "small"]


def test_a_dead_endpoint_gives_the_offline_suggestion_with_a_warning(
    desk: Services, empty: Services, endpoint: respx.MockRouter
) -> None:
    endpoint.post(CHAT).mock(side_effect=httpx.ConnectError)
    made, offline = desk.desk.suggest(TICKET, LOCAL), empty.desk.suggest(TICKET, LOCAL)
    assert (made.mode, offline.mode) == (Mode.FALLBACK, Mode.OFFLINE)
    assert made.classification == offline.classification
    assert [draft.text for draft in made.drafts] == [draft.text for draft in offline.drafts]
    assert set(made.warnings) - set(offline.warnings) == {"语言模型未参与（服务不可用），本建议由离线规则给出"}
    assert (made.trace.llm_calls, made.trace.model) == (2, None)


def test_a_server_that_dies_half_way_costs_no_suggestion(desk: Services, endpoint: respx.MockRouter) -> None:
    answer, calls = stub(understand=READING, draft=DRAFT), itertools.count(1)

    def dying(request: httpx.Request) -> httpx.Response:
        if next(calls) > 10:
            raise httpx.ReadError("gone")
        return answer(request)

    route = endpoint.post(CHAT).mock(side_effect=dying)
    made = [desk.desk.suggest(TICKET, LOCAL) for _ in range(20)]
    assert [each.mode for each in made] == [Mode.LLM] * 5 + [Mode.FALLBACK] * 15
    assert all(each.drafts and each.drafts[0].compliance.status is not Status.BLOCK for each in made)
    assert route.call_count < 30  # the breakers stop asking


def test_without_settings_nothing_says_anything_of_a_model(empty: Services) -> None:
    made = empty.desk.suggest(TICKET, LOCAL)
    assert (made.mode, made.trace.llm_calls, made.trace.model, made.trace.prompts) == (Mode.OFFLINE, 0, None, {})
    assert made.trace.extra == {}


def test_the_key_is_in_no_message(desk: Services, endpoint: respx.MockRouter) -> None:
    endpoint.post(CHAT).mock(return_value=refusal(401, "bad key"))
    [finding] = [each for each in examine(desk) if each.name == "model"]
    assert not finding.ok
    assert "COPILOT_LLM_API_KEY" in finding.message
    assert "sk-secret" not in finding.message + repr(desk.settings)


def test_doctor_says_that_the_model_answers(desk: Services, empty: Services, endpoint: respx.MockRouter) -> None:
    cut = completion("好好好", finish="length")
    answers(endpoint, completion("好"), cut, cut)  # both models of the chain are asked
    for _ in range(2):
        [finding] = [each for each in examine(desk) if each.name == "model"]
        assert finding.ok
    [none] = [each for each in examine(empty) if each.name == "model"]
    assert none.ok
    assert "COPILOT_LLM_BASE_URL" in none.message


@pytest.mark.parametrize(
    ("given", "missing"), [({"llm_base_url": URL}, "COPILOT_LLM_MODEL"), ({"llm_model": "m"}, "COPILOT_LLM_BASE_URL")]
)
def test_half_a_setting_is_refused_by_name(
    tmp_path: Path, rulebook: Rulebook, given: dict[str, str], missing: str
) -> None:
    settings = Settings(home=tmp_path / "home", embeddings="none", **given)  # type: ignore[arg-type]
    with pytest.raises(NotReady, match=f"^{missing} is not set"):
        build(settings, rulebook=rulebook)


def test_an_empty_url_is_no_url(tmp_path: Path) -> None:
    assert Settings(home=tmp_path, llm_base_url="").llm_base_url is None


def test_checks_and_offline_suggestions_load_no_client_library(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from copilot.bootstrap import build\n"
        "from copilot.settings import Settings\n"
        "url = sys.argv[2] or None\n"
        "settings = Settings(home=Path(sys.argv[1]), embeddings='none', llm_base_url=url, llm_model=url and 'm')\n"
        "build(settings, read_only=bool(url)).close()\n"
        "print([name for name in ('openai', 'langchain_core', 'langchain_openai') if name in sys.modules])\n"
    )
    for url in ("", URL):  # without a model; with one, but only checking
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "home"), url], capture_output=True, text=True
        )
        assert done.stdout == "[]\n", done.stderr
