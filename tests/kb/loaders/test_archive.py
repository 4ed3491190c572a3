"""Zip files: names as Windows writes them, and everything that an archive may hide."""

import io
import struct
import warnings
import zipfile

import pytest

from kb.errors import EncryptedFile, FileTooLarge, KbError, UnreadableFile, UnsupportedFormat
from kb.loaders import archive, sheet, txt
from tests.kb.loaders.documents import data


def packed(*files: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one name twice is what a test wants
        for path, content in files:
            made.writestr(path, content)
    return target.getvalue()


def test_chinese_names_in_gbk_and_no_litter() -> None:
    found = list(archive.members("资料包.zip", data("资料包.zip")))
    assert [member.path for member in found] == ["售后资料/开票须知.txt", "售后资料/促销/问答.csv"]
    assert [member.name for member in found] == ["开票须知.txt", "问答.csv"]
    assert txt.load(found[0].name, found[0].data).text.startswith("开票须知\n")
    assert "### 赠品漏发了怎么办？" in sheet.load(found[1].name, found[1].data).text


def test_names_with_and_without_the_utf8_mark() -> None:
    marked = packed(("售后/退货.md", "退货".encode()), ("__MACOSX/售后/._退货.md", b"x"), ("售后/~$退货.docx", b"x"))
    assert [member.path for member in archive.members("a.zip", marked)] == ["售后/退货.md"]
    unmarked = bytearray(marked)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags in local and central headers
        at = -1
        while (at := unmarked.find(signature, at + 1)) >= 0:
            flags = struct.unpack_from("<H", unmarked, at + place)[0]
            struct.pack_into("<H", unmarked, at + place, flags & ~0x800)
    assert [member.path for member in archive.members("a.zip", bytes(unmarked))] == ["售后/退货.md"]


def encrypted() -> bytes:
    content = bytearray(packed(("机密/口径.txt", b"x" * 30)))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def damaged_last() -> bytes:
    content = bytearray(packed(("a.txt", b"a" * 50), ("b.txt", bytes(range(256)) * 4)))
    content[content.find(b"b.txt") + 20] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (data("炸弹.zip"), FileTooLarge, "售后/规则.txt"),
        (packed(("../../etc/规则.txt", b"x")), UnreadableFile, r"\.\./\.\./etc/规则\.txt.*leads out"),
        (packed(("/etc/规则.txt", b"x")), UnreadableFile, "leads out"),
        (packed(("C:/规则.txt", b"x")), UnreadableFile, "leads out"),
        (packed(("a\\..\\..\\规则.txt", b"x")), UnreadableFile, "leads out"),
        (packed(("里面.zip", packed(("a.txt", b"x")))), UnsupportedFormat, "里面.zip: an archive inside"),
        (packed(("规则.txt", b"Rar!\x1a\x07\x00abc")), UnsupportedFormat, "规则.txt: an archive inside"),
        (packed(("规则.txt", b"x"), ("规则.txt", b"y")), UnreadableFile, "规则.txt: stands twice"),
        (packed(("空/", b""), ("Thumbs.db", b"x")), UnreadableFile, "no document"),
        (encrypted(), EncryptedFile, "机密/口径.txt: protected with a password; remove"),
        (damaged_last(), UnreadableFile, "b.txt: damaged"),
        (data("资料包.zip")[:300], UnreadableFile, "not a whole zip"),
        (b"", UnreadableFile, "not a whole zip"),
    ],
)  # fmt: skip
def test_what_is_refused_names_the_member_before_anything_is_handed_out(
    content: bytes, error: type[KbError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        archive.members("包.zip", content)
    assert str(caught.value).startswith("包.zip: ")


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        ("MAX_MEMBERS", 1, "2 files inside"),
        ("MAX_MEMBER_BYTES", 10, "a.txt"),
        ("MAX_TOTAL_BYTES", 100, "b.txt: with it"),
    ],
)
def test_limits(monkeypatch: pytest.MonkeyPatch, limit: str, value: int, says: str) -> None:
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(FileTooLarge, match=says):
        archive.members("a.zip", packed(("a.txt", b"a" * 60), ("b.txt", b"b" * 60)))
