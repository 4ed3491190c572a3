"""Twenty-six tickets as shoppers write them, through every stage, on the sample knowledge base."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.compliance import CheckRequest
from copilot.domain.suggestion import Suggestion
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Owner, Status
from copilot.draft.support import supported
from tests.e2e.contract import SUGGESTION

DATA = Path(__file__).parent / "data" / "tickets.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
every_ticket = pytest.mark.parametrize("case", CASES, ids=[case["ticket"]["id"] for case in CASES])
_answers: dict[str, Suggestion] = {}


def suggested(services: Services, case: dict[str, Any]) -> Suggestion:
    key = case["ticket"]["id"]
    if key not in _answers:
        _answers[key] = services.desk.suggest(Ticket.model_validate(case["ticket"]), LOCAL)
    return _answers[key]


def test_the_tickets_cover_every_issue_type() -> None:
    from copilot.domain.vocabulary import IssueType

    assert len(CASES) >= 20
    assert {case["expect"]["issue_type"] for case in CASES} == set(IssueType)


@every_ticket
def test_json_fits_the_contract(sample: Services, case: dict[str, Any]) -> None:
    jsonschema.validate(json.loads(suggested(sample, case).model_dump_json()), SUGGESTION)


@every_ticket
def test_citations_exist_and_say_what_the_draft_says(sample: Services, case: dict[str, Any]) -> None:
    found = suggested(sample, case)
    cited = {citation.marker: citation for citation in found.citations}
    ids = {citation.id for citation in found.citations}
    for citation in found.citations:
        clause = sample.knowledge.get_clause(citation.clause_id, citation.version)
        assert clause.text == citation.quote
        assert hashlib.sha256(citation.quote.encode()).hexdigest() == citation.sha256
    for draft in found.drafts:
        assert set(draft.citations) <= ids
        for sentence in re.findall(r"[^。！？\n]+", draft.text):
            marks = re.findall(r"\[\d+\]", sentence)
            assert set(marks) <= set(cited)
            if marks:
                quotes = [cited[mark] for mark in marks]
                words = re.sub(r"\[\d+\]", "", sentence)
                assert supported(words, tuple(quote.quote for quote in quotes)), (words, quotes)
                for quote in quotes:
                    clause = sample.knowledge.get_clause(quote.clause_id, quote.version)
                    assert clause.audience == "customer"
    for part in (*found.entitlements, *found.next_steps):
        assert set(part.citations) <= ids


@every_ticket
def test_what_is_offered_has_no_blocked_violation(sample: Services, case: dict[str, Any]) -> None:
    found = suggested(sample, case)
    assert found.drafts, found.held_back
    assert not found.held_back, found.held_back
    for draft in found.drafts:
        assert draft.compliance.status is not Status.BLOCK
        request = CheckRequest(text=draft.plain_text, ticket=Ticket.model_validate(case["ticket"]))
        again = sample.desk.check(request)
        assert again.status is not Status.BLOCK, (draft.plain_text, again.violations)


def test_most_are_classified_as_a_reader_would(sample: Services) -> None:
    """The set is small: single tickets may miss, the whole may not."""
    types, subtypes = [], []
    for case in CASES:
        found, expect = suggested(sample, case).classification, case["expect"]
        types.append(found.issue_type == expect["issue_type"])
        subtypes.append(types[-1] and found.issue_subtype in expect["issue_subtype"].split("|"))
    assert sum(types) >= 0.85 * len(CASES)
    assert sum(subtypes) >= 0.85 * len(CASES)


def test_who_must_know_is_told_and_routine_stays(sample: Services) -> None:
    missed, needless = [], []
    for case in CASES:
        route = suggested(sample, case).route
        escalated = route.owner is not Owner.FRONTLINE or bool(route.also_notify)
        if escalated != case["expect"]["escalated"]:
            (needless if escalated else missed).append(case["ticket"]["id"])
    assert not missed
    assert not needless


@every_ticket
def test_entitlements(sample: Services, case: dict[str, Any]) -> None:
    verdicts = {entry.action: str(entry.verdict) for entry in suggested(sample, case).entitlements}
    for action, verdict in case["expect"].get("entitlements", {}).items():
        assert verdicts.get(action) in verdict.split("|"), (action, verdicts)


@every_ticket
def test_steps_have_one_place_to_go_on(sample: Services, case: dict[str, Any]) -> None:
    steps = suggested(sample, case).next_steps
    assert [step.order for step in steps] == list(range(1, len(steps) + 1))
    assert sum(step.state == "now" for step in steps) == 1


@every_ticket
def test_the_same_ticket_gets_the_same_answer(sample: Services, case: dict[str, Any]) -> None:
    volatile = {"id", "trace"}
    again = sample.desk.suggest(Ticket.model_validate(case["ticket"]), LOCAL)
    assert again.model_dump(exclude=volatile) == suggested(sample, case).model_dump(exclude=volatile)


@every_ticket
def test_nothing_is_asked_for_that_is_there(sample: Services, case: dict[str, Any]) -> None:
    ticket = Ticket.model_validate(case["ticket"])
    asked = {entry.field for entry in suggested(sample, case).missing_information}
    if ticket.order and ticket.order.id:
        assert "order_id" not in asked
    if any(attachment.kind == "photo" for attachment in ticket.attachments or ()):
        assert "photos" not in asked


@every_ticket
def test_approved_wording_reaches_the_agent_unpatched(sample: Services, case: dict[str, Any]) -> None:
    """A repair inside a sentence of ours would mean that a template and the guard disagree."""
    for draft in suggested(sample, case).drafts:
        assert draft.compliance.repairs == 0, draft.text


def test_a_holding_reply_is_offered_as_it_was_approved(sample: Services) -> None:
    messages = [
        {"role": "customer", "text": "你们的插座起火了，市场监管局已经立案，电视台记者昨天也来我家采访了，等着上新闻吧"}
    ]
    found = sample.desk.suggest(Ticket.model_validate({"platform": "jd", "messages": messages}), LOCAL)
    assert found.classification.complaint_level == 1
    [draft] = found.drafts
    assert (draft.compliance.source, draft.compliance.repairs, found.held_back) == ("template", 0, ())
