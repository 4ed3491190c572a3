"""One rulebook file: what is read, and how a wrong file is named with its line and the fix."""

from datetime import timedelta
from pathlib import Path

import pytest

from copilot.errors import RulebookError
from copilot.rulebook.models import SlaFile, Span
from copilot.rulebook.source import line_of, read

CLOCK = "  - {id: follow_up, label: 跟进, within: 2h, source: sop.clock}\n"


def refusal(folder: Path, content: str | bytes) -> str:
    path = folder / "sla.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RulebookError) as caught:
        read(path, SlaFile)
    return caught.value.message


def within(folder: Path, written: str) -> Span:
    path = folder / "sla.yaml"
    path.write_text(f"clocks:\n  - {{id: a, label: b, within: {written}, source: s}}\n", encoding="utf-8")
    return read(path, SlaFile).clocks[0].within


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("clocks: [\n  {id: x\nnext: 1", "sla.yaml:3: not valid YAML"),
        ("clocks:\n\t- a\n", "sla.yaml:2: not valid YAML: found character that cannot start any token"),
        ("clocks: *nowhere\n", "sla.yaml:1: not valid YAML: found undefined alias"),
        ("clocks: !!python/object/apply:os.getcwd []\n", "sla.yaml:1: not valid YAML: could not determine"),
        ("", "sla.yaml:1: file: Input should be a valid dictionary"),
        ("- a\n", "sla.yaml:1: file: Input should be a valid dictionary"),
        ("holidays: []\n", "sla.yaml:1: clocks: Field required"),
        (f"clocks:\n{CLOCK}holiday: []\n", "sla.yaml:3: holiday: Extra inputs are not permitted"),
        (f"clocks:\n{CLOCK}  - id: a\n    label: b\n    within: 2h\n", "sla.yaml:3: clocks.1.source: Field required"),
        (
            f"clocks:\n{CLOCK}  - id: a\n    label: b\n    within: 2 hours\n    source: s\n",
            "sla.yaml:5: clocks.1.within: Value error, must be a number and a unit: 30s, 15m, 2h, 3d or 3wd",
        ),
        (
            f"clocks:\n{CLOCK}  - id: a\n    when:\n      days: {{over: 7}}\n    label: b\n    within: 2h\n    source: s\n",
            "sla.yaml:4: clocks.1.when: Value error, days: unknown operator ['over']",
        ),
        (f"clocks:\n{CLOCK}holidays: ['2026-13-01']\n", "sla.yaml:3: holidays.0: Input should be a valid date"),
        ("clocks: 提前".encode("gb18030"), "sla.yaml:1: not UTF-8 at byte 8; save the file as UTF-8"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, content: str | bytes, said: str) -> None:
    assert said in refusal(tmp_path, content)


def test_every_problem_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "clocks:\n  - {id: a, label: b, source: s}\n  - {id: b, label: b, within: 2h}\n")
    assert [line.split(":")[1] for line in message.splitlines()] == ["2", "3"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match=r"sla\.yaml:1: the file is missing"):
        read(tmp_path / "sla.yaml", SlaFile)


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x7f"])
def test_a_control_character_is_named_too(tmp_path: Path, character: str) -> None:
    assert "sla.yaml:" in refusal(tmp_path, f"clocks: []\nholidays: ['{character}']\n")


def test_a_key_that_stands_twice_is_named(tmp_path: Path) -> None:
    assert "sla.yaml:3" in refusal(tmp_path, f"clocks:\n{CLOCK}clocks: []\n")


@pytest.mark.parametrize(
    ("written", "natural", "working_days", "label"),
    [
        ("30s", timedelta(seconds=30), 0, "30秒"),
        ("15m", timedelta(minutes=15), 0, "15分钟"),
        ("2h", timedelta(hours=2), 0, "2小时"),
        ("3d", timedelta(days=3), 0, "3天"),
        ("3wd", timedelta(), 3, "3个工作日"),
    ],
)
def test_a_span_reads_as_it_is_written(
    tmp_path: Path, written: str, natural: timedelta, working_days: int, label: str
) -> None:
    span = within(tmp_path, written)
    assert (span.natural, span.working_days, span.label) == (natural, working_days, label)


@pytest.mark.parametrize("written", ["2", "h", "-2h", "2.5h", "2H", "2 h", "2小时", "''", "null", "2w"])
def test_a_span_without_number_and_unit_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(RulebookError, match=r"sla\.yaml:2: clocks\.0\.within"):
        within(tmp_path, written)


def test_the_line_of_a_place_or_of_its_nearest_parent() -> None:
    text = "a: 1\nrows:\n  - id: x\n    when: {b: 2}\n  - id: y\n"
    assert line_of(text, ("a",)) == 1
    assert line_of(text, ("rows", 0, "when", "b")) == 4
    assert line_of(text, ("rows", 1, "when")) == 5
    assert line_of(text, ("rows", 9)) == 3
    assert line_of(text, ("nothing",)) == 1
    assert line_of("", ("a",)) == 1
