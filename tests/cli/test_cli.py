"""The command line as a whole process: answers on standard output only, errors that name what was wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TICKET = {"id": "T-1", "messages": [{"role": "customer", "text": "快递三天没动静了，能查一下吗"}]}


def copilot(home: Path, *arguments: str, text: bytes = b"", code: int = 0) -> subprocess.CompletedProcess[bytes]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "COPILOT_HOME": str(home),
        "COPILOT_EMBEDDINGS": "none",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-m", "copilot", *arguments], input=text, capture_output=True, env=environment, check=False,
        cwd=Path(__file__).parents[2], timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done


def lines(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "home"


def test_suggest_jsonl_answers_in_order_and_goes_on_after_bad_lines(home: Path) -> None:
    good = json.dumps(TICKET).encode()
    feed = b"\n".join([
        good, b"{broken", b'{"id": "T-2", "messages": []}', b'{"id": "T-3", "messages": [{"role": "customer", "text": "\xff"}]}',
        b"[]", b"", json.dumps({**TICKET, "id": "T-4"}).encode(),
    ])  # fmt: skip
    done = copilot(home, "suggest", "--jsonl", text=feed + b"\n", code=3)
    answers = lines(done)
    assert len(answers) == 6
    assert answers[0]["ticket_id"] == "T-1"
    assert answers[2]["id"] == "T-2"
    assert [a["error"]["code"] for a in answers[1:5]] == ["malformed", "bad_request", "malformed", "bad_request"]  # type: ignore[index]
    assert answers[5]["ticket_id"] == "T-4"


@pytest.mark.parametrize("command", [("suggest",), ("classify",), ("check",), ("kb", "search")])
def test_every_jsonl_command_takes_empty_input(home: Path, command: tuple[str, ...]) -> None:
    assert copilot(home, *command, "--jsonl").stdout == b""


def test_classify_and_check_jsonl(home: Path) -> None:
    [answer] = lines(copilot(home, "classify", "--jsonl", text=json.dumps(TICKET).encode()))
    assert answer["id"] == "T-1"
    assert answer["classification"]["issue_type"] == "logistics"  # type: ignore[index]
    requests = [{"id": "a", "text": "我私下再补您50元现金。"}, {"id": "b", "text": "您好，我帮您核实一下。"}]
    feed = "\n".join(json.dumps(request, ensure_ascii=False) for request in requests).encode()
    verdicts = {a["id"]: a["status"] for a in lines(copilot(home, "check", "--jsonl", text=feed))}
    assert verdicts == {"a": "block", "b": "pass"}


def test_check_exit_status_says_blocked(home: Path) -> None:
    copilot(home, "check", "保证明天到，您放心。", code=4)
    copilot(home, "check", "您好，我帮您核实一下。")


def test_a_document_is_added_found_and_shown(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "退货须知.md"
    file.write_text("# 退货须知\n\n## 运费\n\n因尺码不合适退货的，退回运费由顾客承担。\n", encoding="utf-8")
    added = copilot(home, "kb", "add", str(file), "--kind", "policy", "--publish").stdout.decode()
    document = added.strip().split()[-1]
    assert document.startswith("doc_")
    assert "退货须知" in copilot(home, "kb", "list").stdout.decode()
    assert "退回运费由顾客承担" in copilot(home, "kb", "show", document).stdout.decode()
    [hit] = lines(copilot(home, "kb", "search", "--jsonl", text='{"id":"q","query":"邮费谁出","k":1}'.encode()))
    assert "退回运费由顾客承担" in hit["hits"][0]["text"]  # type: ignore[index]
    copilot(home, "doctor")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("suggest", "no-such-file.json"), "no-such-file.json"),
        (("kb", "show", "doc_none"), "doc_none"),
        (("kb", "search", " "), "query"),
    ],
)
def test_errors_are_one_line_that_names_the_cause(home: Path, arguments: tuple[str, ...], named: str) -> None:
    done = copilot(home, *arguments, code=1)
    assert done.stdout == b""
    assert done.stderr.startswith(b"error [")
    assert named in done.stderr.decode()


def test_bad_settings_are_named(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "copilot", "doctor"], capture_output=True, check=False,
        env={"PATH": "/usr/bin:/bin", "COPILOT_HOME": str(home), "COPILOT_MAX_BODY_BYTES": "many"},
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 1
    assert b"COPILOT_MAX_BODY_BYTES" in done.stderr


def test_the_other_commands_speak_json_too(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "保修须知.md"
    file.write_text("# 保修须知\n\n整机保修一年，人为损坏的除外。\n", encoding="utf-8")
    [report] = lines(copilot(home, "kb", "add", str(file), "--kind", "policy", "--jsonl"))
    assert (report["state"], report["clauses"]) == ("draft", 1)
    documents = lines(copilot(home, "kb", "list", "--jsonl"))
    assert report["document_id"] in {document["document_id"] for document in documents}
    [clause] = lines(copilot(home, "kb", "show", str(report["document_id"]), "--jsonl"))
    assert "人为损坏的除外" in str(clause["text"])
    assert all(finding["ok"] for finding in lines(copilot(home, "doctor", "--jsonl")))
    assert lines(copilot(home, "kb", "rebuild", "--jsonl"))[0]["missing_lexical"] == []


def test_a_bad_file_fails_alone_and_says_why(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes(b"---\nkind: poem\n---\ntext\n")
    (tmp_path / "good.md").write_text("退款原路退回。\n", encoding="utf-8")
    (tmp_path / "song.mp3").write_bytes(b"ID3\x00\x00")
    done = copilot(home, "kb", "add", str(tmp_path), "--kind", "faq", code=1)
    assert "good.md" in done.stdout.decode()
    problems = done.stderr.decode()
    assert "bad.md:2" in problems
    assert "song.mp3" in problems


def test_a_suggestion_for_a_reader_is_shown_whole(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "ticket.json"
    file.write_text(json.dumps(TICKET), encoding="utf-8")
    shown = copilot(home, "suggest", str(file)).stdout.decode()
    answer = json.loads(copilot(home, "suggest", str(file), "--json").stdout)
    for line in answer["drafts"][0]["text"].splitlines():
        assert line in shown
    for step in answer["next_steps"]:
        assert step["text"] in shown
