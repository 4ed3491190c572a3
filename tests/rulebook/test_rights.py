"""No table takes a legal right away: the shipped ones do not, and one that does is refused with the article."""

import shutil
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from copilot.domain.vocabulary import Action
from copilot.errors import RulebookError
from copilot.rulebook import loader, rights
from copilot.rulebook.loader import DATA, FACT_NAMES
from copilot.rulebook.models import EntitlementFile
from copilot.rulebook.rights import RightsFile
from copilot.rulebook.source import read

Row = dict[str, Any]
RIGHTS = read(DATA / "rights.yaml", RightsFile)
SHIPPED = read(DATA / "entitlements.yaml", EntitlementFile)


def with_row(action: str, row: dict[str, Any], before: str | None = None) -> EntitlementFile:
    """The shipped tables with a row more, at the top of its table or above another."""
    raw = yaml.safe_load((DATA / "entitlements.yaml").read_text(encoding="utf-8"))
    rows = next(table["rows"] for table in raw["tables"] if table["action"] == action)
    at = 0 if before is None else [each["id"] for each in rows].index(before)
    rows.insert(at, {"id": "own.row", "verdict": "denied", "basis": "none", "reason": "店规"} | row)
    return EntitlementFile.model_validate(raw)


def broken(file: EntitlementFile, row: str = "own.row") -> list[str]:
    found = [message for _, message in rights.problems(RIGHTS, file)]
    return [message for message in found if f"row {row!r} answers" in message]


def test_the_shipped_tables_break_no_right() -> None:
    assert list(rights.problems(RIGHTS, SHIPPED)) == []


def test_every_right_has_its_case_article_and_known_facts() -> None:
    ids = [right.id for right in RIGHTS.rights]
    assert len(ids) == len(set(ids))
    for right in RIGHTS.rights:
        assert set(right.facts) <= FACT_NAMES, right.id
        assert right.article.startswith("《"), right.id
        assert "第" in right.article, right.id


@pytest.mark.parametrize(
    ("action", "row", "right", "article"),
    [
        ("return_refund", {"when": {"tags": ["promotion"]}}, "no-reason-promotion", "第二十五条"),
        ("return_refund", {"when": {"tags": ["opened"]}}, "no-reason-opened", "第八条"),
        ("return_refund", {"when": {"days_since_signing": {"gte": 7}}}, "no-reason", "第二十五条"),
        ("return_refund", {"when": {"category": ["clothing"]}}, "no-reason", "第二十五条"),
        ("return_refund", {"when": {"platform": ["lashou"]}}, "no-reason", "第二十五条"),
        ("return_refund", {"when": {"tier": ["normal"], "amount": {"lt": 50}}}, "no-reason", "第二十五条"),
        ("return_refund", {"when": {"channel": {"none_of": ["phone"]}}}, "no-reason", "第二十五条"),
        ("return_refund", {"when": {"operator": ["merchant"], "high_emotion": True}}, "no-reason", "第二十五条"),
        ("return_refund", {"verdict": "needs_approval", "when": {"amount": {"gt": 5000}}}, "no-reason", "第二十五条"),
        ("return_refund", {"when": {"fault": "verified", "tags": ["customized"]}}, "fault-first-week", "第二十四条"),
        (
            "return_refund",
            {"when": {"fault": "claimed", "days_since_signing": {"gt": 7}}},
            "fault-claimed",
            "第二十四条",
        ),
        (
            "return_refund",
            {"verdict": "allowed", "when": {"fault": "verified"}, "freight": {"borne_by": "customer"}},
            "fault-first-week",
            "第二十四条",
        ),
        ("return_refund", {"when": {"issue_subtype": ["wrong_item"]}}, "wrong-item", "第五十二条"),
        ("exchange", {"when": {"fault": "verified", "days_since_signing": {"gt": 7}}}, "fault-exchange", "第二十四条"),
        ("repair", {"when": {"days_since_signing": {"gt": 30}}}, "fault-repair", "第十一条"),
        ("freight", {"when": {"tags": ["promotion"]}}, "fault-freight", "第二款"),
        ("refund", {"when": {"issue_subtype": ["lost"]}}, "lost-in-transit", "《电子商务法》第二十条"),
        ("refund", {"when": {"category": ["food"], "tags": ["opened"]}}, "spoiled-food", "《食品安全法》"),
        ("refund", {"when": {"order_status": ["returning"]}}, "no-reason-refund", "第二十五条"),
        ("compensation", {"when": {"category": ["food"]}}, "spoiled-food-damages", "第一百四十八条"),
        ("compensation", {"when": {"issue_subtype": ["counterfeit"]}}, "fraud-damages", "第五十五条"),
        ("compensation", {"when": {"injury": True}}, "injury-damages", "第四十九条"),
        ("invoice", {"when": {"tags": ["promotion"]}}, "invoice", "第二十二条"),
    ],
)
def test_a_row_that_takes_it_away_is_named_with_the_case_and_the_article(
    action: str, row: dict[str, Any], right: str, article: str
) -> None:
    found = broken(with_row(action, row))
    assert any(f"rights.yaml {right};" in message and article in message for message in found), found


@pytest.mark.parametrize(
    ("action", "row", "before"),
    [
        ("return_refund", {"when": {"tags": ["customized"]}}, "return.customized"),
        ("return_refund", {"verdict": "allowed", "basis": "standing_rule", "when": {"platform": ["jd"]}}, None),
        ("exchange", {"when": {"tags": ["promotion"]}}, "exchange.excluded"),
        ("price_protection", {"when": {"tags": ["promotion"]}}, None),
    ],
)
def test_what_is_no_legal_right_may_be_configured(action: str, row: dict[str, Any], before: str | None) -> None:
    assert broken(with_row(action, row, before)) == []


