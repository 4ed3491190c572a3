"""The caps file: what a policy owner may write, and that a wrong value stops the start at its line."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from copilot.domain.roles import Permission, Role, may
from copilot.domain.vocabulary import ApprovalKind
from copilot.errors import RulebookError
from copilot.rulebook import loader
from copilot.rulebook.authority import AuthorityFile
from copilot.rulebook.loader import DATA, Rulebook
from copilot.rulebook.source import read

HEAD = "default_hours: 72\nlongest_hours: 720\nopen_hours: 72\nroles:\n"


def problems(rulebook: Rulebook, folder: Path, content: str) -> list[str]:
    """What the loader says of this file."""
    path = folder / "authority.yaml"
    path.write_text(content, encoding="utf-8")
    try:
        file = read(path, AuthorityFile)
    except RulebookError as error:
        return error.message.splitlines()
    return list(loader._problems(rulebook.model_copy(update={"authority": file}), folder))


def supervisor(row: str) -> str:
    return f"{HEAD}  supervisor:\n    approve:\n      - {row}\n"


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (HEAD.replace("72", "0", 1) + "  admin: {}\n", 1, "default_hours"),
        (HEAD.replace("72", "yes", 1) + "  admin: {}\n", 1, "default_hours: Value error, must be a whole number"),
        (HEAD.replace("720", "24") + "  admin: {}\n", 1, "72 is more than longest_hours (24)"),
        (HEAD + "  boss: {}\n", 5, "roles.boss"),
        (supervisor("{kinds: [], per_approval: 1}"), 7, "kinds"),
        (supervisor("{kinds: [bribe], per_approval: 1}"), 7, "kinds"),
        (supervisor("{kinds: [coupon]}"), 7, "per_approval: is needed for coupon"),
        (supervisor("{kinds: [coupon], per_approval: -1}"), 7, "per_approval"),
        (supervisor("{kinds: [coupon], per_approval: 0}"), 7, "per_approval"),
        (supervisor("{kinds: [coupon], per_approval: a lot}"), 7, "per_approval"),
        (supervisor("{kinds: [coupon], per_approval: 1.005}"), 7, "per_approval"),
        (supervisor("{kinds: [coupon], per_approval: 10, per_order: 9}"), 7, "per_order: is less than per_approval"),
        (supervisor("{kinds: [coupon], per_approval: 10, per_week: 90}"), 7, "per_week"),
        (supervisor("{kinds: [coupon, coupon], per_approval: 10}"), 7, "kinds: names a kind twice"),
        (supervisor("{kinds: [cash], per_approval: 10}"), 7, "cash and partial_refund stand for each other"),
        (supervisor("{kinds: [coupon, points], per_approval: 10}"), 7, "points and money do not add up"),
        (supervisor("{kinds: [points], per_approval: 10.5}"), 7, "per_approval: points are a whole number"),
        (supervisor("{kinds: [points], per_approval: 10, percent: 5}"), 7, "percent: is for kinds"),
        (supervisor("{kinds: [gift], percent: 5}"), 7, "percent: is for kinds"),
        (supervisor("{kinds: [gift], grants_per_order: 1.5}"), 7, "grants_per_order"),
        (supervisor("{kinds: [gift]}\n      - {kinds: [repair, gift]}"), 6, "gift stands in two rows"),
        (HEAD + "  agent:\n    approve:\n      - {kinds: [gift]}\n", 6, "the role agent may not decide on approvals"),
        (
            HEAD + "  evaluator:\n    standing:\n      - {id: a, basis: b, kinds: [gift]}\n",
            6,
            "the role evaluator may not",
        ),
        (HEAD + "  agent:\n    standing:\n      - {id: a, kinds: [gift]}\n", 7, "basis"),
        (HEAD + "  agent:\n    standing:\n" + "      - {id: a, basis: b, kinds: [gift]}\n" * 2, 8, "'a' occurs twice"),
        ("roles: {}\n", 1, "default_hours"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(
    rulebook: Rulebook, tmp_path: Path, content: str, line: int, said: str
) -> None:
    found = problems(rulebook, tmp_path, content)
    assert any(problem.startswith(f"authority.yaml:{line}: ") and said in problem for problem in found), found


def test_it_is_part_of_the_digest(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    before = loader.digest_of(data)
    path = data / "authority.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("longest_hours: 720", "longest_hours: 721"), encoding="utf-8"
    )
    assert loader.digest_of(data) != before
    assert loader.load(data).authority.longest_hours == 721


def test_a_wrong_file_stops_the_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    (data / "authority.yaml").write_text(HEAD.replace("720", "24") + "  admin: {}\n", encoding="utf-8")
    with pytest.raises(RulebookError, match=r"^authority\.yaml:1: 72 is more than longest_hours \(24\)$"):
        loader.load(data)
    (data / "authority.yaml").unlink()
    with pytest.raises(RulebookError, match=r"authority\.yaml:1: the file is missing"):
        loader.load(data)


class TestShipped:
    FILE = read(DATA / "authority.yaml", AuthorityFile)

    def test_the_frontline_approves_nothing_and_has_no_standing_authority(self) -> None:
        agent = self.FILE.roles[Role.AGENT]
        assert (agent.approve, agent.standing) == ((), ())
        assert all(not authority.standing for authority in self.FILE.roles.values())

    def test_every_kind_can_be_approved_by_whoever_may_decide(self) -> None:
        for role in Role:
            authority = self.FILE.roles.get(role)
            able = {kind for kind in ApprovalKind if authority and authority.cap(kind)}
            assert able == (set(ApprovalKind) if may(role, Permission.APPROVAL_DECIDE) else set()), role

    def test_it_says_whose_figures_they_are(self) -> None:
        text = (DATA / "authority.yaml").read_text(encoding="utf-8")
        assert re.search(r"^# .*samples of our own", text, re.MULTILINE)

    def test_the_example_of_the_comment_can_be_used(self) -> None:
        text = (DATA / "authority.yaml").read_text(encoding="utf-8")
        example = re.search(r"#   - (\{id: late_delivery.*\})", text)
        assert example is not None
        content = HEAD + f"  agent:\n    standing:\n      - {example[1]}\n"
        assert AuthorityFile.model_validate(yaml.safe_load(content)).roles[Role.AGENT].standing[0].id == "late_delivery"
