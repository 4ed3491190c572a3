"""The cross-checks of the rulebook's files, on the files as shipped and on small wrong ones; the compiled copy."""

import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from copilot.domain.facts import Facts
from copilot.domain.vocabulary import SUBTYPES, Action, IssueType, Owner
from copilot.errors import RulebookError
from copilot.rulebook import loader
from copilot.rulebook.authority import AuthorityFile
from copilot.rulebook.common import CommonFile
from copilot.rulebook.loader import DATA, FACT_NAMES, Rulebook
from copilot.rulebook.models import (
    ClauseFile,
    EntitlementFile,
    EscalationFile,
    PlaybookFile,
    SlaFile,
    TemplateFile,
    VocabularyFile,
)
from copilot.rulebook.qa import QaFile
from copilot.rulebook.rights import RightsFile
from copilot.rulebook.source import read

CLAUSES = ClauseFile.model_validate({"clauses": {"returns.late": {"title": "超期", "query": "超期"}}})
CLOCK = {"id": "follow_up", "label": "跟进", "within": "2h", "source": "returns.late", "promise": True}
SILENT_CLOCK = {"id": "team", "label": "协同", "within": "2h", "source": "returns.late"}
SLA = SlaFile.model_validate({"clocks": [CLOCK, SILENT_CLOCK]})


def parts(**files: Any) -> Rulebook:
    """A rulebook of these files only; what the check at hand does not read is left out."""
    return Rulebook.model_construct(**files)


def problems_of_entitlements(folder: Path, content: str) -> list[str]:
    path = folder / "entitlements.yaml"
    path.write_text(content, encoding="utf-8")
    book = parts(entitlements=read(path, EntitlementFile), clauses=CLAUSES)
    return list(loader._entitlement_problems(book, path))


def every_table(row: str, first: Action = Action.RETURN_REFUND) -> str:
    head = "asks: {}\ndemand_actions: {}\ntables:\n"
    others = "".join(f"  - {{action: {action}, rows: []}}\n" for action in Action if action is not first)
    return f"{head}  - action: {first}\n    rows:\n{row}{others}"


class TestEntitlements:
    def test_a_sound_row_has_no_problem(self, tmp_path: Path) -> None:
        row = "      - {id: a, when: {fault: claimed}, verdict: allowed, basis: law, reason: r, cite: [returns.late]}\n"
        assert problems_of_entitlements(tmp_path, every_table(row)) == []

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (
                "      - {id: a, when: {falt: x}, verdict: denied, basis: law, reason: r}\n",
                "entitlements.yaml:6: unknown fact 'falt'; see",
            ),
            (
                "      - {id: a, when: {any: [{all: [{dayz: 1}]}]}, verdict: denied, basis: law, reason: r}\n",
                "entitlements.yaml:6: unknown fact 'dayz'; see",
            ),
            (
                "      - {id: a, verdict: denied, basis: law, reason: r, cite: [returns.never]}\n",
                "entitlements.yaml:6: unknown clause 'returns.never'; add it to clauses.yaml",
            ),
            (
                "      - {id: a, verdict: allowed, basis: standing_rule, reason: r}\n",
                "entitlements.yaml:6: row 'a' grants something without a clause; add cite: [anchor]",
            ),
            (
                "      - {id: a, verdict: denied, basis: law, reason: r}\n" * 2,
                "entitlements.yaml:7: row id 'a' occurs twice; give each row its own",
            ),
        ],
    )
    def test_a_wrong_row_is_named_with_its_line(self, tmp_path: Path, row: str, said: str) -> None:
        (problem,) = problems_of_entitlements(tmp_path, every_table(row))
        assert problem.startswith(said)

    def test_a_missing_table_is_named(self, tmp_path: Path) -> None:
        content = "asks: {}\ndemand_actions: {}\ntables:\n  - {action: return_refund, rows: []}\n"
        (problem,) = problems_of_entitlements(tmp_path, content)
        assert problem.startswith("entitlements.yaml:3: no table for cancel, compensation, exchange")

    @pytest.mark.parametrize("key", ["asks: {agee: order_id}", "absent_means_no: [agee]"])
    def test_a_fact_that_nothing_knows_is_named(self, tmp_path: Path, key: str) -> None:
        content = every_table("      - {id: a, verdict: denied, basis: law, reason: r}\n")
        content = content.replace("asks: {}", key if key.startswith("asks") else f"asks: {{}}\n{key}")
        (problem,) = problems_of_entitlements(tmp_path, content)
        assert "unknown fact 'agee'; known: " in problem


