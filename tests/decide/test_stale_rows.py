"""Rows whose clause in force is not the text that their verdict was confirmed against."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.bootstrap import Services
from copilot.decide.entitlements import Entitlements, Ruling
from copilot.decide.freshness import Freshness
from copilot.desk import LOCAL
from copilot.domain.base import BEIJING
from copilot.domain.compliance import CheckRequest
from copilot.domain.roles import Role
from copilot.domain.suggestion import Entitlement, Suggestion
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action
from copilot.errors import Forbidden, NotFound
from copilot.rulebook.confirmed import ConfirmedFile, resting
from copilot.rulebook.models import EntitlementRow
from copilot.store import audit
from copilot.store.repository import Caller
from copilot.store.tables import AuditRow
from tests.decide.cases import FILE, TICKET, signed, view

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=BEIJING)
ROWS = {row.id: row for table in FILE.tables for row in table.rows}
OLD, NEW, OTHER = "a" * 64, "b" * 64, "c" * 64
PERIOD = "law.no-reason.period"


class Base:
    """A knowledge base of hashes that counts how often it is asked."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self.hashes = hashes
        self.asked: list[set[str]] = []

    def __call__(self, anchors: Iterable[str], ticket: Ticket, now: datetime) -> Mapping[str, str]:
        self.asked.append(set(anchors))
        return {anchor: self.hashes[anchor] for anchor in self.asked[-1] if anchor in self.hashes}


class Own:
    """This installation's confirmations."""

    def __init__(self, *held: tuple[str, str, str]) -> None:
        self.held = held
        self.asked: list[set[str]] = []

    def __call__(self, rows: Collection[str]) -> Collection[tuple[str, str, str]]:
        self.asked.append(set(rows))
        return self.held


def changed(base: Base, own: Own, *rows: str, shipped: str = OLD) -> dict[str, tuple[str, ...]]:
    file = ConfirmedFile(rows={"return.no-reason": {PERIOD: (shipped,)}, "return.late": {PERIOD: (OLD, OTHER)}})
    return Freshness(file, own, base).changed([ROWS[row] for row in rows], TICKET, NOW)


class TestFreshness:
    def test_a_text_that_was_confirmed_is_fresh_and_asks_nobody_else(self) -> None:
        own = Own()
        assert changed(Base({PERIOD: OLD}), own, "return.no-reason", "return.late") == {}
        assert own.asked == []

    def test_each_of_several_confirmed_texts_will_do(self) -> None:
        assert changed(Base({PERIOD: OTHER}), Own(), "return.late") == {}
        assert changed(Base({PERIOD: OTHER}), Own(), "return.no-reason") == {"return.no-reason": (PERIOD,)}

    def test_another_text_makes_every_row_stale_that_rests_on_it(self) -> None:
        base = Base({PERIOD: NEW, "returns.late": NEW})
        found = changed(base, Own(), "return.no-reason", "return.late", "return.customized")
        assert found == {"return.no-reason": (PERIOD,), "return.late": (PERIOD, "returns.late")}
        assert len(base.asked) == 1

    def test_what_this_installation_confirmed_is_fresh_for_that_row_and_anchor_alone(self) -> None:
        base = Base({PERIOD: NEW})
        own = Own(("return.no-reason", PERIOD, NEW), ("return.late", "returns.late", NEW))
        assert changed(base, own, "return.no-reason", "return.late") == {"return.late": (PERIOD,)}

    def test_an_anchor_without_clause_changes_nothing(self) -> None:
        assert changed(Base({}), Own(), "return.no-reason", "return.late") == {}

    def test_a_row_that_rests_on_an_approval_stays(self) -> None:
        assert changed(Base({"returns.late": NEW}), Own(), "return.approved-late") == {}

    def test_without_rows_nobody_is_asked(self) -> None:
        base = Base({PERIOD: NEW})
        assert changed(base, Own()) == {}
        assert base.asked == []


def stale_ruling(action: str, given: Mapping[str, Any], *stale: str) -> Ruling:
    def of(rows: Collection[EntitlementRow]) -> Mapping[str, tuple[str, ...]]:
        return {row.id: row.cite[:1] for row in rows if row.id in stale}

    titles = {PERIOD: "七日期限怎么计算"}
    (found,) = Entitlements(FILE, titles).rule([Action(action)], view(**given), TICKET, of)
    return found


