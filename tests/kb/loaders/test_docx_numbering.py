"""Word's list numbers: formats, restarts, several levels in one pattern."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kb.loaders.docx_numbering import Numbering, render
from kb.tokenize import chinese_number

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def numbering(*levels: str, nums: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>') -> Numbering:
    xml = f'<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>{nums}</w:numbering>'
    return Numbering(etree.fromstring(xml))


def level(number: int, form: str, pattern: str, more: str = "", start: int = 1) -> str:
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{pattern}"/>{more}</w:lvl>'


@given(st.integers(min_value=1, max_value=9999))
def test_chinese_counting_reads_back_as_the_same_number(value: int) -> None:
    assert chinese_number(render("chineseCountingThousand", value)) == value


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("decimal", 12, "12"), ("decimalZero", 3, "03"), ("lowerLetter", 27, "aa"), ("upperLetter", 2, "B"),
        ("lowerRoman", 14, "xiv"), ("upperRoman", 4, "IV"), ("chineseCounting", 10, "十"), ("japaneseCounting", 21, "二十一"),
        ("chineseLegalSimplified", 12, "拾贰"), ("ideographTraditional", 3, "丙"), ("ideographZodiac", 1, "子"),
        ("decimalEnclosedCircle", 20, "⑳"), ("decimalEnclosedCircle", 21, "21"), ("decimalFullWidth", 10, "１０"),
        ("ideographDigital", 105, "一〇五"), ("none", 4, ""), ("aiueo", 4, "4"),
    ],
)  # fmt: skip
def test_number_formats(form: str, value: int, shown: str) -> None:
    assert render(form, value) == shown


def test_outer_numbers_restart_inner_ones_and_patterns_name_several_levels() -> None:
    listed = numbering(level(0, "chineseCounting", "第%1章"), level(1, "decimal", "%1.%2", "<w:isLgl/>"))
    labels = [listed.label("1", depth) for depth in (0, 1, 1, 0, 1)]
    assert labels == ["第一章", "1.1", "1.2", "第二章", "2.1"]


def test_a_level_may_go_on_counting_through_outer_ones() -> None:
    listed = numbering(
        level(0, "chineseCounting", "第%1章"), level(1, "chineseCounting", "第%2条", '<w:lvlRestart w:val="0"/>')
    )
    assert [listed.label("1", depth) for depth in (0, 1, 1, 0, 1)] == ["第一章", "第一条", "第二条", "第二章", "第三条"]


def test_two_lists_of_one_definition_go_on_unless_one_restarts() -> None:
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    )
    listed = numbering(level(0, "decimal", "%1."), nums=nums)
    assert [listed.label(num, 0) for num in ("1", "1", "2", "3", "3", "1")] == ["1.", "2.", "3.", "1.", "2.", "3."]


def test_a_list_that_is_not_defined_shows_nothing() -> None:
    assert numbering(level(0, "decimal", "%1.")).label("9", 0) == ""
    assert Numbering(None).label("1", 0) == ""