class TestClocksAndEscalation:
    def test_a_clock_needs_known_facts_and_a_clause(self, tmp_path: Path) -> None:
        path = tmp_path / "sla.yaml"
        path.write_text(
            "clocks:\n"
            "  - {id: a, label: b, within: 2h, source: returns.late, when: {priority: [P0]}}\n"
            "  - {id: a, label: b, within: 2h, source: sop.nowhere, when: {urgency: high}}\n",
            encoding="utf-8",
        )
        book = parts(sla=read(path, SlaFile), clauses=CLAUSES)
        found = list(loader._clock_problems(book, path))
        assert [problem.split(";")[0] for problem in found] == [
            "sla.yaml:3: unknown fact 'urgency'",
            "sla.yaml:3: unknown clause 'sop.nowhere'",
        ]

    def test_an_escalation_that_reaches_nobody_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "escalation.yaml"
        path.write_text("rows:\n  - {id: a, when: {}, reason: r, source: returns.late}\n", encoding="utf-8")
        book = parts(escalation=read(path, EscalationFile), clauses=CLAUSES)
        (problem,) = loader._escalation_problems(book, path)
        assert problem == "escalation.yaml:2: row 'a' neither sets an owner nor notifies anybody"


def problems_of_playbook(folder: Path, **changes: Any) -> list[str]:
    """The problems of a sound `promotion` file whose first playbook has `changes` instead."""
    playbooks: list[dict[str, Any]] = [
        {"subtype": subtype, "restate": "r", "steps": []} for subtype in SUBTYPES[IssueType.PROMOTION]
    ]
    playbooks[0] |= changes
    file = PlaybookFile.model_validate({"issue_type": "promotion", "playbooks": playbooks})
    path = folder / "promotion.yaml"
    path.write_text("issue_type: promotion\nplaybooks: []\n", encoding="utf-8")
    book = parts(sla=SLA, clauses=CLAUSES)
    return list(loader._playbook_problems(book, file, IssueType.PROMOTION, path))


class TestPlaybooks:
    def test_a_sound_file_has_no_problem(self, tmp_path: Path) -> None:
        assert problems_of_playbook(tmp_path) == []

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"needs": [{"field": "photos", "ask": "a", "why": "w", "when": {"x": 1}}]}, "unknown fact 'x'"),
            ({"say": [{"text": "t", "cite": ["law.none"]}]}, "unknown clause 'law.none'"),
            ({"say": [{"text": "t", "cite": ["returns.late"], "when": {"x": 1}}]}, "unknown fact 'x'"),
            ({"acts": [{"text": "t", "clock": "team"}]}, "'team' is no clock of sla.yaml with promise: true"),
            ({"acts": [{"text": "t", "clock": "never"}]}, "'never' is no clock of sla.yaml with promise: true"),
            ({"steps": [{"action": "a", "text": "t", "clock": "never"}]}, "unknown clock 'never'"),
            ({"steps": [{"action": "a", "text": "t", "cite": ["law.none"]}]}, "unknown clause 'law.none'"),
            ({"steps": [{"action": "a", "text": "t", "done": {"x": 1}}]}, "unknown fact 'x'"),
            ({"steps": [{"action": "a", "text": "t", "waiting": {"x": 1}}]}, "unknown fact 'x'"),
        ],
    )
    def test_a_wrong_part_is_named(self, tmp_path: Path, changes: dict[str, Any], said: str) -> None:
        (problem,) = problems_of_playbook(tmp_path, **changes)
        assert problem.startswith("promotion.yaml:")
        assert said in problem

    def test_a_wrong_subtype_leaves_its_place_empty(self, tmp_path: Path) -> None:
        found = " ".join(problems_of_playbook(tmp_path, subtype="discount"))
        assert "0 playbooks for 'rule_question'; there must be one" in found
        assert "unknown subtype 'discount' of promotion" in found

    def test_a_file_in_the_wrong_place_is_named(self, tmp_path: Path) -> None:
        file = PlaybookFile.model_validate({"issue_type": "order", "playbooks": []})
        path = tmp_path / "promotion.yaml"
        path.write_text("issue_type: order\n", encoding="utf-8")
        book = parts(sla=SLA, clauses=CLAUSES)
        found = list(loader._playbook_problems(book, file, IssueType.PROMOTION, path))
        assert found[0] == "promotion.yaml:1: is order, but the file is named promotion.yaml"


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    """The decision files as shipped; the rest of the rulebook is no matter of these checks."""
    playbooks = {kind: read(DATA / "playbooks" / f"{kind}.yaml", PlaybookFile) for kind in IssueType}
    return parts(
        vocabulary=read(DATA / "vocabulary.yaml", VocabularyFile),
        entitlements=read(DATA / "entitlements.yaml", EntitlementFile),
        rights=read(DATA / "rights.yaml", RightsFile),
        sla=read(DATA / "sla.yaml", SlaFile),
        escalation=read(DATA / "escalation.yaml", EscalationFile),
        authority=read(DATA / "authority.yaml", AuthorityFile),
        templates=read(DATA / "templates.yaml", TemplateFile),
        clauses=read(DATA / "clauses.yaml", ClauseFile),
        qa=read(DATA / "qa.yaml", QaFile),
        playbook_files=playbooks,
        common=read(DATA / "common.yaml", CommonFile),
    )


