"""Joins a model's sentences with the composer's, so that the reply conveys at least what the composer's draft does.

The composer's sentences are points to convey. A model's sentence on a point stands where it tells all of it: every
figure, every citation, and of every phrase a good part of the words; else the composer's sentence takes its place.
What the model left out is added. Around the points a few sentences of the model's own may stand.
"""

from collections.abc import Sequence

from copilot.domain.base import Model
from copilot.draft.composer import Sentence
from copilot.draft.support import figures
from copilot.draft.words import grams, phrases, share

_ABOUT = 0.3
"""Share of a point's bigrams from which on a sentence counts as being about it."""
_ABOUT_CITED = 0.12
"""The same where both cite one clause."""
_TOLD = 0.5
_TOLD_PHRASE = 0.4
"""Shares of a point's words, in all and by phrase, that make it told. Working values, on the safe side: what they
reject is said in approved wording."""
_FRAME = ("opening", "overdue", "empathy", "restate", "policy_lead", "closing")
"""Points that no fact depends on, unless the caller says so."""
_MOST_FREE = (3, 1, 1)
"""Own sentences of the model, by paragraph."""


class Taken(Model):
    sentence: Sentence
    """A model's sentence, or the composer's in its place (it has a point)."""
    instead: Sentence | None
    """The composer's sentence for the same point, should the guard object to the model's."""


class Weave:
    """One reply in the making. Hand in the model's sentences in order, then take what is left."""

    def __init__(self, composed: Sequence[Sentence], urgent: bool = False) -> None:
        """`urgent`: the composer's words of care hold an instruction (stop using it, see a doctor): they are said."""
        due = [each for each in composed if each.point not in _FRAME or (urgent and each.point == "empathy")]
        self._frame = [each for each in composed if each not in due]
        self._due = due
        self._open = list(due)
        self._free = [0, 0, 0]
        self._said: set[str] = set()

    def first(self) -> tuple[Sentence, ...]:
        """What the reply begins with, whatever the model says."""
        said = [each for each in self._frame if each.point in ("opening", "overdue")]
        said += [each for each in self._open if each.point == "empathy"]
        self._open = [each for each in self._open if each.point != "empathy"]
        self._said.update(each.text for each in said)
        return tuple(said)

    def take(self, sentence: Sentence) -> "Taken | None":
        """What is said for a model's sentence; null where it says nothing that is not said yet."""
        if sentence.text in self._said:
            return None
        self._said.add(sentence.text)
        point = self._point(sentence)
        if point is None:
            return self._own(sentence)
        if point not in self._open:
            return None
        self._open.remove(point)
        if tells(sentence, point):
            return Taken(sentence=sentence.model_copy(update={"block": point.block}), instead=point)
        return Taken(sentence=point, instead=None)

    def refused(self, taken: "Taken") -> None:
        """A sentence of the model's own was not let through: another one may take its place."""
        if taken.instead is None and taken.sentence.point is None:
            self._free[taken.sentence.block] -= 1

    def rest(self) -> tuple[Sentence, ...]:
        """What the model did not tell, and the close."""
        opening = () if self._free[0] else ("empathy", "restate")
        lead = ("policy_lead",) if any(each.point == "policy" for each in self._due) else ()
        before = [each for each in self._frame if each.point in (*opening, *lead)]
        after = [each for each in self._frame if each.point == "closing"]
        return (*before, *self._open, *after)

    def _point(self, sentence: Sentence) -> Sentence | None:
        said = grams(sentence.text)

        def likeness(point: Sentence) -> float:
            alike = share(_words(point), said)
            least = _ABOUT_CITED if set(point.cites) & set(sentence.cites) else _ABOUT
            return alike if alike >= least else 0.0

        best = max(self._due, key=likeness, default=None)
        return best if best is not None and likeness(best) > 0 else None

    def _own(self, sentence: Sentence) -> "Taken | None":
        told = len(self._open) < len([each for each in self._due if each.point != "empathy"])
        block = 1 if sentence.cites else 2 if told else 0
        if self._free[block] >= _MOST_FREE[block]:
            return None
        self._free[block] += 1
        return Taken(sentence=sentence.model_copy(update={"block": block}), instead=None)


def tells(sentence: Sentence, point: Sentence) -> bool:
    """Whether the sentence says all that the point says."""
    said, parts = grams(sentence.text), point.facts or phrases(point.text)
    return (
        set(point.cites) <= set(sentence.cites)
        and figures("，".join(parts)) <= figures(sentence.text)
        and share(_words(point), said) >= _TOLD
        and all(share(grams(part), said) >= _TOLD_PHRASE for part in parts)
    )


def _words(point: Sentence) -> frozenset[str]:
    return grams("，".join(point.facts) or point.text)
