"""Personal data in the many ways that customers write it: hidden to the last character, and nothing beside it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.understand.fold import fold
from copilot.understand.redact import PLACEHOLDER, Redactor, find, hide

LINES = (Path(__file__).parent / "data" / "personal.txt").read_text(encoding="utf-8").splitlines()
TEXTS = [line for line in LINES if line and not line.startswith("#")]


def marked(line: str) -> tuple[str, list[tuple[int, int]]]:
    text, spans = "", []
    for part in re.split(r"(⟦[^⟧]*⟧)", line):
        start = len(text)
        text += part.strip("⟦⟧")
        if part.startswith("⟦"):
            spans.append((start, len(text)))
    return text, spans


@pytest.mark.parametrize("line", TEXTS)
def test_it_is_hidden_and_nothing_else(line: str) -> None:
    text, spans = marked(line)
    wanted = {at for start, end in spans for at in range(start, end)}
    hidden = {at for found in find(fold(text)) for at in range(found.start, found.end)}
    assert hidden == wanted


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("电话13800138000", "手机号"),
        ("座机0571-88886666", "电话"),
        ("身份证11010519491231002X", "身份证"),
        ("卡号6222 0212 3456 7890 123", "银行卡"),
        ("abc@qq.com", "邮箱"),
        ("收件人李明华", "姓名"),
        ("送到幸福小区3号楼2单元501", "地址"),
        ("微信abc_2020", "社交账号"),
        ("京A·12345", "车牌"),
        ("wifi密码88888888", "密码"),
        ("取件码8-3-2091", "验证码"),
    ],
)
def test_the_placeholder_names_the_kind(text: str, kind: str) -> None:
    assert [found.kind for found in find(fold(text))] == [kind]
    assert PLACEHOLDER.fullmatch(f"[{kind}1]")
    assert f"[{kind}1]" in hide(text)


def test_hiding_twice_changes_nothing() -> None:
    for line in TEXTS:
        once = hide(marked(line)[0])
        assert hide(once) == once


@given(st.text(alphabet="一二138省市区路号栋室 收件人李明华密码微信v是，:@.a-_·（）\n京A", max_size=80))
def test_places_are_in_order_inside_the_text_and_apart(text: str) -> None:
    found = find(fold(text))
    ends = [0, *(place.end for place in found)]
    assert all(end <= place.start < place.end <= len(text) for end, place in zip(ends, found, strict=False))
    assert Redactor().redact(text, found) == hide(text)


@pytest.mark.parametrize(
    "unit",
    [
        "一",
        "138 ",
        "a@",
        "密码",
        "密码 a1",
        "1-1-101 ",
        "前138后",
        "栋3",
        "a1 road ",
        "省，",
        " at a dot ",
        "李·",
        "收件人李",
        "我妈",
    ],
)
def test_hostile_texts_are_read_to_the_end(unit: str) -> None:
    """Structure, not seconds: nested repetition here would not come back at all."""
    find(fold(unit * (20_000 // len(unit))))