class TestVerdict:
    @pytest.mark.parametrize(
        ("row", "action", "given"),
        [
            ("return.no-reason", "return_refund", signed(3)),
            ("return.late", "return_refund", signed(8)),
            ("return.fault-verified-7d", "return_refund", signed(3, fault="verified")),
            ("freight.own-wish", "freight", signed(3)),
            ("compensation.otherwise", "compensation", signed(3)),
        ],
    )
    def test_it_falls_back_to_needs_approval_and_keeps_nothing_of_the_row(
        self, row: str, action: str, given: dict[str, Any]
    ) -> None:
        found = stale_ruling(action, given, row).entitlement
        assert (found.rule, found.verdict, found.basis) == (row, "needs_approval", "none")
        assert (found.freight, found.deadline) == (None, None)
        assert found.stale == ROWS[row].cite[:1]
        assert "已变更" in found.reason
        assert ROWS[row].reason not in found.reason
        assert not set(found.conditions) & set(ROWS[row].conditions)

    def test_the_reason_names_the_clause_by_its_title(self) -> None:
        assert "七日期限怎么计算" in stale_ruling("return_refund", signed(3), "return.no-reason").entitlement.reason

    def test_other_rows_are_untouched(self) -> None:
        found = stale_ruling("return_refund", signed(3), "return.late", "return.opened").entitlement
        assert (found.rule, found.verdict, found.stale) == ("return.no-reason", "allowed", ())

    def test_a_stale_row_that_a_missing_fact_leaves_open_is_another_answer(self) -> None:
        given = {"fault": "claimed"}
        assert stale_ruling("return_refund", given).entitlement.rule == "return.fault-undated"
        found = stale_ruling("return_refund", given, "return.fault-claimed-7d")
        assert found.entitlement.verdict == "unknown"
        assert "days_since_signing" in found.missing_facts

    @pytest.mark.parametrize("row", resting(ROWS.values()).values(), ids=lambda row: row.id)
    def test_no_stale_row_promises_refuses_or_charges(self, row: EntitlementRow) -> None:
        in_effect = Entitlements(FILE, {})._in_effect(row, {row.id: row.cite})
        assert in_effect.verdict == "needs_approval"
        assert in_effect.freight is None


# -- on a knowledge base ------------------------------------------------------------------------------------

RULE = "签收次日起{}日内，商品完好的，支持无理由退货退款。"
PROMISE, REFUSAL = "您的订单可以退货退款，我现在为您提交退货退款。", "您的商品不能退货。"


def ticket(**changes: Any) -> Ticket:
    return Ticket.model_validate(
        {
            "id": "T-1", "messages": [{"role": "customer", "text": "不喜欢，想退货退款", "at": NOW}],
            "order": {"id": "JD1", "status": "signed", "signed_at": "2026-11-17T10:00:00+08:00",
                      "items": [{"sku": "A", "title": "杯子"}]},
        } | changes
    )  # fmt: skip


def publish(services: Services, folder: Path, text: str, front: str = "", name: str = "规则.md") -> None:
    path = folder / name
    path.write_text(f"{front}# 退货\n\n## 期限\n\n### 七日期限 {{#{PERIOD}}}\n\n{text}\n", encoding="utf-8")
    services.knowledge.add_path(path, kind="policy", publish=True, actor="local")


def returned(found: Suggestion) -> Entitlement:
    return next(entry for entry in found.entitlements if entry.action == "return_refund")


def status(services: Services, text: str, of: Ticket) -> str:
    return services.desk.check(CheckRequest(id="x", text=text, ticket=of)).status


