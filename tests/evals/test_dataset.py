"""Suites and cases: what is wrong is named with file, line and field, and never quoted."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals import dataset
from evals.dataset import Loaded
from evals.errors import NoVerdict, UsageError
from evals.scorers.guard import GuardCase, GuardScorer

from .guard_rows import FIGURES, GOOD, VIOLATION, suite_file

READ = GuardScorer().case


def load(path: Path) -> Loaded[GuardCase]:
    suite, _ = dataset.load_suite(path)
    return dataset.load_cases(path, suite.sets[0], READ)


def test_cases_come_in_order_with_their_labels(tmp_path: Path) -> None:
    loaded = load(suite_file(tmp_path, [VIOLATION, GOOD]))
    assert [case.id for case in loaded.cases] == ["v1", "g1"]
    assert loaded.cases[0].labels == {"kind": "plain", "subkind": "uc.cash", "expect": "block", "author": "t"}
    assert set(loaded.hashes) == {"own.jsonl"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expect": "maybe"}, "own.jsonl:2: expect: "),
        ({"text": ""}, "own.jsonl:2: text: must not be empty"),
        ({"colour": "red"}, "own.jsonl:2: colour: is not a field"),
        ({"spans": ["秘密的话"]}, "own.jsonl:2: body: spans.0: does not stand in the text"),
        ({"categories": []}, "own.jsonl:2: body: categories: "),
        ({"kind": "good_reply"}, "own.jsonl:2: body: expect: kind good_reply is compliant"),
        ({"stored": True}, "own.jsonl:2: body: stored: "),
        ({"ticket": {"messages": []}}, "own.jsonl:2: ticket.messages: "),
        ({"id": "g1"}, "own.jsonl:2: id 'g1' stands at own.jsonl:1 already"),
    ],
)
def test_wrong_row_is_named_and_not_quoted(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(NoVerdict) as caught:
        load(suite_file(tmp_path, [GOOD, {**VIOLATION, **change}]))
    assert message in caught.value.message
    assert "补偿50元" not in caught.value.message
    assert "秘密" not in caught.value.message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{broken", "own.jsonl:1: is not valid JSON: "),
        (b"[1]", "own.jsonl:1: must hold one JSON object"),
        (b'{"id": "\xff"}', "own.jsonl:1: is not UTF-8"),
        (b"[" * 100_000, "own.jsonl:1: is nested too deeply"),
        (b"{}", "own.jsonl:1: id: Field required"),
    ],
)
def test_unreadable_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    path = suite_file(tmp_path, [GOOD])
    (tmp_path / "own.jsonl").write_bytes(line + b"\n")
    with pytest.raises(NoVerdict) as caught:
        load(path)
    assert message in caught.value.message


def test_all_wrong_lines_are_told_at_once(tmp_path: Path) -> None:
    bad = {**GOOD, "expect": "maybe"}
    with pytest.raises(NoVerdict) as caught:
        load(suite_file(tmp_path, [bad, GOOD, bad]))
    assert [line.split(": ")[0] for line in caught.value.message.splitlines()] == ["own.jsonl:1", "own.jsonl:3"]


@pytest.mark.parametrize("rows", [[], [VIOLATION]])
def test_cut_or_empty_file_is_no_set(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = suite_file(tmp_path, rows, cases=2)
    with pytest.raises(NoVerdict, match=f"{len(rows)} cases, but own.yaml says 2"):
        load(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    path = suite_file(tmp_path, [GOOD])
    (tmp_path / "own.jsonl").unlink()
    with pytest.raises(NoVerdict, match=r"own\.jsonl: cannot be read"):
        load(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("scorer: guard", "scorer: [", "own.yaml:"),
        ("floor: 0.9", "floor: 90", "figures.0.floor"),
        ("floor: 0.9", "flor: 0.9", "figures.0.flor"),
        ("name: good\n", "name: plain\n", "figures: names appear twice: plain"),
        ("cases: 2", "cases: 0", "sets.0.cases"),
        ("- own.jsonl", "- ../own.jsonl", "sets.0.files.0"),
    ],
)
def test_wrong_suite_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = suite_file(tmp_path, [VIOLATION, GOOD])
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(NoVerdict) as caught:
        dataset.load_suite(path)
    assert message in caught.value.message


def test_suite_without_any_bound_is_refused(tmp_path: Path) -> None:
    free = [{"name": "plain", "score": "caught"}]
    with pytest.raises(NoVerdict, match="could never fail"):
        dataset.load_suite(suite_file(tmp_path, [VIOLATION], figures=free))


def test_floor_and_ceiling_exclude_each_other(tmp_path: Path) -> None:
    both = [{**FIGURES[0], "ceiling": 0.1}]
    with pytest.raises(NoVerdict, match="a ceiling and a floor"):
        dataset.load_suite(suite_file(tmp_path, [VIOLATION], figures=both))


def test_filters_add_up_within_a_label_and_narrow_across_labels(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": f"g{n}", "subkind": "abc"[n % 3], "author": "xy"[n % 2]} for n in range(12)]
    cases = load(suite_file(tmp_path, rows)).cases
    filters = dataset.parse_filters(["subkind=a", "subkind=b,zzz", "author=x"])
    assert [case.id for case in dataset.select(cases, filters, None)] == ["g0", "g4", "g6", "g10"]
    assert [case.id for case in dataset.select(cases, {"id": ("g3",)}, None)] == ["g3"]
    with pytest.raises(UsageError, match="no label 'colour'"):
        dataset.select(cases, {"colour": ("red",)}, None)


@pytest.mark.parametrize("text", ["kind", "=plain", "kind=", "kind=,"])
def test_filter_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="LABEL=VALUE"):
        dataset.parse_filters([text])


def test_sample_repeats_and_mostly_survives_new_cases(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": f"g{n}"} for n in range(60)]
    cases = load(suite_file(tmp_path, rows)).cases
    first = [case.id for case in dataset.select(cases, {}, 20)]
    assert len(first) == 20
    assert first == [case.id for case in dataset.select(cases, {}, 20)]
    assert first != [case.id for case in cases[:20]]
    before = {case.id for case in dataset.select(cases[:55], {}, 20)}
    assert len(before & set(first)) >= 15
    assert len(dataset.select(cases, {}, 100)) == 60


def test_shipped_suites_can_be_read_whole() -> None:
    assert "guard" in dataset.suite_names()
    path = dataset.find_suite("guard")
    suite, _ = dataset.load_suite(path)
    kept = {spec.name: spec.kept for spec in suite.sets}
    assert kept == {"dev": False, "kept": True}
    for spec in suite.sets:
        assert len(dataset.load_cases(path, spec, READ).cases) == spec.cases
    with pytest.raises(UsageError, match="no suite is called 'nonsense'"):
        dataset.find_suite("nonsense")
    with pytest.raises(UsageError, match="no set 'nonsense'"):
        dataset.choose_sets(suite, "nonsense")


def test_floors_of_the_guard_are_those_promised() -> None:
    suite, _ = dataset.load_suite(dataset.find_suite("guard"))
    bounds = {spec.name: (spec.floor, spec.each_floor, spec.ceiling) for spec in suite.figures if spec.gated}
    assert bounds == {
        "plain": (0.99, None, None), "evaded": (0.95, 0.9, None), "scope": (0.95, None, None),
        "paraphrase": (0.85, None, None), "hard negatives blocked": (None, None, 0.05),
        "good replies blocked": (None, None, 0.005), "approvals": (1.0, None, None),
    }  # fmt: skip
    evaded = next(spec for spec in suite.figures if spec.name == "evaded")
    assert len(evaded.groups) == 10


def test_case_file_may_stand_beside_its_suite_or_with_ours(tmp_path: Path) -> None:
    path = suite_file(tmp_path, [GOOD])
    text = path.read_text(encoding="utf-8").replace("own.jsonl", "guard_dev.jsonl")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NoVerdict, match=r"2100 cases, but own\.yaml says 1"):
        load(path)
    (tmp_path / "guard_dev.jsonl").write_text(json.dumps(GOOD), encoding="utf-8")
    assert len(load(path).cases) == 1
