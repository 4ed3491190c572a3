"""Merges what the head sees with what the signals say, by weights that training learned on held-out predictions.

Each risk, demand and mark: σ(w · [head logit, signal fired, expected of the subtype, 1]) ≥ its threshold. A risk whose
signal fired stays whatever the head says: the signal's own exceptions are the only ones that take it back.
Emotion: the most probable of softmax(W · [log shares of the head, scores of the three signals, threat fired, 1]).
Without a head the signals alone speak.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from copilot.domain.vocabulary import Demand, Emotion, RiskFlag
from copilot.understand.cues import Found
from copilot.understand.head import Features, Head, Shares, Vector, sigmoid, softmax

GROUP = {"risk": "risk_flags", "demand": "demands", "mark": "marks"}
"""Task → the group of signals that speaks of the same names."""
EMOTIONS = tuple(Emotion)
SPOKEN = (Emotion.ANGRY, Emotion.ANXIOUS, Emotion.DISSATISFIED)
"""Emotions that signals score; calm is the absence of the others."""
BEYOND = "beyond_frontline"
"""A mark that training alone knows: the escalation paragraph of the contract, read from the words."""
_THREATS = ("risk_flags.regulator", "risk_flags.legal_threat", "risk_flags.media_exposure", "marks.review_threat")
_HIGHEST = 4.0


@dataclass(frozen=True)
class Impression:
    """What the customer's words show, before facts are weighed."""

    emotion: Emotion
    demands: frozenset[Demand]
    risks: frozenset[RiskFlag]
    marks: frozenset[str]
    """Names of marks, without their group."""
    doubtful: frozenset[RiskFlag] = frozenset()
    """Risks that the head alone sees, without a signal."""
    beyond_frontline: float | None = None
    """How likely somebody beyond the frontline must take or know it, by the words alone; null without a head."""


def impression(
    head: Head | None, features: Features | None, vector: Vector | None, found: Mapping[str, Found],
    expected: Iterable[Demand],
) -> Impression:  # fmt: skip
    """`expected` are the demands that the problem's subtype usually comes with."""
    if head is None or features is None:
        return _signals_alone(found)
    usual = frozenset(map(str, expected))
    shares = {task: _shares(head, task, features, vector, found, usual) for task in GROUP}
    seen = {task: _over(head, task, vector, shares[task]) for task in GROUP}
    logits = head.logits("emotion", features, vector)
    moods = softmax(head.merge("emotion", vector) @ emotion_inputs(logits, found))
    fired = frozenset(risk for risk in RiskFlag if f"risk_flags.{risk}" in found)
    risks = fired | {RiskFlag(name) for name in seen["risk"]}
    return Impression(
        emotion=Emotion(head.names["emotion"][int(moods.argmax())]),
        demands=frozenset(Demand(name) for name in seen["demand"]),
        risks=risks, marks=seen["mark"] | _unlearned(head, found), doubtful=risks - fired,
        beyond_frontline=shares["mark"].get(BEYOND),
    )  # fmt: skip


def each_inputs(
    task: str, names: Sequence[str], logits: Shares, found: Mapping[str, Found], expected: frozenset[str]
) -> Shares:
    """Name × [head logit, signal fired, expected of the subtype, 1]."""
    fired = [float(f"{GROUP[task]}.{name}" in found) for name in names]
    usual = [float(task == "demand" and name in expected) for name in names]
    return np.stack([logits, np.array(fired), np.array(usual), np.ones(len(names))], axis=1)


def emotion_inputs(logits: Shares, found: Mapping[str, Found]) -> Shares:
    """[log shares, scores of the three signals, threat fired, 1]."""
    shares = np.log(np.maximum(softmax(logits), 1e-6))
    scores = [min(found[path].score, _HIGHEST) / 2 if (path := f"emotions.{name}") in found else 0.0 for name in SPOKEN]
    threat = float(any(path in found for path in _THREATS))
    return np.concatenate([shares, scores, [threat, 1.0]])


def _shares(
    head: Head, task: str, features: Features, vector: Vector | None, found: Mapping[str, Found], usual: frozenset[str]
) -> dict[str, float]:
    """The merged probability of each name."""
    names = head.names[task]
    inputs = each_inputs(task, names, head.logits(task, features, vector), found, usual)
    return dict(zip(names, sigmoid((inputs * head.merge(task, vector)).sum(axis=1)).tolist(), strict=True))


def _over(head: Head, task: str, vector: Vector | None, shares: Mapping[str, float]) -> frozenset[str]:
    thresholds = head.thresholds(task, vector)
    return frozenset(name for (name, share), least in zip(shares.items(), thresholds, strict=True) if share >= least)


def _unlearned(head: Head, found: Mapping[str, Found]) -> frozenset[str]:
    """Marks that only signals know."""
    learned = set(head.names["mark"])
    return frozenset(name for path in found if (name := _mark(path)) and name not in learned)


def _signals_alone(found: Mapping[str, Found]) -> Impression:
    scores = {name: found.get(f"emotions.{name}", Found()).score for name in SPOKEN}
    emotion = max(SPOKEN, key=lambda name: scores[name]) if any(scores.values()) else Emotion.CALM
    if scores[Emotion.ANGRY]:
        emotion = Emotion.ANGRY
    return Impression(
        emotion=emotion,
        demands=frozenset(demand for demand in Demand if f"demands.{demand}" in found),
        risks=frozenset(risk for risk in RiskFlag if f"risk_flags.{risk}" in found),
        marks=frozenset(name for path in found if (name := _mark(path))),
    )


def _mark(path: str) -> str | None:
    return path.removeprefix("marks.") if path.startswith("marks.") else None
