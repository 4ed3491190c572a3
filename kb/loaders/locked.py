"""Tells a password from damage: in old Office files (MS-CFB, MS-DOC, MS-XLS, MS-PPT) and OpenDocument files."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from kb.errors import EncryptedFile

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_OF_CHAIN = 0xFFFFFFFA  # and above: no sector (MS-CFB 2.1)
_HEAD = 8192
_FILEPASS = 0x002F  # MS-XLS 2.4.117
_PPT_ENCRYPTED = 0xF3D1C4DF  # headerToken of CurrentUserAtom (MS-PPT 2.3.2)
_WORD_ENCRYPTED = 0x0100  # fEncrypted in FibBase (MS-DOC 2.5.2)


def error(name: str) -> EncryptedFile:
    """What to raise for a file that asks for a password."""
    return EncryptedFile(f"{name}: protected with a password; remove the password, save it, and add it again")


def check(name: str, data: bytes) -> None:
    """Raises EncryptedFile where an OLE or OpenDocument file can only be opened with a password."""
    if (data.startswith(OLE) and _ole_locked(data)) or (data.startswith(b"PK") and _odf_locked(data)):
        raise error(name)


def _ole_locked(data: bytes) -> bool:
    """Whether it says so; a file too damaged to tell is left to its parser."""
    try:
        streams = dict(_Container(data).heads())
    except (struct.error, IndexError, ValueError):
        return False
    word = streams.get("WordDocument", b"")
    book = streams.get("Workbook", streams.get("Book", b""))
    user = streams.get("Current User", b"")
    return (
        "EncryptedPackage" in streams
        or (len(word) > 12 and struct.unpack_from("<H", word, 10)[0] & _WORD_ENCRYPTED != 0)
        or _FILEPASS in _records(book)
        or (len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _PPT_ENCRYPTED)
    )


def _records(book: bytes) -> Iterator[int]:
    """The types of a workbook's first records; FILEPASS follows the first BOF and perhaps a write protection."""
    at = 0
    for _ in range(6):
        if at + 4 > len(book):
            return
        kind, length = struct.unpack_from("<HH", book, at)
        yield kind
        at += 4 + length


class _Container:
    """As much of a compound file as it takes to read the beginnings of its streams."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 0x1E)
        if not (7 <= shift <= 16 and 4 <= mini_shift <= shift):
            raise ValueError("sector size")
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        self._directory, self._cutoff, mini_fat = struct.unpack_from("<I4xII", data, 0x30)
        self._fat = self._table(self._fat_sectors())
        self._mini_fat = self._table(self._chain(mini_fat, self._fat))

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def _table(self, sectors: Iterator[int]) -> list[int]:
        found: list[int] = []
        for sector in sectors:
            content = self._sector(sector)
            found.extend(struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4]))
        return found

    def _fat_sectors(self) -> Iterator[int]:
        listed = [*struct.unpack_from("<109I", self._data, 0x4C)]
        following, count = struct.unpack_from("<II", self._data, 0x44)
        for _ in range(min(count, len(self._data) // self._size)):
            if following >= _END_OF_CHAIN:
                break
            *more, following = struct.unpack(f"<{self._size // 4}I", self._sector(following))
            listed += more
        return (sector for sector in listed if sector < _END_OF_CHAIN)

    def _chain(self, first: int, table: list[int]) -> Iterator[int]:
        for _ in range(len(table) + 1):
            if first >= _END_OF_CHAIN:
                return
            yield first
            first = table[first]

    def heads(self) -> Iterator[tuple[str, bytes]]:
        """Name and first bytes of every stream."""
        entries = b"".join(map(self._sector, self._chain(self._directory, self._fat)))
        root = struct.unpack_from("<I", entries, 116)[0]
        mini = list(self._chain(root, self._fat))
        for at in range(0, len(entries) - 127, 128):
            length = struct.unpack_from("<H", entries, at + 64)[0]
            name = entries[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<II", entries, at + 116)
            if entries[at + 66] == 2:  # a stream
                yield name, self._head(first, size, mini)[: min(size, _HEAD)]

    def _head(self, first: int, size: int, mini: list[int]) -> bytes:
        wanted = b""
        if size >= self._cutoff:
            for sector in self._chain(first, self._fat):
                wanted += self._sector(sector)
                if len(wanted) >= _HEAD:
                    break
            return wanted
        for number in self._chain(first, self._mini_fat):
            place, offset = divmod(number * self._mini_size, self._size)
            wanted += self._sector(mini[place])[offset : offset + self._mini_size]
        return wanted


def _odf_locked(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"encryption-data" in archive.read("META-INF/manifest.xml")
    except (KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, RuntimeError, ValueError, EOFError):
        return False