COMMON = """\
steps:
  - place: before_close
    unless: [{unless}]
    step: {{action: chase, text: 催办, clock: {clock}, cite: [{cite}], when: {{{fact}: 1}}}}
settled: [{{when: {{{settled}: 1}}, actions: [verify_order]}}]
blocked: [{{when: {{}}, actions: [{blocked}], reason: 待批准}}]
closing: [{closing}]
asking: [verify_order]
idle: {{action: sync, text: 同步}}
"""
SOUND = {
    "unless": "verify_order", "clock": "team", "cite": "returns.late", "fact": "plans_rejected", "settled": "plans_rejected",
    "blocked": "chase", "closing": "verify_order",
}  # fmt: skip


class TestCommonSteps:
    """What holds for every playbook names actions, clocks, clauses and facts that there are."""

    @staticmethod
    def problems(folder: Path, **wrong: str) -> list[str]:
        path = folder / "common.yaml"
        path.write_text(COMMON.format_map(SOUND | wrong), encoding="utf-8")
        steps = {"action": "verify_order", "text": "核对"}
        file = PlaybookFile.model_validate(
            {"issue_type": "quality", "playbooks": [{"subtype": "damaged", "restate": "破损", "steps": [steps]}]}
        )
        book = parts(
            common=read(path, CommonFile), clauses=CLAUSES, sla=SLA, playbook_files={IssueType.QUALITY: file}
        )  # fmt: skip
        return list(loader._common_problems(book, path))

    def test_a_sound_file_has_no_problem(self, tmp_path: Path) -> None:
        assert self.problems(tmp_path) == []

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"unless": "gone"}, "common.yaml:3: no playbook has an action 'gone'"),
            ({"clock": "never"}, "common.yaml:4: unknown clock 'never'"),
            ({"cite": "no.clause"}, "common.yaml:4: unknown clause 'no.clause'"),
            ({"fact": "mood"}, "common.yaml:4: unknown fact 'mood'"),
            ({"settled": "mood"}, "common.yaml:5: unknown fact 'mood'"),
            ({"blocked": "gone"}, "common.yaml:6: no playbook has an action 'gone'"),
            ({"closing": "gone"}, "common.yaml:7: no playbook has an action 'gone'"),
        ],
    )
    def test_a_wrong_reference_is_named_with_its_line(self, tmp_path: Path, wrong: dict[str, str], said: str) -> None:
        (problem,) = self.problems(tmp_path, **wrong)
        assert problem.startswith(said)


