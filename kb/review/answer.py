"""Short answers made of whole sentences of clauses in force, each with its citation; or a clear no."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kb.chunk.split import bound_to_previous, sentences
from kb.embed import Embedder
from kb.errors import EmbeddingError
from kb.insight_models import Answer, AnswerCitation, AnswerPart, AskRequest
from kb.models import SearchHit, SearchRequest, SearchResponse
from kb.retrieve.relevance import CONFIDENT_FROM
from kb.review.gaps import nearest
from kb.review.shingles import containment, normalised, shingles
from kb.review.statements import Conditions, conditions
from kb.review.view import view
from kb.tokenize import tokens

NOTHING = "知识库中没有找到能回答这个问题的条款。"
_BREADTH = 8
_CLAUSES = 3
_SENTENCES = 3
_WITHIN = 0.15
"""A clause this far below the best still helps to answer."""
_SECOND = 0.72
"""A further sentence has to answer nearly as well as the best one."""
_REPEATED = 0.6
_LATER = 0.88
_OPENING = 160
_OPENS = 0.45
_TAIL = 18
_SAME_CASE, _OTHER_CASE = 1.15, 0.55
_HEADING = 0.35
_NEAREST = 3

Search = Callable[[SearchRequest], SearchResponse]
Weights = Callable[[str], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A group of sentences that must stay together, with how well it answers."""

    hit: SearchHit
    text: str
    place: int
    score: float


class Answerer:
    """Picks what answers. `information` gives the words of a question with what each tells."""

    def __init__(self, search: Search, information: Weights, embedder: Embedder | None) -> None:
        self._search = search
        self._information = information
        self._embedder = embedder

    def answer(self, request: AskRequest, names: Mapping[str, str]) -> Answer:
        """The answer; for each platform where several have clauses of their own and none was named."""
        response = self._found(request, request.platform)
        good = _good(response)
        if not good:
            return _nothing(request, response)
        warnings = list(response.warnings)
        chosen: list[tuple[str | None, list[_Sentence]]] = []
        platforms = [] if request.platform else sorted({hit.platform for hit in good if hit.platform})
        if platforms:
            # A platform's clause may outrank the common one; whoever did not say where needs both.
            common = [hit for hit in response.hits if hit.platform is None and hit.score >= CONFIDENT_FROM]
            if common:
                chosen.append((None, self._picked(request.query, common, warnings)))
            for name in platforms:
                own = [hit for hit in _good(self._found(request, name)) if hit.platform == name]
                chosen.append((name, self._picked(request.query, own, warnings)))
        else:
            chosen.append((request.platform, self._picked(request.query, good, warnings)))
        return self._composed(request, response, [(name, picked) for name, picked in chosen if picked], names, warnings)

    @staticmethod
    def _composed(
        request: AskRequest,
        response: SearchResponse,
        chosen: Sequence[tuple[str | None, Sequence[_Sentence]]],
        names: Mapping[str, str],
        warnings: Sequence[str],
    ) -> Answer:
        citations: list[AnswerCitation] = []
        parts: list[AnswerPart] = []
        for platform, picked in chosen:
            picked = _adjoined(picked)
            numbers = range(len(citations) + 1, len(citations) + len(picked) + 1)
            citations.extend(_citation(one, number) for one, number in zip(picked, numbers, strict=True))
            text = "".join(f"{one.text}[{number}]" for one, number in zip(picked, numbers, strict=True))
            parts.append(AnswerPart(platform=platform, text=text, citations=tuple(f"c{number}" for number in numbers)))
        several = len(parts) > 1 or (request.platform is None and parts[0].platform is not None)
        lines = [
            f"{names.get(part.platform, part.platform) if part.platform else '通用'}：{part.text}"
            if several
            else part.text
            for part in parts
        ]
        return Answer(
            id=request.id,
            query=request.query,
            text="\n".join(lines),
            confident=True,
            parts=tuple(parts),
            citations=tuple(citations),
            as_of=response.as_of,
            snapshot=response.snapshot,
            warnings=tuple(dict.fromkeys(warnings)),
        )

    def _found(self, request: AskRequest, platform: str | None) -> SearchResponse:
        return self._search(
            SearchRequest(
                id=request.id,
                query=request.query,
                k=_BREADTH,
                platform=platform,
                operator=request.operator,
                shop=request.shop,
                category=request.category,
                as_of=request.as_of,
                audiences=request.audiences,
            )
        )

    def _picked(self, query: str, hits: Sequence[SearchHit], warnings: list[str]) -> list[_Sentence]:
        """At most three sentences of at most three clauses, in the order of the clauses, each with what stands
        before it in its clause where that is short and to the point: a later sentence rarely says what it is about."""
        groups = [
            _Sentence(hit, text, place, 0.0)
            for hit in hits[:_CLAUSES]
            for place, text in enumerate(grouped(hit.text))
            if text
        ]
        if not groups:
            return []
        best = sorted(self._scored(query, groups, warnings), key=lambda one: -one.score)
        kept: list[_Sentence] = []
        for one in best:
            if one.score < _SECOND * best[0].score or len(kept) == _SENTENCES:
                break
            if not any(_repeats(one, other) for other in kept):
                kept.append(one)
        kept = _opened(kept, [one for one in best if one.score >= _OPENS * best[0].score])
        order = {hit.clause_id: number for number, hit in enumerate(hits)}
        return sorted(kept, key=lambda one: (order[one.hit.clause_id], one.place))

    def _scored(self, query: str, groups: Sequence[_Sentence], warnings: list[str]) -> list[_Sentence]:
        asked = self._information(query)
        cases = conditions(view(query).text)
        total = sum(asked.values()) or 1.0
        likeness = self._likeness(query, groups, warnings)
        scored: list[_Sentence] = []
        for number, one in enumerate(groups):
            own, heading = set(tokens(one.text)), set(tokens(" ".join(one.hit.section_path)))
            said = sum(weight for word, weight in asked.items() if word in own)
            headed = sum(weight for word, weight in asked.items() if word in heading and word not in own)
            # A clause opens with what it is about; a short tail matches by chance.
            standing = 1.0 if one.place == 0 else _LATER
            if len(normalised(one.text)) < _TAIL:
                standing *= _LATER
            standing *= _fit(cases, conditions(view(one.text).text))
            score = one.hit.score * standing * (0.3 + (said + _HEADING * headed) / total)
            if likeness is not None:
                score = 0.5 * score + 0.5 * one.hit.score * standing * likeness[number]
            scored.append(_Sentence(one.hit, one.text, one.place, score))
        return scored

    def _likeness(self, query: str, groups: Sequence[_Sentence], warnings: list[str]) -> list[float] | None:
        if self._embedder is None or len(groups) == 1:
            return None
        try:
            vectors = self._embedder.embed_documents(
                [" · ".join((*one.hit.section_path[-1:], one.text)) for one in groups]
            )
            cosines = np.asarray(vectors @ self._embedder.embed_query(query), dtype=np.float64)
        except EmbeddingError as error:
            warnings.append(f"sentences were chosen by words alone: {error.message}")
            return None
        low, high = float(cosines.min()), float(cosines.max())
        return [0.4 + 0.6 * (float(value) - low) / max(1e-6, high - low) for value in cosines]


