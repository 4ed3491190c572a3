"""Files that ask for a password, in every format: one error that names the file and says what to do."""

import io
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest

from kb.errors import EncryptedFile
from kb.loaders import load, locked
from tests.kb.loaders.documents import FILES, data

DOC, XLS = "旧版门店退换货操作规程.doc", "旧版售后FAQ.xls"


def locked_doc() -> bytes:
    """The Word file with the mark that its text is encrypted (fEncrypted in FibBase)."""
    content = bytearray(data(DOC))
    at = content.index(b"\xec\xa5", 512)
    flags = struct.unpack_from("<H", content, at + 10)[0]
    struct.pack_into("<H", content, at + 10, flags | 0x0100)
    return bytes(content)


def locked_xls() -> bytes:
    """The workbook with a FILEPASS record behind its first BOF."""
    content = bytearray(data(XLS))
    bof = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00", 512)
    struct.pack_into("<H", content, bof + 20, 0x002F)
    return bytes(content)


def locked_odt() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        made.writestr("META-INF/manifest.xml", "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("口径.docx", data("加密办法.docx")), ("口径.xlsx", data("加密办法.docx")), ("口径.xlsm", data("加密办法.docx")),
        ("口径.pptx", data("加密办法.docx")), ("口径.doc", data("加密办法.docx")), ("口径.xls", data("加密办法.docx")),
        ("口径.pdf", data("加密通知.pdf")), ("口径.doc", locked_doc()), ("口径.xls", locked_xls()), ("口径.docx", locked_doc()),
        ("口径.odt", locked_odt()), ("口径.ods", locked_odt()),
    ],
)  # fmt: skip
def test_a_password_is_named_as_what_it_is(name: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # without LibreOffice as well
    with pytest.raises(EncryptedFile, match=f"^{name}: protected with a password; remove the password") as caught:
        load(name, content)
    assert (caught.value.code, caught.value.status_code) == ("encrypted_file", 422)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_a_locked_ppt(tmp_path: Path) -> None:
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'p').as_uri()}", "--headless", "--convert-to", "ppt"]
    deck = FILES / "客服培训.pptx"
    subprocess.run([*command, "--outdir", str(tmp_path), str(deck)], check=True, capture_output=True, timeout=120)
    content = (tmp_path / "客服培训.ppt").read_bytes()
    locked.check("培训.ppt", content)
    token, other = struct.pack("<I", 0xE391C05F), struct.pack("<I", 0xF3D1C4DF)
    assert content.count(token) == 1
    with pytest.raises(EncryptedFile, match=r"^培训\.ppt: "):
        load("培训.ppt", content.replace(token, other))


@pytest.mark.parametrize("name", [DOC, XLS])
def test_open_files_and_damaged_ones_are_left_to_their_parser(name: str) -> None:
    whole = data(name)
    for end in (len(whole), 8, 60, 600, 3000, len(whole) // 2):
        locked.check(name, whole[:end])
