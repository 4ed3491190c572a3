"""Labelled messages: read line by line, refused with file:line, turned into tickets."""

import json
from pathlib import Path
from typing import Any

import pytest

from copilot.errors import RulebookError
from copilot.rulebook.loader import DATA
from copilot.rulebook.messages import digest, load

ROW: dict[str, Any] = {
    "id": "t-1", "text": "杯子碎了，退吧", "issue": "quality/damaged", "demands": ["return"], "emotion": "calm",
    "complaint": False,
}  # fmt: skip


def write(folder: Path, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_a_conversation_becomes_a_ticket(tmp_path: Path) -> None:
    [found] = load(write(tmp_path, ROW | {"text": ["c:到哪了", "a:已发出", "c: 还没到啊"]}))
    assert [(message.role, message.text) for message in found.ticket().messages] == [
        ("customer", "到哪了"), ("agent", "已发出"), ("customer", "还没到啊"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW | {"issue": "quality/none"}, "unknown issue 'quality/none'"),
        (ROW | {"emotion": "sad"}, "emotion"),
        (ROW | {"demands": ["money"]}, "demands"),
        (ROW | {"text": ["a:您好"]}, "needs a turn of the customer"),
        (ROW | {"kind": "x"}, "kind"),
        ("{", "not valid JSON"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(tmp_path: Path, row: dict[str, Any] | str, said: str) -> None:
    with pytest.raises(RulebookError, match=r"a\.jsonl:2: ") as caught:
        load(write(tmp_path, ROW, row))
    assert said in caught.value.message


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match=r"a\.jsonl:2: id 't-1' stands twice"):
        load(write(tmp_path, ROW, ROW))


def test_a_shop_may_have_none(tmp_path: Path) -> None:
    assert load(tmp_path / "messages") == ()


def test_the_digest_follows_every_byte(tmp_path: Path) -> None:
    before = digest(write(tmp_path, ROW))
    assert digest(write(tmp_path, ROW | {"complaint": True})) != before


def test_the_shipped_messages_cover_every_subtype() -> None:
    found = load(DATA / "messages")
    issues = [message.issue for message in found]
    assert len(set(issues)) == 46
    assert min(issues.count(issue) for issue in set(issues)) >= 50
