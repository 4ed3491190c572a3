"""qa.yaml: as shipped it covers what it must; what is wrong is named at file and line."""

import shutil
from pathlib import Path
from typing import get_args

import pytest

from copilot.domain.qa import ItemId
from copilot.domain.vocabulary import MissingField
from copilot.errors import RulebookError
from copilot.qa.fields import FIELD_NAMES
from copilot.qa.items import SCORERS
from copilot.rulebook import loader
from copilot.rulebook.loader import DATA, Rulebook


def test_every_item_and_field_is_there(rulebook: Rulebook) -> None:
    assert {item.id for item in rulebook.qa.items} == set(get_args(ItemId)) == set(SCORERS)
    assert set(rulebook.qa.asking.fields) == set(MissingField) == set(FIELD_NAMES)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("complaint_level: [1, 2, 3]", "mood: [1]", r"qa\.yaml:14: unknown fact 'mood'"),
        ("id: greeting,", "id: hello,", r"qa\.yaml:\d+: items\.0\.id"),
        ("id: closing,", "id: greeting,", "stands twice"),
        ("  rating:", "  ratings:", "acts: must be"),
        ("order_id: [订单号", "order: [订单号", r"qa\.yaml:\d+: asking\.fields"),
        ("pass_mark: 80", "pass_mark: 180", "pass_mark"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(DATA, folder)
    text = (folder / "qa.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "qa.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError, match=message):
        loader.load(folder)
