"""The zip shell of docx, xlsx and pptx: is it whole, is it locked, does it stay within bounds."""

from __future__ import annotations

import io
import zipfile
import zlib

from kb.errors import FileTooLarge, UnreadableFile, UnsupportedFormat
from kb.loaders import locked

# What a parser of these formats may be handed. A 300-page manual with pictures unpacks to some 60 MB; XML trees
# take about ten times their size in memory, so a single part of text is held far lower than pictures together.
MAX_UNPACKED = 300 * 1024 * 1024
MAX_PART = 48 * 1024 * 1024
MAX_PARTS = 10_000
# Office XML shrinks 10 to 40 times (sheets of equal rows up to 100); zip bombs reach 1,000 and more.
MAX_RATIO = 200
# Below this much text a high ratio harms nobody and only means that the sheet repeats itself.
RATIO_FROM = 4 * 1024 * 1024

# The stream of an OLE file that holds a password-protected OOXML document (MS-OFFCRYPTO 2.3.4.4).
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# What inflating a damaged or unusual zip raises.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


def check(name: str, data: bytes, root: str, what: str) -> None:
    """Checks an office file before its parser sees it. `root` is a part that it must have.

    Raises EncryptedFile, UnreadableFile (damaged), UnsupportedFormat (another format under this name), FileTooLarge.
    """
    if not data:
        raise UnreadableFile(f"{name}: the file is empty")
    if data.startswith(locked.OLE):
        if _ENCRYPTED in data:
            raise locked.error(name)
        locked.check(name, data)
        raise UnsupportedFormat(f"{name}: this is an old Office file under a new name; save it as {what}")
    if not data.startswith(b"PK"):
        raise UnreadableFile(f"{name}: not a {what} file (it does not begin like one); save it again")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _measure(name, archive.infolist())
            broken = archive.testzip()
            names = set(archive.namelist())
    except ZIP_ERRORS as error:
        raise UnreadableFile(f"{name}: damaged, it breaks off or does not unpack ({error}); save it again") from error
    except RuntimeError as error:  # zipfile's own word for an encrypted member
        raise locked.error(name) from error
    if broken is not None:
        raise UnreadableFile(f"{name}: damaged inside ({broken}); open it in Office, save it again and add that")
    if root not in names:
        raise UnreadableFile(f"{name}: not a {what} file ({root} is missing)")


def _measure(name: str, parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS:
        raise FileTooLarge(f"{name}: {len(parts)} parts inside, at most {MAX_PARTS} are read")
    total = sum(part.file_size for part in parts)
    if total > MAX_UNPACKED:
        raise FileTooLarge(f"{name}: unpacks to {total} bytes, at most {MAX_UNPACKED} are read; split the file")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")) and part.file_size > MAX_PART:
            raise FileTooLarge(
                f"{name}: {part.filename} has {part.file_size} bytes, at most {MAX_PART} are read; split the file"
            )
        if is_bomb(part):
            raise FileTooLarge(f"{name}: {part.filename} unpacks to {part.file_size} bytes from {part.compress_size}")


def is_bomb(part: zipfile.ZipInfo) -> bool:
    """Whether a member unpacks far beyond what real documents do."""
    return part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(1, part.compress_size)
