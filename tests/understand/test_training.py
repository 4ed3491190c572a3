"""Training on a few rows of our own: what is fitted is what the head reads back."""

from typing import Any

import numpy as np
import pytest

from copilot.domain.vocabulary import Emotion
from copilot.rulebook.messages import LabelledMessage
from copilot.rulebook.signals import Signals
from copilot.understand.head import Head
from copilot.understand.merge import EMOTIONS, impression
from copilot.understand.training.design import Design, design
from copilot.understand.training.layers import Arrays, each_of, fold_of, one_of
from copilot.understand.training.rows import Labels, Row, RowReader, labels_of

WORDS = {
    Emotion.CALM: "请问怎么", Emotion.ANXIOUS: "急急快点", Emotion.DISSATISFIED: "太失望啦", Emotion.ANGRY: "垃圾骗子",
}  # fmt: skip
ENDS = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸"


def rows() -> list[Row]:
    made = []
    for number, end in enumerate(ENDS):
        for place, (emotion, words) in enumerate(WORDS.items()):
            refund = place % 2 == 0
            text = f"{words}{'退钱' if refund else '换货'}{end}"
            labels = Labels(
                issue=("other/unclear", "other/unclear", "other/greeting", "other/presale")[place], emotion=str(emotion),
                demands={"refund": refund, "exchange": not refund}, risks={"regulator": number % 5 == 0 and place == 3},
                marks={"complaint": place > 1},
            )  # fmt: skip
            said = text + "十二三一五" if labels.risks["regulator"] else text
            made.append(Row(((said, 1.0),), said, {}, labels))
    return made


@pytest.fixture(scope="module")
def learned() -> tuple[Arrays, list[Row], Design]:
    data = rows()
    vectors = np.random.default_rng(1).normal(size=(len(data), 4)).astype(np.float32)
    made, folds = design(data, vectors), fold_of(data)
    usual = [frozenset[str]()] * len(data)
    arrays: dict[str, Any] = {
        "vocabulary": np.array(made.vocabulary), "idf": made.idf, "embedding_mean": made.mean,
        "probe": vectors[0], "examples_hash": np.array("x"),
    }  # fmt: skip
    for task in ("subtype", "emotion"):
        arrays |= one_of(task, data, made, folds).arrays
    names = {"demand": ["refund", "exchange"], "risk": ["regulator"], "mark": ["complaint"]}
    for task, known in names.items():
        arrays |= each_of(task, known, data, made, folds, usual).arrays
    return arrays, data, made


def test_the_head_reads_back_what_was_fitted(learned: tuple[Arrays, list[Row], Design]) -> None:
    arrays, data, _ = learned
    head = Head(arrays)
    for row in data:
        shown = impression(head, head.features(row.texts), None, row.found, ())
        assert shown.emotion == row.labels.emotion
        assert {str(one) for one in shown.demands} == {name for name, wanted in row.labels.demands.items() if wanted}
        assert ("complaint" in shown.marks) == row.labels.marks["complaint"]


def test_held_out_folds_never_split_equal_texts() -> None:
    data = rows()
    folds = fold_of([*data, *data])
    assert (folds[: len(data)] == folds[len(data) :]).all()


def test_a_quick_training_keeps_merges_and_thresholds(learned: tuple[Arrays, list[Row], Design]) -> None:
    arrays, data, made = learned
    usual = [frozenset[str]()] * len(data)
    again = each_of("demand", ["refund", "exchange"], data, made, fold_of(data), usual, arrays)
    assert again.report == {}
    assert (again.arrays["demand_joint_merge"] == arrays["demand_joint_merge"]).all()
    assert np.allclose(again.arrays["demand_joint_bias"], arrays["demand_joint_bias"])  # type: ignore[arg-type]


def test_labels_that_nobody_gave_stay_unknown(signals: Signals) -> None:
    message = LabelledMessage(
        id="m", text=("c:杯子碎了", "a:抱歉", "c:退吧"), issue="quality/damaged", demands=("return",), emotion="calm",
        complaint=False,
    )  # fmt: skip
    labels = labels_of(message, ("complaint", "praise", "beyond_frontline"))
    assert labels.marks == {"complaint": False}
    row = RowReader(signals).read(message.ticket(), labels)
    assert row.labels.demands["return"]
    assert row.texts[0][0] == "退吧"
    assert len(EMOTIONS) == 4
