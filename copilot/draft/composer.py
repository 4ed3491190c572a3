"""The offline composer: approved wording, policy sentences that their clauses bear, citation marks."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from copilot.domain.base import Model
from copilot.domain.suggestion import MissingInformation
from copilot.draft.support import nearest_sentences, supported
from copilot.rulebook.models import Act, Playbook, Say, TemplateFile
from kb.models import Clause, SearchHit

_MOST_POLICY = 4
_MOST_POLICY_CONCISE = 2
_MOST_ASKED = 3
_QUOTE_LIMIT = 150


class Cited(Model):
    """A citable place: the clause that a marker stands for."""

    clause_id: str
    version: int


Point = Literal[
    "opening", "overdue", "empathy", "restate", "policy_lead", "policy", "compensation", "earlier_promise", "missing",
    "act", "closing",
]  # fmt: skip
"""What a sentence of the composer is for."""


class Sentence(Model):
    """One sentence of a draft and the clauses that it rests on, by clause id and version."""

    text: str
    cites: tuple[Cited, ...] = ()
    block: int = 0
    """Paragraph of the reply: 0 opening, 1 policy, 2 what comes next."""
    point: Point | None = None
    """null: a sentence of a model."""
    facts: tuple[str, ...] = ()
    """What it has to tell the customer; empty: all that it says."""


class Plan(Model):
    """What the composer is given about one ticket, beside the view for conditions."""

    playbook: Playbook
    missing: tuple[MissingInformation, ...]
    variables: dict[str, str]
    within: dict[str, str]
    """Clock id → how the customer reads its length; only clocks that may be told."""


class Composer:
    def __init__(self, templates: TemplateFile) -> None:
        self._slots = templates.slots

    def compose(
        self,
        plan: Plan,
        view: Mapping[str, Any],
        clauses: Mapping[str, Clause],
        quoted: Mapping[str, Clause],
        answer: SearchHit | None,
    ) -> tuple[Sentence, ...]:
        """The sentences of one draft.

        Args:
            clauses: anchor → clause in force, for sentences that the rulebook words.
            quoted: anchor → clause found by search: quoted in its own words.
            answer: the best clause for customers, or null where none is good.
        """
        spoken = [self._slot(name, view, plan, 0) for name in ("opening", "overdue", "empathy", "restate")]
        policy = self._policy(plan, view, clauses, quoted, answer)
        if policy:
            spoken.append(self._slot("policy_lead", view, plan, 1))
        spoken.extend(policy)
        spoken.append(self._slot("compensation", view, plan, 2))
        spoken.append(self._slot("earlier_promise", view, plan, 2))
        spoken.extend(self._ask(plan, view))
        spoken.append(self._act(plan, view))
        spoken.append(self._slot("closing", view, plan, 2))
        sentences = tuple(sentence for sentence in spoken if sentence is not None)
        return tuple(map(_about_the_customer, sentences)) if view.get("channel") == "workorder" else sentences

    def single(self, slot: str, view: Mapping[str, Any], plan: Plan) -> tuple[Sentence, ...]:
        """A draft of one approved sentence: holding replies and the last resort."""
        sentence = self._slot(slot, view, plan, 0)
        return (sentence,) if sentence else ()

    def _slot(
        self, name: str, view: Mapping[str, Any], plan: Plan, block: int, extra: Mapping[str, str] | None = None
    ) -> Sentence | None:
        """The slot's sentence; `name` is its point where it is one of a full draft."""
        row = next((row for row in self._slots[name] if row.when.holds(view)), None)
        if row is None or not row.text:
            return None
        variables = {"demand": "", **plan.variables, **(extra or {})}
        if "{demand}" in row.text:
            demand = next((entry for entry in self._slots["demand"] if entry.when.holds(view)), None)
            variables["demand"] = demand.text if demand else ""
        point = name if name in get_args(Point) else None
        return Sentence.model_validate({"text": row.text.format_map(variables), "block": block, "point": point})

    def _policy(
        self, plan: Plan, view: Mapping[str, Any], clauses: Mapping[str, Clause], quoted: Mapping[str, Clause],
        answer: SearchHit | None,
    ) -> list[Sentence]:  # fmt: skip
        most = _MOST_POLICY_CONCISE if view.get("tone") == "concise" else _MOST_POLICY
        said: list[Sentence] = []
        if plan.playbook.answer_from_kb and answer is not None:
            said.append(_answer(answer))
            most = 1 if view.get("tone") == "concise" else 2
        used: set[tuple[Cited, ...]] = {sentence.cites for sentence in said}
        for say in plan.playbook.say:
            if len(said) >= most or not say.holds(view):
                continue
            sentence = _say(say, clauses, quoted)
            if sentence is not None and sentence.cites not in used:
                used.add(sentence.cites)
                said.append(sentence)
        if not said and answer is not None:
            said.append(_answer(answer))
        return said

    def _ask(self, plan: Plan, view: Mapping[str, Any]) -> list[Sentence]:
        if not plan.missing:
            return []
        asks = "、".join(entry.ask for entry in plan.missing[:_MOST_ASKED])
        sentence = self._slot("missing", view, plan, 2, {"asks": asks})
        facts = tuple(entry.ask for entry in plan.missing[:_MOST_ASKED])
        return [sentence.model_copy(update={"facts": facts})] if sentence else []

    def _act(self, plan: Plan, view: Mapping[str, Any]) -> Sentence | None:
        act: Act | None = next((act for act in plan.playbook.acts if act.when.holds(view)), None)
        if act is None:
            return None
        within = plan.within.get(act.clock or "")
        spoken = dict(view) | {"has_deadline": within is not None}
        sentence = self._slot("act", spoken, plan, 2, {"act": act.text, "within": within or ""})
        facts = (act.text, f"{within}内") if within else (act.text,)
        return sentence.model_copy(update={"facts": facts}) if sentence else None


