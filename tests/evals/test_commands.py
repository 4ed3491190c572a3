"""`copilot eval` as whole processes: exit statuses, what is written, and that the other commands do not pay for it."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from copilot.cli import plugins
from copilot.cli.main import app
from copilot.errors import NotReady
from copilot.settings import Settings
from evals import commands, runner

from .guard_rows import FIGURES, GOOD, VIOLATION, suite_file

LENIENT = [{**FIGURES[0], "floor": 0.0}, {**FIGURES[1], "ceiling": 1.0}]


def evaluate(folder: Path, *arguments: str, code: int, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "COPILOT_HOME": str(folder / "home"), "LC_ALL": "C.UTF-8", **settings}
    done = subprocess.run(
        [sys.executable, "-m", "copilot", "eval", "run", *arguments, "-o", str(folder / "out")], capture_output=True,
        text=True, encoding="utf-8", env=environment, check=False, cwd=Path(__file__).parents[2], timeout=300,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "home").exists(), "the user's own home must stay untouched"
    return done


def refused(folder: Path, *arguments: str, code: int) -> str:
    """What stands on standard error of a run that ends before anything is asked; in this process, which is faster."""
    context = SimpleNamespace(settings=Settings(home=folder / "home"))
    done = CliRunner().invoke(commands.app, ["run", *arguments, "-o", str(folder / "out")], obj=context)
    assert done.exit_code == code, done.output
    assert not (folder / "out" / "run.json").exists()
    return done.stderr


@pytest.fixture
def suite(tmp_path: Path) -> str:
    return str(suite_file(tmp_path, [VIOLATION, GOOD], figures=LENIENT))


def test_pass_is_0_with_the_report_as_json(suite: str, tmp_path: Path) -> None:
    done = evaluate(tmp_path, suite, "--json", code=0)
    written = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == written
    assert (written["verdict"], written["exit_status"]) == ("pass", 0)
    assert "own own 2/2" in done.stderr


def test_missed_floor_is_1(tmp_path: Path) -> None:
    impossible = {**GOOD, "id": "v2", "kind": "plain", "expect": "block", "categories": ["disrespect"]}
    path = suite_file(tmp_path, [VIOLATION, GOOD, impossible], figures=FIGURES)
    done = evaluate(tmp_path, str(path), code=1)
    assert "own · own · offline: 3 cases" in done.stdout
    assert "plain: v2 (own_act) block → pass 您好，我先帮您核实一下。" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "no suite is called 'nonsense'; there are: guard"),
        (["SUITE", "--set", "kept"], "has no set 'kept'"),
        (["SUITE", "--filter", "kind"], "LABEL=VALUE"),
        (["SUITE", "--filter", "colour=red"], "no label 'colour'"),
        (["SUITE", "--target", "moon"], "no target is called 'moon'"),
        (["SUITE", "--sample", "0"], "--sample"),
        ([], "SUITE"),
    ],
)
def test_wrong_use_is_2(suite: str, tmp_path: Path, arguments: list[str], message: str) -> None:
    assert message in refused(tmp_path, *(suite if word == "SUITE" else word for word in arguments), code=2)


@pytest.mark.parametrize(("rows", "cases"), [([], 1), ([VIOLATION], 2), ([{**VIOLATION, "expect": "?"}], 1)])
def test_unusable_cases_are_3(tmp_path: Path, rows: list[dict[str, Any]], cases: int) -> None:
    told = refused(tmp_path, str(suite_file(tmp_path, rows, cases=cases)), code=3)
    assert "error [eval_no_verdict]: own.jsonl:" in told


def test_bug_of_ours_is_3_and_not_a_missed_floor(
    suite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(runner, "run", broken)
    refused(tmp_path, suite, code=3)
    assert "broke down" in caplog.text


def test_nothing_selected_is_3(suite: str, tmp_path: Path) -> None:
    done = evaluate(tmp_path, suite, "--filter", "kind=scope", code=3)
    assert "no cases were selected" in done.stdout


def test_broken_rulebook_is_3(suite: str, tmp_path: Path) -> None:
    done = evaluate(tmp_path, suite, code=3, COPILOT_RULEBOOK=str(tmp_path / "none"))
    assert "error [rulebook_invalid]" in done.stderr


def test_copilot_does_not_load_evals_for_its_own_commands() -> None:
    script = (
        "import sys\n"
        "from copilot.cli import plugins\n"
        "plugins.entry_points = None\n"  # looking entry points up would fail
        "from copilot.cli.main import app\n"
        "try:\n    app(['check', '--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert not [name for name in sys.modules if name.partition('.')[0] == 'evals']\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=Path(__file__).parents[2])


class Broken:
    """An entry point whose package is damaged."""

    name, value = "broken", "nowhere:app"

    def load(self) -> None:
        raise ImportError("No module named 'nowhere'")


class Other:
    """An entry point that would replace a command of ours."""

    name, value = "check", "other:app"

    def load(self) -> typer.Typer:
        raise AssertionError("our own command must win")


def test_broken_plugin_is_named_when_asked_for_and_left_out_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "entry_points", lambda group: [Broken(), Other()])
    command: Any = typer.main.get_command(app)
    assert "broken" not in command.list_commands(None)
    assert command.list_commands(None).count("check") == 1
    with pytest.raises(NotReady, match="'broken'"):
        command.get_command(None, "broken")
    assert command.get_command(None, "check").name == "check"
    assert command.get_command(None, "nonsense") is None


def test_eval_is_found_by_its_entry_point() -> None:
    command: Any = typer.main.get_command(app)
    assert "eval" in command.list_commands(None)
    assert command.get_command(None, "eval").list_commands(None) == ["run"]