class TestHome:
    def test_a_changed_clause_makes_the_rule_wait_until_it_is_confirmed(self, empty: Services, tmp_path: Path) -> None:
        asked = ticket()
        assert returned(empty.desk.suggest(asked, LOCAL)).verdict == "allowed"
        assert (status(empty, PROMISE, asked), status(empty, REFUSAL, asked)) == ("pass", "block")

        publish(empty, tmp_path, RULE.format("七"))
        waiting = empty.desk.suggest(asked, LOCAL)
        assert (returned(waiting).verdict, returned(waiting).stale) == ("needs_approval", (PERIOD,))
        assert f"stale:return.no-reason:{PERIOD}" in waiting.trace.rules
        # Neither a promise nor a refusal may rest on it.
        assert (status(empty, PROMISE, asked), status(empty, REFUSAL, asked)) == ("block", "block")

        empty.rules.confirm(LOCAL, "return.no-reason")
        confirmed = empty.desk.suggest(asked, LOCAL)
        assert (returned(confirmed).verdict, returned(confirmed).stale) == ("allowed", ())
        assert status(empty, PROMISE, asked) == "pass"

        publish(empty, tmp_path, RULE.format("十"))
        assert returned(empty.desk.suggest(asked, LOCAL)).verdict == "needs_approval"

    def test_the_sample_s_own_words_need_no_confirmation(
        self, empty: Services, sample: Services, tmp_path: Path
    ) -> None:
        clause = sample.knowledge.resolve(PERIOD, platform=None, as_of=NOW)
        assert clause is not None
        publish(empty, tmp_path, clause.text)
        assert returned(empty.desk.suggest(ticket(), LOCAL)).verdict == "allowed"
        assert empty.rules.stale(LOCAL) == ()

    def test_only_the_platform_whose_clause_changed_waits(self, empty: Services, tmp_path: Path) -> None:
        publish(empty, tmp_path, RULE.format("七"), "---\nplatform: jd\n---\n", "京东.md")
        verdicts = {
            platform: returned(empty.desk.suggest(ticket(platform=platform), LOCAL)).verdict
            for platform in ("jd", "tmall", None)
        }
        assert verdicts == {"jd": "needs_approval", "tmall": "allowed", None: "allowed"}
        assert {row.row for row in empty.rules.stale(LOCAL)} >= {"return.no-reason", "return.late"}
        empty.rules.confirm_all(LOCAL)
        assert returned(empty.desk.suggest(ticket(platform="jd"), LOCAL)).verdict == "allowed"

    def test_a_ticket_of_a_day_before_the_change_is_decided_by_the_clause_of_that_day(
        self, empty: Services, tmp_path: Path
    ) -> None:
        publish(empty, tmp_path, RULE.format("七"), "---\nvalid_from: 2026-11-20\n---\n")
        yesterday = {
            "messages": [{"role": "customer", "text": "不喜欢，想退货退款", "at": "2026-11-19T23:59:59+08:00"}]
        }
        assert returned(empty.desk.suggest(ticket(**yesterday), LOCAL)).verdict == "allowed"
        assert returned(empty.desk.suggest(ticket(), LOCAL)).verdict == "needs_approval"


class TestRules:
    def test_a_stale_row_is_listed_with_both_hashes(self, empty: Services, tmp_path: Path) -> None:
        publish(empty, tmp_path, RULE.format("七"))
        rows = {row.row: row for row in empty.rules.stale(LOCAL)}
        assert set(rows) == {row.id for row in resting(ROWS.values()).values() if PERIOD in row.cite}
        assert rows["return.no-reason"].verdict == "allowed"
        (clause,) = rows["return.no-reason"].clauses
        assert (clause.anchor, clause.document, clause.version) == (PERIOD, "退货", 1)
        assert clause.text == RULE.format("七")
        assert clause.confirmed == empty.rulebook.confirmed.of("return.no-reason", PERIOD)
        assert clause.sha256 not in clause.confirmed

    def test_a_confirmation_is_audited_once(self, empty: Services, tmp_path: Path) -> None:
        publish(empty, tmp_path, RULE.format("七"))
        reviewer = Caller(id="k1", role=Role.KB_REVIEWER, label="reviewer")
        first = empty.rules.confirm(reviewer, "return.no-reason")
        again = empty.rules.confirm(reviewer, "return.no-reason")
        assert [clause.anchor for clause in first.clauses] == [PERIOD]
        assert again.clauses == ()
        with Session(empty.engine) as session:
            rows = session.execute(select(AuditRow).where(AuditRow.action == "rule.confirmed")).scalars().all()
            assert audit.first_break(session) is None
        assert [(row.actor, row.subject) for row in rows] == [("k1", "return.no-reason")]
        assert rows[0].detail["clauses"][0]["sha256"] == first.clauses[0].sha256

    def test_all_stale_rows_are_confirmed_at_once(self, empty: Services, tmp_path: Path) -> None:
        publish(empty, tmp_path, RULE.format("七"))
        waiting = [row.row for row in empty.rules.stale(LOCAL)]
        assert [row.row for row in empty.rules.confirm_all(LOCAL)] == waiting
        assert empty.rules.stale(LOCAL) == ()
        assert empty.rules.confirm_all(LOCAL) == ()

    @pytest.mark.parametrize("row", ["return.never", "return.approved-late", ""])
    def test_a_row_that_rests_on_no_clause_is_not_found(self, empty: Services, row: str) -> None:
        with pytest.raises(NotFound, match="rests on clauses"):
            empty.rules.confirm(LOCAL, row)

    @pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.KB_EDITOR, Role.EVALUATOR])
    def test_it_takes_a_reviewer_or_the_administrator(self, empty: Services, role: Role) -> None:
        caller = Caller(id="k", role=role, label="")
        for act in (empty.rules.stale, empty.rules.confirm_all):
            with pytest.raises(Forbidden, match="rules_confirm"):
                act(caller)
        with pytest.raises(Forbidden):
            empty.rules.confirm(caller, "return.no-reason")
