"""Runs from suite to exit status: on a target that answers as told, and on the real one."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from copilot.domain.compliance import CheckRequest, CheckResult
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Approval, Ticket
from evals import gate, report, runner
from evals.errors import NoVerdict
from evals.models import Figure, Options, RunReport, Verdict
from evals.targets import Target, offline

from .guard_rows import FIGURES, GOOD, VIOLATION, approval_row, suite_file

ROWS = [{**VIOLATION, "id": f"v{n}"} for n in range(10)] + [{**GOOD, "id": f"g{n}"} for n in range(10)]
Answer = Callable[[CheckRequest], CheckResult]


class Told:
    """A target that answers with a function."""

    name = "told"
    versions: dict[str, str]

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.versions = {}
        self.held: list[Approval] = []

    def hold(self, approvals: Iterable[Approval]) -> None:
        self.held.extend(approvals)

    def check(self, request: CheckRequest) -> CheckResult:
        return self._answer(request)

    def suggest(self, ticket: Ticket) -> Suggestion:
        raise AssertionError("a guard suite asks for no suggestion")


def verdict(status: str, request: CheckRequest) -> CheckResult:
    found = {"category": "unauthorized_compensation", "rule": "r", "severity": "block", "start": 0, "end": 2,
             "text": request.text[:2], "message": "…", "source": "rulebook"}  # fmt: skip
    return CheckResult.model_validate({"status": status, "violations": [found] if status != "pass" else []})


def right(request: CheckRequest) -> CheckResult:
    return verdict("block" if "补偿" in request.text else "pass", request)


def always(status: str) -> Answer:
    return lambda request: verdict(status, request)


def failing_on(*ids: str) -> Answer:
    def answer(request: CheckRequest) -> CheckResult:
        if request.id in ids:
            raise RuntimeError(f"cannot judge: {request.text}")
        return right(request)

    return answer


def run(path: Path, answer: Answer, **options: Any) -> RunReport:
    @contextmanager
    def opened(now: datetime, whole: bool) -> Iterator[Target]:
        assert not whole  # checks do without an embedding model
        yield Told(answer)

    chosen = Options.model_validate(options)
    return runner.run([runner.prepare(path, chosen)], chosen, opened)


def test_all_right_passes(tmp_path: Path) -> None:
    done = run(suite_file(tmp_path, ROWS), right)
    assert (done.verdict, done.exit_status) == (Verdict.PASS, 0)
    [one] = done.suites[0].sets
    assert (one.selected, one.partial, one.errors, one.reasons) == (20, False, (), ())
    assert one.confusion == {"none": {"none": 10}, "unauthorized_compensation": {"unauthorized_compensation": 10}}
    assert one.latency_ms is not None
    assert one.latency_ms.n == 20


@pytest.mark.parametrize("status", ["block", "pass"])
def test_trivial_policies_miss_a_floor(tmp_path: Path, status: str) -> None:
    done = run(suite_file(tmp_path, ROWS), always(status))
    assert (done.verdict, done.exit_status) == (Verdict.MISSED, 1)
    [reason] = done.suites[0].sets[0].reasons
    assert reason.startswith("good: 1.0000" if status == "block" else "plain: 0.0000")


def test_failed_case_is_a_result_and_leaves_the_verdict_open(tmp_path: Path) -> None:
    done = run(suite_file(tmp_path, ROWS), failing_on("v3", "g7"))
    assert (done.verdict, done.exit_status) == (Verdict.NONE, 3)
    [one] = done.suites[0].sets
    assert one.errors == ("v3", "g7")
    assert [figure.n for figure in one.figures] == [9, 9]
    failed = next(result for result in one.cases if result.id == "v3")
    assert failed.error is not None
    assert failed.error.startswith("RuntimeError: cannot judge")


def test_missed_floor_outweighs_failed_cases(tmp_path: Path) -> None:
    def answer(request: CheckRequest) -> CheckResult:
        if request.id == "v0":
            raise RuntimeError
        return verdict("pass", request)

    assert run(suite_file(tmp_path, ROWS), answer).exit_status == 1


def test_guard_that_crashes_on_everything_does_not_pass_as_strict(tmp_path: Path) -> None:
    def answer(request: CheckRequest) -> CheckResult:
        found = verdict("block", request)
        crashed = tuple(one.model_copy(update={"rule": "guard.crashed"}) for one in found.violations)
        return found.model_copy(update={"violations": crashed})

    only_violations = [{"name": "plain", "score": "caught", "where": {"kind": ["plain"]}, "floor": 0.9}]
    done = run(suite_file(tmp_path, ROWS[:10], figures=only_violations), answer)
    assert done.exit_status == 3
    assert len(done.suites[0].sets[0].errors) == 10


def test_figure_without_cases_leaves_the_verdict_open(tmp_path: Path) -> None:
    done = run(suite_file(tmp_path, ROWS[:10]), right)
    assert done.exit_status == 3
    assert done.suites[0].sets[0].reasons == ("good: no cases",)


def test_filter_judges_what_it_leaves(tmp_path: Path) -> None:
    path = suite_file(tmp_path, ROWS)
    done = run(path, always("block"), filters={"kind": ("plain",)})
    assert done.exit_status == 0
    [one] = done.suites[0].sets
    assert (one.partial, one.selected) == (True, 10)
    assert [figure.verdict for figure in one.figures] == [Verdict.PASS, None]


def test_filter_that_leaves_nothing_does_not_pass(tmp_path: Path) -> None:
    done = run(suite_file(tmp_path, ROWS), right, filters={"kind": ("nonsense",)})
    assert done.exit_status == 3
    assert "no cases were selected" in done.suites[0].sets[0].reasons


def test_run_without_a_judged_figure_does_not_pass(tmp_path: Path) -> None:
    done = run(suite_file(tmp_path, ROWS, figures=FIGURES[:1]), right, filters={"kind": ("good_reply",)})
    assert done.exit_status == 3


def test_sample_is_part_of_the_set(tmp_path: Path) -> None:
    [one] = run(suite_file(tmp_path, ROWS), right, sample=5).suites[0].sets
    assert (one.selected, one.partial) == (5, True)


def test_threads_change_nothing_but_the_time(tmp_path: Path) -> None:
    path = suite_file(tmp_path, ROWS)
    one, many = (run(path, failing_on("v3"), threads=threads).suites[0].sets[0] for threads in (1, 4))
    assert one.figures == many.figures
    assert [result.id for result in one.cases] == [result.id for result in many.cases]
    assert one.errors == many.errors == ("v3",)


def test_kept_texts_are_not_written_out(tmp_path: Path) -> None:
    approvals = [approval_row("a1", "APR-1", stored=True)]
    path = suite_file(tmp_path, [*ROWS, *approvals], kept=True)
    done = run(path, failing_on("v3"))
    written = report.write(done, tmp_path).read_text(encoding="utf-8")
    [one] = json.loads(written)["suites"][0]["sets"]
    assert one["texts_hidden"] is True
    assert len(one["cases"]) == 21
    for result in one["cases"]:
        assert (result["text"], result["answer"], result["expected"]) == (None, None, None)
    assert next(result for result in one["cases"] if result["id"] == "v3")["error"] == "RuntimeError"
    assert not _quotes(written, [*ROWS, *approvals])


def test_kept_texts_are_not_shown_at_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = suite_file(tmp_path, ROWS, kept=True)
    done = run(path, always("pass"))
    report.show(done, tmp_path / "run.json", failures=100)
    shown = capsys.readouterr().out
    assert "v3 (uc.cash)" in shown
    assert not _quotes(shown, ROWS)


def test_show_kept_shows_them(tmp_path: Path) -> None:
    done = run(suite_file(tmp_path, ROWS, kept=True), right, show_kept=True)
    [one] = done.suites[0].sets
    assert (one.kept, one.texts_hidden) == (True, False)
    assert one.cases[0].text == VIOLATION["text"]


def _quotes(text: str, rows: list[dict[str, Any]]) -> bool:
    """Whether any four characters of a reply stand in the text."""
    parts = {row["text"][start : start + 4] for row in rows for start in range(len(row["text"]) - 3)}
    return any(part in text for part in parts)


def test_other_sets_show_their_failing_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**ROWS[0], "text": "给您\u200b补偿50元\n哦", "spans": ["补偿50元"]}, *ROWS[1:]]
    done = run(suite_file(tmp_path, rows), always("pass"))
    report.show(done, tmp_path / "run.json", failures=2)
    shown = capsys.readouterr().out
    assert "plain: v0 (uc.cash) block → pass 给您\\u200b补偿50元\\n哦" in shown
    assert "… and 8 more" in shown


def test_answers_of_an_open_set_can_be_read_back(tmp_path: Path) -> None:
    path = report.write(run(suite_file(tmp_path, ROWS), right), tmp_path)
    again = RunReport.model_validate_json(path.read_bytes())
    first = again.suites[0].sets[0].cases[0]
    assert first.text == VIOLATION["text"]
    assert first.answer is not None
    assert first.answer["status"] == "block"
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoVerdict, match="cannot be made"):
        report.prepare_folder(tmp_path / "file" / "below")


def test_stored_approvals_are_held_and_others_are_not(tmp_path: Path) -> None:
    rows = [approval_row("a", "APR-1", stored=True), approval_row("b", "APR-2", stored=False)]
    path = suite_file(tmp_path, rows, figures=[{"name": "approvals", "score": "agrees", "floor": 1.0}])
    target = Told(right)

    @contextmanager
    def opened(now: datetime, whole: bool) -> Iterator[Target]:
        yield target

    runner.run([runner.prepare(path, Options())], Options(), opened)
    assert [approval.id for approval in target.held] == ["APR-1"]


def test_one_approval_cannot_be_held_for_one_case_and_not_for_another(tmp_path: Path) -> None:
    rows = [approval_row("a", "APR-1", stored=True), approval_row("b", "APR-1", stored=False)]
    path = suite_file(tmp_path, rows, figures=[{"name": "approvals", "score": "agrees", "floor": 1.0}])
    with pytest.raises(NoVerdict, match="case b: another case has approval APR-1"):
        run(path, right)


def test_unknown_scores_and_scorers_are_refused(tmp_path: Path) -> None:
    path = suite_file(tmp_path, ROWS, figures=[{**FIGURES[0], "score": "caugth"}])
    with pytest.raises(NoVerdict, match="no score caugth"):
        runner.prepare(path, Options())
    text = path.read_text(encoding="utf-8").replace("scorer: guard", "scorer: gard")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NoVerdict, match="'gard' is not known"):
        runner.prepare(path, Options())


def test_worst_of_several() -> None:
    assert gate.worst([]) is Verdict.NONE
    assert gate.worst([Verdict.PASS, Verdict.PASS]) is Verdict.PASS
    assert gate.worst([Verdict.PASS, Verdict.NONE]) is Verdict.NONE
    assert gate.worst([Verdict.NONE, Verdict.MISSED, Verdict.PASS]) is Verdict.MISSED


def test_group_below_its_floor_fails_a_set_whose_total_is_fine() -> None:
    group = Figure(name="emoji", n=10, count=8, value=0.8, low=0.5, high=0.9, floor=0.9, verdict=Verdict.MISSED)
    whole = Figure(name="evaded", n=90, count=88, value=0.98, low=0.9, high=1.0, floor=0.95, verdict=Verdict.PASS,
                   groups=(group,))  # fmt: skip
    found, reasons = gate.judge([whole], 90, [])
    assert found is Verdict.MISSED
    assert reasons == ("evaded / emoji: 0.8000 of 10, must be at least 0.9",)


def test_offline_target_judges_with_clauses_and_held_approvals(tmp_path: Path) -> None:
    rows = [
        VIOLATION, GOOD, approval_row("a", "APR-1", stored=True), approval_row("b", "APR-2", stored=False),
        # Without clauses of a knowledge base there is nothing to hold against this.
        {**VIOLATION, "id": "u1", "text": "您好，超过3天就不能无理由退货了。", "spans": ["超过3天"],
         "categories": ["ungrounded"]},
    ]  # fmt: skip
    figures = [
        {"name": "plain", "score": "caught", "where": {"kind": ["plain"]}, "floor": 1.0},
        {"name": "good", "score": "false_alarm", "where": {"kind": ["good_reply"]}, "ceiling": 0.0},
        {"name": "approvals", "score": "agrees", "floor": 1.0},
    ]
    path = suite_file(tmp_path, rows, figures=figures)

    def opened(now: datetime, whole: bool) -> AbstractContextManager[Target]:
        return offline(now, whole=whole)

    done = runner.run([runner.prepare(path, Options())], Options(), opened)
    assert done.exit_status == 0, done.suites[0].sets[0].reasons
    assert done.suites[0].versions["rulebook"].startswith("sha256:")
