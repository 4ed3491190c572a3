"""The shipped confirmations agree with the sample knowledge base."""

import pytest
from pydantic import ValidationError

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.rulebook.confirmed import ConfirmedFile, resting
from copilot.rulebook.loader import DATA, Rulebook
from copilot.rulebook.source import read
from copilot.rules import confirmations_from
from evals.sample_confirmed import changes, written


def test_the_file_is_what_the_sample_gives(sample: Services) -> None:
    found = confirmations_from(sample.rulebook, sample.knowledge)
    shipped = read(DATA / "confirmed.yaml", ConfirmedFile)
    stale = list(changes(shipped, found))
    assert stale == [], "look at these rows, then run `make confirmed`"
    assert (DATA / "confirmed.yaml").read_text(encoding="utf-8") == written(found), "run `make confirmed`"


def test_no_row_is_stale_on_the_sample(sample: Services) -> None:
    assert sample.rules.stale(LOCAL) == ()


def test_every_clause_that_a_row_rests_on_is_confirmed(rulebook: Rulebook) -> None:
    rows = resting(row for table in rulebook.entitlements.tables for row in table.rows)
    assert set(rulebook.confirmed.rows) == set(rows)
    for row in rows.values():
        assert [anchor for anchor in row.cite if not rulebook.confirmed.of(row.id, anchor)] == [], row.id


def test_changes_name_the_row_and_the_anchor() -> None:
    before = ConfirmedFile(rows={"a": {"x": ("0" * 64,), "y": ("1" * 64,)}})
    after = ConfirmedFile(rows={"a": {"x": ("0" * 64,), "y": ("2" * 64,)}, "b": {"x": ("0" * 64,)}})
    assert list(changes(before, after)) == ["a: y", "b: x"]
    assert list(changes(after, after)) == []


def test_a_hash_is_a_whole_sha256() -> None:
    with pytest.raises(ValidationError):
        ConfirmedFile(rows={"a": {"x": ("0" * 63,)}})