def _opened(kept: Sequence[_Sentence], likely: Sequence[_Sentence]) -> list[_Sentence]:
    found = list(kept)
    for one in kept:
        before = [other for other in likely if other.hit is one.hit and other.place < one.place]
        if sum(len(other.text) for other in before) + len(one.text) <= _OPENING:
            have = {(other.hit.clause_id, other.place) for other in found}
            found.extend(other for other in before if (other.hit.clause_id, other.place) not in have)
    return found


def _fit(asked: Conditions, said: Conditions) -> float:
    """How well a sentence's case (质量问题, 无理由; 生鲜, 定制 …) fits the case that was asked about."""
    fits = [bool(asked[name] & said[name]) for name in asked.keys() & said.keys()]
    if not fits:
        return 1.0
    return _SAME_CASE if all(fits) else _OTHER_CASE


def grouped(text: str) -> list[str]:
    """The sentences of a clause, each with those that limit it, as they stand in the clause."""
    found: list[str] = []
    for sentence in sentences(text):
        if found and (found[-1].rstrip().endswith(("；", ";")) or bound_to_previous(found[-1], sentence)):
            found[-1] += sentence
        else:
            found.append(sentence)
    joined: list[str] = []
    for part in found:
        # 可以。 answers nothing by itself: it belongs to the sentence that says what is possible.
        if joined and len(normalised(joined[-1])) <= 4:
            joined[-1] += part
        else:
            joined.append(part)
    return [part.strip() for part in joined if normalised(part)]


def _adjoined(picked: Sequence[_Sentence]) -> list[_Sentence]:
    """Sentences that follow one another in their clause as one quotation."""
    found: list[_Sentence] = []
    for one in picked:
        last = found[-1] if found else None
        if last is not None and last.hit.clause_id == one.hit.clause_id and last.text + one.text in one.hit.text:
            found[-1] = replace(last, text=last.text + one.text)
        else:
            found.append(one)
    return found


def _good(response: SearchResponse) -> list[SearchHit]:
    """The hits that answer, best first."""
    if not response.confident:
        return []
    least = max(CONFIDENT_FROM, response.hits[0].score - _WITHIN)
    return [hit for hit in response.hits if hit.score >= least]


def _repeats(one: _Sentence, other: _Sentence) -> bool:
    return containment(shingles(normalised(one.text)), shingles(normalised(other.text))) >= _REPEATED


def _nothing(request: AskRequest, response: SearchResponse) -> Answer:
    close = response.hits[:_NEAREST]
    headings = "；".join(f"《{hit.document}》{' › '.join(hit.section_path)}" for hit in close)
    return Answer(
        id=request.id,
        query=request.query,
        text=NOTHING + (f"最接近的条款：{headings}" if headings else ""),
        confident=False,
        nearest=tuple(nearest(hit) for hit in close),
        as_of=response.as_of,
        snapshot=response.snapshot,
        warnings=response.warnings,
    )


def _citation(one: _Sentence, number: int) -> AnswerCitation:
    hit = one.hit
    return AnswerCitation(
        id=f"c{number}",
        marker=f"[{number}]",
        clause_id=hit.clause_id,
        document_id=hit.document_id,
        document=hit.document,
        version=hit.version,
        kind=hit.kind,
        audience=hit.audience,
        platform=hit.platform,
        section_path=hit.section_path,
        quote=one.text,
        sha256=hit.sha256,
        valid_from=hit.valid_from,
        valid_to=hit.valid_to,
    )
