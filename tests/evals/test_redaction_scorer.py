"""What the redaction scorer counts: whole spans, stray characters, texts without data; by kind and in all."""

from typing import Any

import pytest
from pydantic import ValidationError

from evals.dataset import CASES, read_rows
from evals.measures import ratio
from evals.scorers.redaction import KINDS, Hidden, RedactionCase, RedactionScorer

SCORER = RedactionScorer()
TEXT = "电话13800138000，我叫李明"
ROW: dict[str, Any] = {
    "id": "r1", "text": TEXT,
    "spans": [{"kind": "phone", "start": 2, "end": 13}, {"kind": "name", "start": 16, "end": 18}],
}  # fmt: skip
BOTH = (("手机号", 2, 13), ("姓名", 16, 18))


def case(**changes: Any) -> RedactionCase:
    return SCORER.case(ROW | changes)


def scored(*places: tuple[str, int, int], **changes: Any) -> dict[str, bool | None]:
    return SCORER.score(case(**changes), Hidden(places=places))


def test_all_hidden_and_nothing_else() -> None:
    found = scored(*BOTH)
    assert (found["hidden"], found["clean"], found["phone"], found["name"]) == (True, True, True, True)
    assert (found["untouched"], found["plate"]) == (None, None)


def test_a_span_counts_only_to_its_last_character() -> None:
    found = scored(("手机号", 2, 12), BOTH[1])
    assert (found["hidden"], found["phone"], found["name"], found["clean"]) == (False, False, True, True)


def test_two_places_may_cover_one_span() -> None:
    assert scored(("手机号", 2, 7), ("电话", 7, 13), BOTH[1])["hidden"] is True


def test_a_stray_character_is_not_clean() -> None:
    assert scored(("手机号", 1, 13), BOTH[1])["clean"] is False


@pytest.mark.parametrize(("places", "untouched"), [((), True), ((("姓名", 0, 2),), False)])
def test_a_text_without_data_is_left_alone(places: tuple[tuple[str, int, int], ...], untouched: bool) -> None:
    found = scored(*places, spans=[])
    assert found["untouched"] is untouched
    assert found["hidden"] is None


def test_measures_count_spans_and_characters() -> None:
    pairs = [(case(), Hidden(places=BOTH)), (case(id="r2"), Hidden(places=(BOTH[0], ("姓名", 0, 2))))]
    values = {one.name: one.value for one in SCORER.measures(pairs)}
    assert values["span recall"] == 0.75
    assert values["span recall of phone"] == 1.0
    assert values["span recall of name"] == 0.5
    assert values["character precision"] == round(24 / 26, 4)


def test_a_ratio_of_nothing_is_whole() -> None:
    assert ratio("r", [0], [0]).value == 1.0
    assert ratio("r", [], []).n == 0


@pytest.mark.parametrize(
    "spans",
    [
        [{"kind": "phone", "start": 2, "end": 99}],
        [{"kind": "phone", "start": 4, "end": 4}],
        [{"kind": "name", "start": 16, "end": 18}, {"kind": "phone", "start": 2, "end": 13}],
        [{"kind": "face", "start": 2, "end": 13}],
    ],
)
def test_a_wrong_row_is_refused(spans: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        case(spans=spans)


def test_what_is_shown_holds_places_and_no_text() -> None:
    answered, expected = SCORER.shown(case(), Hidden(places=BOTH))
    assert TEXT not in str(answered) + str(expected)


def test_the_shipped_cases_can_be_read_and_hold_every_kind() -> None:
    for name in ("redaction_dev.jsonl", "redaction_kept.jsonl"):
        cases = [SCORER.case(row) for row in read_rows(CASES / name)]
        assert {span.kind for one in cases for span in one.row.spans} == set(KINDS)
        assert any(not one.row.spans for one in cases)
