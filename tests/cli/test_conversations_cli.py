"""qa and summary as whole processes: a ticket file, many lines, a limit of sentences."""

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import copilot, lines

TALK = {
    "id": "T-1",
    "messages": [
        {"role": "customer", "text": "杯子碎了。我要退款。你们怎么包装的。太离谱了。"},
        {"role": "agent", "text": "这是公司规定。"},
    ],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("talk") / "home"


def test_for_a_reader(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps(TALK), encoding="utf-8")
    printed = copilot(home, "qa", str(file)).stdout.decode()
    assert "不合格" in printed
    assert "[1:0] 这是公司规定" in printed
    assert "杯子碎了" in copilot(home, "summary", str(file), "--sentences", "3").stdout.decode()
    asked = json.loads(copilot(home, "summary", str(file), "--sentences", "3", "--json").stdout)
    assert len(asked["sentences"]) == 3


def test_many_lines(home: Path) -> None:
    feed = json.dumps(TALK).encode() + b"\n{}\n" + json.dumps({**TALK, "satisfaction": 9}).encode()
    good, empty, stars = lines(copilot(home, "qa", "--jsonl", text=feed, code=3))
    assert (good["id"], good["passed"]) == ("T-1", False)
    assert "messages" in str(empty["error"])
    assert "satisfaction" in str(stars["error"])
    [summary] = lines(copilot(home, "summary", "--jsonl", text=json.dumps(TALK).encode()))
    assert summary["whole"] is True
