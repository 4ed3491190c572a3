"""POST /v1/suggestions/stream: known things first, sentences past the guard, stored before told, cancelled when alone."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import httpx
import pytest
import respx
import uvicorn
from fastapi.testclient import TestClient

from copilot.api import sse
from copilot.app import create_app
from copilot.bootstrap import Services, build
from copilot.desk import LOCAL
from copilot.domain.compliance import CheckRequest
from copilot.domain.roles import Role
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Status
from copilot.errors import NotFound
from copilot.llm.scope import current
from copilot.rulebook.loader import Rulebook
from copilot.settings import Settings
from tests.conftest import fixed_clock
from tests.llm.endpoint import CHAT, URL, stub

BODY = {"platform": "jd", "messages": [{"role": "customer", "text": "电饭煲用了三天就不加热了，能退吗，邮费谁出"}]}
READING = json.dumps({"issue": "quality/malfunction", "others": [], "demands": ["refund"], "emotion": "calm",
                      "risk_flags": []})  # fmt: skip
CARE = "刚买的电饭煲就不加热，耽误您做饭了，实在抱歉。"
Told = list[tuple[str, str, Any]]


def told(text: str) -> Told:
    """(id, name, body) of every event."""
    found = []
    for block in text.strip().split("\n\n"):
        if block.startswith(":"):
            continue
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def names(events: Told) -> list[str]:
    return [name for _, name, _ in events]


def headers(services: Services, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {services.keys.create(Role.AGENT, 'agent', LOCAL)}", **more}


def streamed(services: Services, body: Any = BODY, **more: str) -> Told:
    with TestClient(create_app(services)) as client:
        answer = client.post("/v1/suggestions/stream", json=body, headers=headers(services, **more))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        return told(answer.text)


@pytest.fixture
def modelled(
    tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook, endpoint: respx.MockRouter
) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("streams") / "home"
    settings = Settings(home=home, embeddings="none", llm_base_url=URL, llm_model="small", llm_retries=0)
    with build(settings, clock=fixed_clock, rulebook=rulebook) as services:
        yield services


def test_offline_everything_is_told_and_what_is_told_last_is_stored(empty: Services) -> None:
    events = streamed(empty)
    assert names(events)[:3] == ["classification", "entitlements", "next_steps"]
    assert names(events)[-2:] == ["suggestion", "done"]
    made = events[-2][2]
    assert empty.desk.suggestion(made["id"]).model_dump(mode="json") == made
    assert [number for number, _, _ in events] == [f"{made['id']}/{number}" for number in range(1, len(events) + 1)]
    sentences = [body for _, name, body in events if name == "sentence"]
    assert sentences
    assert "".join(each["text"] for each in sentences) == made["drafts"][0]["text"].replace("\n", "")
    assert events[0][2]["classification"] == made["classification"]


def test_a_model_s_sentences_pass_the_guard_before_they_are_told(
    modelled: Services, endpoint: respx.MockRouter
) -> None:
    draft = {"sentences": [{"text": CARE, "cites": []}, {"text": "我保证肯定给您修好。", "cites": []}]}
    route = endpoint.post(CHAT).mock(
        side_effect=stub(understand=READING, draft=json.dumps(draft), repair='{"sentences": []}')
    )
    events = streamed(modelled)
    assert route.called
    sentences = [body for _, name, body in events if name == "sentence"]
    assert {"text": CARE, "paragraph": 0, "citations": [], "source": "llm"} in sentences
    assert "保证" not in "".join(each["text"] for each in sentences)
    [finding] = [body for _, name, body in events if name == "finding"]
    assert finding["rules"]
    assert "保证" not in json.dumps(finding, ensure_ascii=False)
    made = events[-2][2]
    assert made["mode"] == "llm"
    assert made["drafts"][0]["compliance"]["source"] == "llm"
    for each in sentences:
        assert modelled.desk.check(CheckRequest(text=each["text"])).status is not Status.BLOCK


def test_a_model_that_breaks_off_leaves_a_whole_reply(modelled: Services, endpoint: respx.MockRouter) -> None:
    sentences = [{"text": CARE, "cites": []}, {"text": "我先", "cites": []}]
    whole = json.dumps({"sentences": sentences}, ensure_ascii=False)
    endpoint.post(CHAT).mock(side_effect=stub(understand=READING, draft=whole[: whole.index("我先")]))
    made = streamed(modelled)[-2][2]
    assert CARE in made["drafts"][0]["plain_text"]
    assert made["drafts"][0]["compliance"]["status"] != "block"


def test_a_stored_suggestion_is_told_again(empty: Services) -> None:
    made = streamed(empty)[-2][2]
    again = streamed(empty, **{"Last-Event-ID": f"{made['id']}/2"})
    assert names(again) == ["suggestion", "done"]
    assert again[0][0] == f"{made['id']}/3"
    assert again[0][2] == made


def broken_down(customer: str) -> Any:
    order = {"status": "signed", "items": [{"sku": "A1", "title": "电饭煲"}]}
    return {**BODY, "customer": {"id": customer}, "order": order}


def test_streams_count_towards_a_group_complaint(empty: Services) -> None:
    first = streamed(empty, broken_down("C1"))[-2][2]
    assert first["trace"]["extra"]["group"]["customers"] == 1
    streamed(empty, broken_down("C1"), **{"Last-Event-ID": f"{first['id']}/2"})  # told again: counted once
    for customer in ("C2", "C3", "C4"):
        streamed(empty, broken_down(customer))
    events = streamed(empty, broken_down("C5"))
    assert "group_complaint" in events[0][2]["classification"]["risk_flags"]
    made = events[-2][2]
    assert made["trace"]["extra"]["group"]["customers"] == 5
    assert made["trace"]["rules"][0] == "group.customers"


def test_a_model_s_reading_is_counted_too(modelled: Services, endpoint: respx.MockRouter) -> None:
    draft = json.dumps({"sentences": [{"text": CARE, "cites": []}]})
    endpoint.post(CHAT).mock(side_effect=stub(understand=READING, draft=draft, repair='{"sentences": []}'))
    for customer in ("C1", "C2", "C3", "C4"):
        modelled.desk.suggest(Ticket.model_validate(broken_down(customer)), LOCAL)
    made = streamed(modelled, broken_down("C5"))[-2][2]
    assert "group_complaint" in made["classification"]["risk_flags"]
    assert made["trace"]["extra"]["group"]["customers"] == 5
    assert made["trace"]["extra"]["llm"]["stages"]


def test_one_that_was_not_stored_is_made_under_its_id(empty: Services) -> None:
    lost = "sg_" + "0" * 24
    events = streamed(empty, **{"Last-Event-ID": f"{lost}/4"})
    assert events[-2][2]["id"] == lost
    assert names(events)[0] == "classification"


def test_a_failure_is_told_as_a_problem_and_logged_by_its_place(
    empty: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("李明华13812345678")
        yield

    monkeypatch.setattr(empty.desk._pipeline, "events", broken)
    [(_, name, body)] = streamed(empty)
    assert name == "error"
    assert (body["status"], body["code"]) == (500, "internal_error")
    logged = "".join(capsys.readouterr())
    assert "RuntimeError at " in logged
    assert "13812345678" not in logged


def test_a_wrong_ticket_and_a_missing_key_are_refused_before_the_stream(empty: Services) -> None:
    with TestClient(create_app(empty)) as client:
        wrong = client.post("/v1/suggestions/stream", json={"messages": []}, headers=headers(empty))
        assert wrong.status_code == 422
        assert client.post("/v1/suggestions/stream", json=BODY).status_code == 401


@pytest.fixture
def served(empty: Services) -> Iterator[str]:
    """A real server: only there does a client go away."""
    server = uvicorn.Server(uvicorn.Config(create_app(empty), port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    [port] = [sock.getsockname()[1] for each in server.servers for sock in each.sockets]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_when_the_client_goes_the_model_is_cancelled_and_nothing_is_stored(
    empty: Services, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: Future[None] = Future()
    seen = threading.Event()
    events = empty.desk._pipeline.events

    def waiting(*args: Any, **how: Any) -> Any:
        made = events(*args, **how)
        yield next(made)
        scope = current()
        assert scope is not None
        scope.add(running)
        seen.set()
        while not running.done():
            time.sleep(0.01)
        yield from made

    monkeypatch.setattr(empty.desk._pipeline, "events", waiting)
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.05)
    with httpx.stream("POST", f"{served}/v1/suggestions/stream", json=BODY, headers=headers(empty)) as answer:
        lines = answer.iter_lines()
        made = next(lines).removeprefix("id: ").split("/")[0]
        assert seen.wait(10)
        assert ": heartbeat" in (next(lines) for _ in range(50))
    for _ in range(500):
        if running.cancelled():
            break
        time.sleep(0.02)
    assert running.cancelled()
    with pytest.raises(NotFound):
        empty.desk.suggestion(made)
