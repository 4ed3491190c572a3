"""Nothing personal reaches the database, the audit, the logs or a search; only the process knows what a placeholder is."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.approvals import ApprovalRequest
from copilot.domain.compliance import CheckRequest
from copilot.domain.ticket import Ticket
from copilot.errors import place_of
from copilot.guard.engine import Guard
from copilot.understand.redact import Redactor
from kb.insight_models import AskRequest
from kb.models import SearchRequest

SECRETS = (
    "13812345678", "李明华", "11010519491231002X", "6222021234567890123", "minghua_li", "minghua.li@qq.com", "浙A·8K26L",
    "文三路199号5栋302", "abc12345", "8-3-2091",
)  # fmt: skip
SAID = (
    "我叫李明华，电话13812345678，电饭煲收到就坏了，漏电把我妈手电麻了！地址改成浙江省杭州市西湖区文三路199号5栋302室",
    "身份证11010519491231002X，退到银行卡6222021234567890123，微信minghua_li，邮箱minghua.li@qq.com",
    "车牌浙A·8K26L停在楼下，取件码8-3-2091，账号密码：abc12345，再不处理我就打12315投诉李明华这个名字的订单",
)


def ticket(**fields: Any) -> Ticket:
    said = [{"role": "customer", "text": text} for text in SAID]
    asked = [{"role": "agent", "text": "请问收件人姓名是什么？"}, {"role": "customer", "text": "李明华"}]
    return Ticket.model_validate({"id": "T-1", "platform": "jd", "messages": [*said, *asked], **fields})


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def stored(services: Services) -> str:
    """Every value of every table."""
    tables = MetaData()
    tables.reflect(services.engine)
    with Session(services.engine) as session:
        rows = [row for table in tables.sorted_tables for row in session.execute(select(table)).all()]
    return "\n".join(repr(tuple(row)) for row in rows)


@pytest.fixture
def searched(empty: Services, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the knowledge base is asked."""
    asked: list[str] = []
    search: Callable[..., Any] = empty.knowledge.search

    def recorded(request: SearchRequest, **options: Any) -> Any:
        asked.append(request.query)
        return search(request, **options)

    monkeypatch.setattr(empty.knowledge, "search", recorded)
    return asked


def test_a_suggestion_is_stored_and_searched_for_without(
    empty: Services, searched: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        suggestion = empty.desk.suggest(ticket(), LOCAL)
    assert suggestion.trace.redactions >= len(SECRETS)
    assert suggestion.classification.evidence
    assert searched
    for place in (suggestion.model_dump_json(), stored(empty), "\n".join(searched), caplog.text):
        assert leaks(place) == []


def test_a_quote_of_evidence_shows_the_kind_in_place_of_the_datum(empty: Services) -> None:
    said = {"messages": [{"role": "customer", "text": "打12315投诉你们13812345678"}]}
    quotes = [one.quote for one in empty.desk.classify(Ticket.model_validate(said)).classification.evidence]
    assert any("[手机号]" in quote or "12315" in quote for quote in quotes)
    assert leaks("".join(quotes)) == []


def test_an_answer_to_a_question_for_a_name_is_one(empty: Services) -> None:
    asked = empty.desk.suggest(ticket(), LOCAL).trace.redactions
    untold = ticket(messages=[{"role": "customer", "text": text} for text in (*SAID, "李明华")])
    assert empty.desk.suggest(untold, LOCAL).trace.redactions == asked - 1


def test_searches_questions_and_checks_go_without(empty: Services, searched: list[str]) -> None:
    words = "李明华女士电话13812345678要退货，收件人李明华"
    empty.desk.search(SearchRequest(query=words))
    empty.desk.check(CheckRequest(text=f"您好{words}", ticket=ticket()))
    empty.insights.ask(LOCAL, AskRequest(query=words))
    empty.insights.close()
    assert searched
    assert leaks("\n".join(searched)) == []
    assert leaks(stored(empty)) == []


def test_the_audit_keeps_what_was_decided_and_not_about_whom(empty: Services) -> None:
    asked = ApprovalRequest.model_validate(
        {"kind": "coupon", "amount": "30.00", "order_id": "JD123", "basis": "收件人李明华13812345678等了三天"}
    )
    made = empty.approvals.request(LOCAL, asked)
    empty.approvals.reject(LOCAL, made.id, note="已电话13812345678告知")
    with Session(empty.engine) as session:
        tables = MetaData()
        tables.reflect(empty.engine)
        rows = repr(session.execute(select(tables.tables["audit"])).all()) if "audit" in tables.tables else ""
        rows = rows or repr(
            [session.execute(select(table)).all() for name, table in tables.tables.items() if "audit" in name]
        )
    assert "approval.rejected" in rows
    assert "等了三天" in rows
    assert leaks(rows) == []


def test_a_crash_is_logged_by_its_place_alone(
    empty: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Guard, text: str, *__: Any) -> Any:
        raise ValueError(text)

    monkeypatch.setattr("copilot.guard.engine.read", lambda text, *_: broken(None, text))  # type: ignore[arg-type]
    result = empty.desk.check(CheckRequest(text="李明华您好，13812345678已登记"))
    assert result.status == "block"
    assert "ValueError at " in caplog.text
    assert leaks(caplog.text) == []


def test_an_error_s_place_never_quotes_its_message() -> None:
    try:
        raise KeyError("13812345678")
    except KeyError as error:
        said = place_of(error)
    assert said.startswith("KeyError at test_nothing_leaks.py:")
    assert leaks(said) == []
    assert place_of(ValueError("x")) == "ValueError at an unknown place"


def test_database_errors_name_no_values(empty: Services) -> None:
    assert empty.engine.hide_parameters


def test_placeholders_are_undone_only_by_the_redactor_that_made_them() -> None:
    redactor = Redactor()
    redacted = redactor.redact(SAID[0])
    assert leaks(redacted) == []
    assert redactor.restore(redacted) == SAID[0]
    assert Redactor().restore(redacted) == redacted
