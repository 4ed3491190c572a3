"""What people ask and nothing in force answers well: signals of all kinds, grouped into missing knowledge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from kb.embed import Embedder
from kb.errors import EmbeddingError
from kb.insight_models import Gap, GapSignal, NearestClause
from kb.models import SearchHit, SearchResponse
from kb.review import cluster
from kb.review.shingles import normalised

MOST_TEXTS = 1500
"""Distinct questions that are grouped, the heaviest of them: the matrix of their likeness grows with the square."""
_THRESHOLD_WORDS = 0.2
_THRESHOLD_MEANING = 0.42
_EXAMPLES = 5
_ASKED_AGAIN = 3
_OWN_SEARCHES = frozenset({"search", "ask"})

Search = Callable[[str, str | None], SearchResponse]


@dataclass
class _Question:
    """Signals with the same wording."""

    text: str
    weight: float = 0.0
    platforms: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def take(self, signal: GapSignal) -> None:
        self.weight += signal.weight
        self.sources.add(signal.source)
        if signal.platform:
            self.platforms.add(signal.platform)
        began = signal.first_at or signal.at
        self.first = began if self.first is None else min(self.first, began)
        self.last = signal.at if self.last is None else max(self.last, signal.at)


def find(
    signals: Iterable[GapSignal], search: Search, embedder: Embedder | None, *, min_count: int = 1
) -> tuple[list[Gap], list[str]]:
    """The gaps, the heaviest first, and what went wrong on the way.

    Questions that are answered well by now are left out, unless somebody complained about an answer.
    """
    questions = _distinct(signals)
    if not questions:
        return [], []
    likeness, threshold, warnings = _likeness([question.text for question in questions], embedder)
    found: list[Gap] = []
    for members in cluster.clusters(likeness, threshold):
        gap = _gap([questions[place] for place in members], likeness[np.ix_(members, members)], search, min_count)
        if gap is not None:
            found.append(gap)
    found.sort(key=lambda gap: (-gap.weight, -gap.last_seen.timestamp(), gap.label))
    return [gap.model_copy(update={"number": place}) for place, gap in enumerate(found, start=1)], warnings


def _distinct(signals: Iterable[GapSignal]) -> list[_Question]:
    held: dict[str, _Question] = {}
    for signal in sorted(signals, key=lambda signal: (signal.at, signal.text)):
        plain = normalised(signal.text)
        if plain:
            held.setdefault(plain, _Question(signal.text)).take(signal)
    heaviest = sorted(held.values(), key=lambda question: (-question.weight, question.text))[:MOST_TEXTS]
    return sorted(heaviest, key=lambda question: question.text)


def _likeness(texts: Sequence[str], embedder: Embedder | None) -> tuple[cluster.Matrix, float, list[str]]:
    words = cluster.overlap(texts)
    if embedder is None:
        return words, _THRESHOLD_WORDS, []
    try:
        vectors = np.stack([embedder.embed_query(text) for text in texts])
        background = np.stack([embedder.embed_query(text) for text in cluster.BACKGROUND])
    except EmbeddingError as error:
        return words, _THRESHOLD_WORDS, [f"grouped by words alone: {error.message}"]
    return cluster.blended(cluster.meaning(vectors, background), words), _THRESHOLD_MEANING, []


def _gap(members: list[_Question], likeness: cluster.Matrix, search: Search, min_count: int) -> Gap | None:
    weights = np.array([question.weight for question in members], dtype=np.float64)
    count = max(1, round(float(weights.sum())))
    if count < min_count:
        return None
    near = likeness.astype(np.float64, copy=True)
    np.fill_diagonal(near, 1.0)
    order = sorted(range(len(members)), key=lambda place: (-float(near[place] @ weights), members[place].text))
    central = [members[place] for place in order]
    platforms = sorted({name for question in members for name in question.platforms})
    answers = [search(question.text, _only(question.platforms)) for question in central[:_ASKED_AGAIN]]
    sources = {name for question in members for name in question.sources}
    if sources <= _OWN_SEARCHES and all(answer.confident for answer in answers):
        return None
    seen = [moment for question in members for moment in (question.first, question.last) if moment is not None]
    return Gap(
        number=1,
        label=central[0].text,
        count=count,
        weight=round(float(weights.sum()), 3),
        examples=tuple(question.text for question in central[:_EXAMPLES]),
        platforms=tuple(platforms),
        sources=tuple(sorted(sources)),
        first_seen=min(seen),
        last_seen=max(seen),
        nearest=nearest(answers[0].hits[0]) if answers[0].hits else None,
    )


def _only(platforms: set[str]) -> str | None:
    return next(iter(platforms)) if len(platforms) == 1 else None


def nearest(hit: SearchHit) -> NearestClause:
    """A hit as what the knowledge base has that comes nearest."""
    return NearestClause(
        clause_id=hit.clause_id,
        document_id=hit.document_id,
        document=hit.document,
        section_path=hit.section_path,
        text=hit.text,
        score=hit.score,
    )


def draft_of(gap: Gap, sources: Sequence[SearchHit], platform: str | None) -> str:
    """An FAQ document for an editor to write: the questions as wordings, the nearest clauses as material.

    The answer is a placeholder that the loader reports as unfinished; the material stands in comments, which
    are no text of the document.
    """
    title = " ".join(gap.label.split())[:80]
    others = [text for text in gap.examples if normalised(text) != normalised(gap.label)]
    lines = ["---", f"title: 待补充：{title}", "kind: faq"]
    if platform:
        lines.append(f"platform: {platform}")
    lines += ["---", "# 待补充的问答", f"### {title}", PLACEHOLDER, ""]
    if others:
        lines += [f"<!-- 问法：{'｜'.join(_inline(text) for text in others)} -->", ""]
    lines += [_comment(f"提问 {gap.count} 次，{gap.first_seen:%Y-%m-%d} 至 {gap.last_seen:%Y-%m-%d}"), ""]
    for hit in sources:
        lines += [_comment(f"起草参考《{hit.document}》{' › '.join(hit.section_path)}：{hit.text}"), ""]
    return "\n".join(lines)


PLACEHOLDER = "[请填写答案]"
"""Reported as a placeholder that was never filled in, for as long as it stands there."""


def _comment(text: str) -> str:
    """On one line: the loaders drop comments that begin and end in one."""
    return f"<!-- {_inline(text)} -->"


def _inline(text: str) -> str:
    """On one line, with nothing that could end the comment."""
    return " ".join(text.replace("--", "—").replace("｜", "|").split())
