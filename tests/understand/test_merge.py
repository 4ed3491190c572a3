"""What head and signals say together: weights decide, signals alone where there is no head."""

from typing import Any

import numpy as np
import pytest

from copilot.domain.vocabulary import Demand, Emotion, RiskFlag
from copilot.understand.cues import Found, Hit
from copilot.understand.head import Features, Head, load_head
from copilot.understand.merge import EMOTIONS, SPOKEN, Impression, each_inputs, emotion_inputs, impression
from copilot.understand.model import ModelReading, joined


def fired(*paths: str, score: float = 2.0) -> dict[str, Found]:
    return {path: Found(score, [Hit(0, 0, 1, score, "x")]) for path in paths}


def built(**changes: Any) -> Head:
    """A head without any n-gram: its logits are its biases, its merges and thresholds as given."""
    names = {
        "subtype": ["other/greeting", "other/unclear"], "emotion": [str(one) for one in EMOTIONS],
        "risk": ["regulator"], "demand": ["refund", "resend"], "mark": ["complaint", "beyond_frontline"],
    }  # fmt: skip
    arrays: dict[str, Any] = {
        "vocabulary": np.array(["无"]), "idf": np.ones(1), "embedding_mean": np.zeros(3), "probe": np.ones(3),
        "examples_hash": np.array("x"),
    }  # fmt: skip
    for task, known in names.items():
        arrays[f"{task}_names"] = np.array(known)
        for layer in ("joint", "grams"):
            arrays[f"{task}_{layer}_grams"] = np.zeros((1, len(known)))
            arrays[f"{task}_{layer}_embedding"] = np.zeros((3, len(known)))
            arrays[f"{task}_{layer}_bias"] = np.zeros(len(known))
            arrays[f"{task}_{layer}_temperature"] = np.array(1.0)
            arrays[f"{task}_{layer}_merge"] = np.tile([1.0, 4.0, 2.0, -3.0], (len(known), 1))
            arrays[f"{task}_{layer}_thresholds"] = np.full(len(known), 0.5)
            if task == "emotion":
                arrays[f"{task}_{layer}_merge"] = np.zeros((4, 4 + len(SPOKEN) + 2))
                arrays[f"{task}_{layer}_merge"][:, :4] = np.eye(4)
    return Head(arrays | changes)


NOTHING = Features(np.array([], dtype=np.intp), np.array([], dtype=np.float32))


def seen(head: Head | None, found: dict[str, Found], expected: tuple[Demand, ...] = ()) -> Impression:
    return impression(head, NOTHING if head else None, None, found, expected)


def test_a_signal_tips_what_the_head_leaves_open() -> None:
    shown = seen(built(), fired("demands.refund", "risk_flags.regulator"))
    assert shown.demands == {Demand.REFUND}
    assert shown.risks == {RiskFlag.REGULATOR}
    assert shown.doubtful == frozenset()


def test_the_head_can_overrule_a_signal() -> None:
    against = {f"demand_{layer}_bias": np.array([-5.0, 0.0]) for layer in ("joint", "grams")}
    assert seen(built(**against), fired("demands.refund")).demands == frozenset()


def test_a_risk_of_the_head_alone_is_doubtful() -> None:
    sure = {f"risk_{layer}_bias": np.array([6.0]) for layer in ("joint", "grams")}
    shown = seen(built(**sure), {})
    assert shown.risks == shown.doubtful == {RiskFlag.REGULATOR}


def test_what_a_subtype_usually_comes_with_counts() -> None:
    likely = {f"demand_{layer}_bias": np.array([0.0, 1.5]) for layer in ("joint", "grams")}
    assert seen(built(**likely), {}).demands == frozenset()
    assert seen(built(**likely), {}, (Demand.RESEND,)).demands == {Demand.RESEND}


def test_marks_that_nobody_trained_stay_with_their_signals() -> None:
    assert seen(built(), fired("marks.leaking")).marks == {"leaking"}


def test_how_likely_it_is_beyond_the_frontline() -> None:
    shown = seen(built(), {}).beyond_frontline
    assert shown == pytest.approx(1 / (1 + np.exp(3.0)))
    assert seen(None, {}).beyond_frontline is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, Emotion.CALM),
        (fired("emotions.anxious"), Emotion.ANXIOUS),
        (fired("emotions.anxious", score=1.0) | fired("emotions.dissatisfied"), Emotion.DISSATISFIED),
        (fired("emotions.angry", score=1.0) | fired("emotions.anxious", score=3.0), Emotion.ANGRY),
    ],
)
def test_signals_alone_without_a_head(found: dict[str, Found], expected: Emotion) -> None:
    assert seen(None, found).emotion is expected


def test_emotion_follows_the_merge() -> None:
    sure = {f"emotion_{layer}_bias": np.eye(4)[EMOTIONS.index(Emotion.ANGRY)] * 3 for layer in ("joint", "grams")}
    assert seen(built(**sure), {}).emotion is Emotion.ANGRY


def test_inputs_have_the_places_that_training_gave_them() -> None:
    found = fired("demands.refund", "emotions.angry", "risk_flags.regulator")
    rows = each_inputs("demand", ["refund", "resend"], np.array([0.5, -0.5]), found, frozenset({"resend"}))
    assert rows.tolist() == [[0.5, 1.0, 0.0, 1.0], [-0.5, 0.0, 1.0, 1.0]]
    mood = emotion_inputs(np.zeros(4), found)
    assert mood[4:].tolist() == [1.0, 0.0, 0.0, 1.0, 1.0]


def test_the_shipped_head_has_every_task() -> None:
    head = load_head()
    assert head is not None
    assert len(head.subtypes) == 46
    assert set(head.names["demand"]) == set(map(str, Demand))
    assert set(head.names["risk"]) == set(map(str, RiskFlag)) - {"high_value"}
    assert {"complaint", "repeated_contact", "beyond_frontline"} <= set(head.names["mark"])


def test_what_the_model_sees_too_is_doubtful_no_more() -> None:
    sure = {f"risk_{layer}_bias": np.array([6.0]) for layer in ("joint", "grams")}
    shown = seen(built(**sure), {})
    reading = ModelReading(issue="other/unclear", emotion=Emotion.ANGRY, risk_flags=(RiskFlag.REGULATOR,))
    both = joined(shown, reading)
    assert (both.risks, both.doubtful) == ({RiskFlag.REGULATOR}, frozenset())
    assert joined(shown, None) is shown