def _about_the_customer(sentence: Sentence) -> Sentence:
    """A work order is read by the platform's service: the customer is spoken of, not to."""
    text = sentence.text.replace("您好", "\0").replace("您", "顾客").replace("给顾客回复", "回复").replace("\0", "您好")
    return sentence.model_copy(update={"text": text})


def _say(say: Say, clauses: Mapping[str, Clause], quoted: Mapping[str, Clause]) -> Sentence | None:
    """The rulebook's wording where every clause bears it, else the clause's own words, else nothing."""
    for_customers = [clauses[anchor] for anchor in say.cite if anchor in clauses]
    for_customers = [clause for clause in for_customers if clause.audience == "customer"]
    if len(for_customers) == len(say.cite) and supported(say.text, tuple(clause.text for clause in for_customers)):
        return Sentence(
            text=f"{say.text}。", cites=tuple(_cited(clause) for clause in for_customers), block=1, point="policy"
        )
    own = for_customers + [quoted[anchor] for anchor in say.cite if anchor in quoted]
    own = [clause for clause in own if clause.audience == "customer"]
    if not own:
        return None
    return _quote(own[0].document, own[0].text, say.text, _cited(own[0]))


def _answer(hit: SearchHit) -> Sentence:
    cited = Cited(clause_id=hit.clause_id, version=hit.version)
    if hit.kind == "faq":
        # An FAQ answer is written for the customer: it can be said as it stands.
        return Sentence(text=_ended(nearest_sentences(hit.text, hit.section_path[-1] if hit.section_path else "", 240)),
                        cites=(cited,), block=1, point="policy")  # fmt: skip
    return _quote(hit.document, hit.text, hit.section_path[-1] if hit.section_path else "", cited)


def _quote(document: str, text: str, wanted: str, cited: Cited) -> Sentence:
    passage = nearest_sentences(text, wanted, _QUOTE_LIMIT).rstrip("。；")
    return Sentence(text=f"根据《{document}》：{passage}。", cites=(cited,), block=1, point="policy")


def _cited(clause: Clause) -> Cited:
    return Cited(clause_id=clause.clause_id, version=clause.version)


def _ended(text: str) -> str:
    return text if text[-1:] in "。！？" else f"{text}。"
