"""Encodings, formats and front matter."""

from datetime import date

import pytest

from kb.errors import FrontMatterError, UnknownEncoding, UnreadableFile, UnsupportedFormat
from kb.loaders import load

TEXT = "客户要求退货的，客服应在二十四小时内答复，并说明运费由谁承担。"
TRADITIONAL = "客戶要求退貨的，客服應在二十四小時內答覆，並說明運費由誰承擔。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
def test_encodings_of_simplified_text(encoding: str) -> None:
    text = TEXT + "\nABC 123\n"
    assert load("a.txt", text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "gb18030"])
def test_encodings_of_traditional_text(encoding: str) -> None:
    assert load("a.txt", TRADITIONAL.encode(encoding)).text == TRADITIONAL


def test_line_ends_become_one_kind() -> None:
    assert load("a.txt", b"a\r\nb\rc\n").text == "a\nb\nc\n"


def test_a_broken_byte_is_reported_with_its_line() -> None:
    data = ("第一行。\n" + TEXT * 30).encode() + b"\xe5\xae"
    loaded = load("a.txt", data)
    assert loaded.text.startswith("第一行。")
    assert [(item.reason, item.line) for item in loaded.unrepaired] == [("broken_bytes", 2)]


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", UnreadableFile), (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", UnreadableFile),
     (bytes(range(128, 256)) * 4, UnknownEncoding)],
)  # fmt: skip
def test_what_is_no_text_is_refused_by_name(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"scan\.txt"):
        load("scan.txt", data)


def test_undecodable_bytes_name_their_offset() -> None:
    with pytest.raises(UnknownEncoding, match="offset"):
        load("a.txt", b"abc" + bytes(range(200, 256)) * 8 + b"\x80\xff")


def test_unknown_formats_name_the_known_ones() -> None:
    with pytest.raises(UnsupportedFormat, match=r"\.md"):
        load("a.xyz", b"x")


def test_front_matter_is_read_and_taken_off() -> None:
    data = "---\ntitle: 运费政策\nkind: policy\nplatform: jd\neffective_date: 2024年1月5日\nowner: 运营\n---\n正文。".encode()
    loaded = load("a.md", data)
    assert loaded.text == "正文。"
    assert loaded.first_line == 8
    assert loaded.front_matter == {
        "title": "运费政策", "kind": "policy", "platform": "jd", "valid_from": date(2024, 1, 5), "owner": "运营",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("matter", "line", "field"),
    [
        ("title: x\nkind: rule", 3, "kind"),
        ("audience: everyone", 2, "audience"),
        ("platform: 京东", 2, "platform"),
        ("title: x\nvalid_from: 明天", 3, "valid_from"),
        ("valid_from: 2024-02-31", 2, "front matter"),
        ("valid_from: 2024-02-01\nvalid_to: 2024-01-01", 3, "valid_to"),
        ("title: a: b: c", 2, "front matter"),
        ("title: [a, b]", 2, "title"),
    ],
)
def test_front_matter_errors_name_file_line_and_field(matter: str, line: int, field: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        load("rule.md", f"---\n{matter}\n---\n正文".encode())
    assert (caught.value.source, caught.value.line, caught.value.field) == ("rule.md", line, field)
    assert caught.value.remedy in caught.value.message


def test_front_matter_that_never_ends_is_an_error_and_a_lone_rule_is_not() -> None:
    with pytest.raises(FrontMatterError):
        load("a.md", "---\ntitle: x\n正文".encode())
    assert load("a.txt", "---\n正文，没有键。".encode()).text.startswith("---")