class TestShippedFiles:
    def test_every_reference_is_met(self, shipped: Rulebook) -> None:
        assert list(loader._problems(shipped, DATA)) == []

    def test_every_owner_and_action_has_a_label(self, shipped: Rulebook) -> None:
        assert set(shipped.vocabulary.owners) == set(Owner)
        assert set(shipped.vocabulary.actions) == set(Action)

    def test_a_word_belongs_to_one_category(self, shipped: Rulebook) -> None:
        words = [word for words in shipped.vocabulary.categories.values() for word in words]
        assert len(words) == len(set(words))

    def test_every_fact_that_a_rule_waits_for_can_be_asked_for(self, shipped: Rulebook) -> None:
        file = shipped.entitlements
        waited = {name for table in file.tables for row in table.rows for name in row.when.facts()}
        assert waited - set(file.absent_means_no) <= set(file.asks)

    def test_every_slot_ends_with_a_row_that_always_holds(self, shipped: Rulebook) -> None:
        for slot, rows in shipped.templates.slots.items():
            assert rows[-1].when.holds({}), slot

    def test_no_rule_reads_a_fact_outside_the_contract(self) -> None:
        assert set(Facts.model_fields) < FACT_NAMES
        assert {f"verdict_{action}" for action in Action} < FACT_NAMES


@pytest.fixture(scope="module")
def whole() -> Rulebook:
    return loader.load()


class TestWholeRulebook:
    def test_it_loads_with_a_playbook_for_every_subtype(self, whole: Rulebook) -> None:
        assert set(whole.playbooks) == {f"{kind}/{subtype}" for kind in IssueType for subtype in SUBTYPES[kind]}
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", whole.digest)

    def test_a_wrong_reference_stops_it_with_every_problem(self, whole: Rulebook, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        shutil.copytree(DATA, folder)
        for name, old, new in (
            ("entitlements.yaml", "cite: [returns.late]", "cite: [returns.lat]"),
            ("sla.yaml", "source: sop.clock.plan", "source: sop.clock.plans"),
        ):
            path = folder / name
            path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        with pytest.raises(RulebookError) as caught:
            loader.load(folder)
        assert re.match(r"entitlements\.yaml:\d+: unknown clause 'returns\.lat'", caught.value.message)
        assert re.search(r"^sla\.yaml:\d+: unknown clause 'sop\.clock\.plans'", caught.value.message, re.MULTILINE)

    def test_the_compiled_copy_answers_the_same(self, whole: Rulebook, tmp_path: Path) -> None:
        assert loader.load(cache=tmp_path) == whole
        (copy,) = tmp_path.iterdir()
        assert loader.load(cache=tmp_path) == whole
        assert list(tmp_path.iterdir()) == [copy]

    def test_a_copy_that_was_cut_off_is_made_again(self, whole: Rulebook, tmp_path: Path) -> None:
        loader.load(cache=tmp_path)
        (copy,) = tmp_path.iterdir()
        sound = copy.read_bytes()
        for kept in (0, 1, len(sound) // 2, len(sound) - 1):
            copy.write_bytes(sound[:kept])
            loader._load.cache_clear()  # as another process
            assert loader.load(cache=tmp_path) == whole
            assert copy.stat().st_size > kept

    def test_another_rulebook_gets_another_copy(self, whole: Rulebook, tmp_path: Path) -> None:
        folder, cache = tmp_path / "data", tmp_path / "cache"
        shutil.copytree(DATA, folder)
        loader.load(folder, cache)
        path = folder / "sla.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
        assert loader.load(folder, cache).digest != whole.digest
        assert len(list(cache.iterdir())) == 2


def test_the_digest_changes_with_every_byte_and_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x: 1\n")
    first = loader.digest_of(tmp_path)
    (tmp_path / "notes.txt").write_text("no part of the rulebook")
    assert loader.digest_of(tmp_path) == first
    (tmp_path / "a.yaml").write_text("x: 2\n")
    second = loader.digest_of(tmp_path)
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    assert len({first, second, loader.digest_of(tmp_path)}) == 3


@pytest.mark.parametrize(
    "content", [b"", b"not a pickle", b"\x80\x05", pickle.dumps({"digest": "x"}), b"cos\nnothing\n."]
)
def test_a_copy_that_is_no_rulebook_is_not_used(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rulebook.pickle"
    path.write_bytes(content)
    assert loader._read_cache(path) is None


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x8c\x03\xff\xff\xff.",
        b"\x80\x63.",
        b"I1x\n.",
    ],
)
def test_a_copy_with_damaged_bytes_is_not_used(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rulebook.pickle"
    path.write_bytes(content)
    assert loader._read_cache(path) is None