def test_a_row_that_is_reached_only_around_the_rows_above_it_is_found() -> None:
    # Directly below the row for a refused application, which has to be stepped around.
    row = {"when": {"application_state": {"none_of": ["submitted"]}, "freight_insurance": {"not": True},
                    "days_since_signing": {"lte": 7}, "tier": ["vip"]}}  # fmt: skip
    assert broken(with_row("return_refund", row, before="return.opened"))


def test_a_right_that_no_row_answers_is_named() -> None:
    raw = yaml.safe_load((DATA / "entitlements.yaml").read_text(encoding="utf-8"))
    table = next(table for table in raw["tables"] if table["action"] == "freight")
    table["rows"] = [row for row in table["rows"] if not row["id"].startswith("freight.fault-claimed")]
    table["rows"] = [row for row in table["rows"] if row["id"] != "freight.own-wish"]
    found = [message for _, message in rights.problems(RIGHTS, EntitlementFile.model_validate(raw))]
    assert any("no row answers" in message and "fault-claimed-freight" in message for message in found)


def table(*rows: dict[str, Any]) -> EntitlementFile:
    full = [{"verdict": "conditional", "reason": "r", "conditions": ["c"]} | row for row in rows]
    return EntitlementFile.model_validate(
        {"asks": {}, "demand_actions": {}, "tables": [{"action": Action.REPAIR, "rows": full}]}
    )


class TestPrecedence:
    """Law outranks platform rule outranks shop policy outranks standing authority."""

    LAW: ClassVar[Row] = {"id": "law", "basis": "law", "when": {"fault": "verified"}}
    PLATFORM: ClassVar[Row] = {
        "id": "platform",
        "basis": "standing_rule",
        "rule_of": "platform",
        "when": {"platform": ["jd"]},
    }
    SHOP: ClassVar[Row] = {"id": "shop", "basis": "standing_rule", "when": {"tags": ["promotion"]}}
    NONE = RightsFile(rights=())

    @pytest.mark.parametrize(
        ("upper", "lower", "wrong"),
        [
            (SHOP | {"verdict": "denied"}, LAW, True),
            (SHOP | {"verdict": "needs_approval"}, LAW, True),
            (PLATFORM | {"verdict": "denied"}, LAW, True),
            (SHOP | {"verdict": "denied"}, PLATFORM, True),
            (PLATFORM | {"verdict": "denied"}, SHOP, False),
            (LAW | {"verdict": "denied"}, SHOP, False),
            (SHOP | {"verdict": "conditional"}, LAW, False),
            (SHOP | {"verdict": "allowed", "freight": {"borne_by": "customer"}},
             LAW | {"freight": {"borne_by": "merchant"}}, True),
            (SHOP | {"verdict": "denied", "when": {"fault": "refuted"}}, LAW, False),
            (SHOP | {"verdict": "denied"}, LAW | {"verdict": "denied"}, False),
        ],
    )  # fmt: skip
    def test_a_lower_rule_may_not_take_away_from_above(
        self, upper: dict[str, Any], lower: dict[str, Any], wrong: bool
    ) -> None:
        found = list(rights.problems(self.NONE, table(upper, lower)))
        assert bool(found) is wrong, found
        if wrong:
            ((where, message),) = found
            assert where == ("tables", 0, "rows", 0)
            assert repr(upper["id"]) in message
            assert repr(lower["id"]) in message
        assert list(rights.problems(self.NONE, table(lower, upper))) == [] or not wrong

    def test_what_the_upper_row_never_decides_takes_nothing_away(self) -> None:
        first = {"id": "first", "basis": "law", "when": {"tags": ["promotion"]}, "verdict": "allowed"}
        denied = self.SHOP | {"verdict": "denied"}
        assert list(rights.problems(self.NONE, table(first, denied, self.LAW))) == []


class TestLoader:
    def test_such_a_table_is_refused_at_its_line(self, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        shutil.copytree(DATA, folder)
        path = folder / "entitlements.yaml"
        lines = path.read_text(encoding="utf-8").split("\n")
        at = next(number for number, line in enumerate(lines) if line.endswith("- id: return.approved-late"))
        own = "      - {id: return.sale, when: {tags: [promotion]}, verdict: denied, basis: standing_rule, reason: 特价不退}"
        path.write_text("\n".join([*lines[:at], own, *lines[at:]]), encoding="utf-8")
        with pytest.raises(RulebookError) as caught:
            loader.load(folder)
        assert f"entitlements.yaml:{at + 1}: row 'return.sale' answers denied" in caught.value.message
        assert "《消费者权益保护法》第二十五条" in caught.value.message
        assert "rights.yaml no-reason-promotion" in caught.value.message

    @pytest.mark.parametrize("own", [None, "rights: []\n"])
    def test_a_folder_of_one_s_own_cannot_drop_the_shipped_rights(self, tmp_path: Path, own: str | None) -> None:
        folder = tmp_path / "data"
        shutil.copytree(DATA, folder)
        if own is None:
            (folder / "rights.yaml").unlink()
        else:
            (folder / "rights.yaml").write_text(own, encoding="utf-8")
        assert loader.load(folder).rights == RIGHTS

    def test_it_may_add_rights(self, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        shutil.copytree(DATA, folder)
        (folder / "rights.yaml").write_text(
            "rights:\n  - {id: own, case: 会员, action: return_refund, facts: {order_status: [signed], tier: [vip], "
            "days_since_signing: [8]}, verdict_never: [denied], article: 《会员协议》第一条, gives: 会员十五日内可以退货}\n",
            encoding="utf-8",
        )
        with pytest.raises(RulebookError, match=r"row 'return.late' answers denied to 会员 .*《会员协议》"):
            loader.load(folder)
