"""Zip files of documents: checked as a whole before the first member is handed out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from kb.errors import FileTooLarge, UnknownEncoding, UnreadableFile, UnsupportedFormat
from kb.loaders import encoding, locked
from kb.loaders.package import ZIP_ERRORS, is_bomb

# An export of a whole knowledge base has some hundred files. These bounds keep one upload from filling the memory:
# members are unpacked one after the other, each as large as a single file may be.
MAX_MEMBERS = 2_000
MAX_MEMBER_BYTES = 50 * 1024 * 1024
MAX_TOTAL_BYTES = 500 * 1024 * 1024
_CHUNK = 1024 * 1024

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".jar")
_ARCHIVE_MARKS = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
# What systems and Office leave lying beside documents.
_LITTER_FOLDERS = {"__MACOSX", ".git", ".svn"}
_LITTER_NAMES = {".ds_store", "thumbs.db", "desktop.ini"}
_LITTER_STARTS = ("~$", "._", ".~lock.")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive. `path` is its name inside with its folders, `name` the last part alone."""

    path: str
    data: bytes

    @property
    def name(self) -> str:
        """The file's own name, as a loader wants it."""
        return PurePosixPath(self.path).name


def members(name: str, data: bytes) -> Iterator[Member]:
    """The files of a zip in its order, without system litter (`__MACOSX`, `Thumbs.db`, `~$…`).

    Directory and content of the whole archive are checked first, so that nothing is handed out of an archive that is refused.
    Raises EncryptedFile, UnreadableFile (damaged, a path that leads out of the archive), UnsupportedFormat (an archive
    inside), FileTooLarge; the message names the member.
    """
    archive = _opened(name, data)
    wanted = _checked(name, archive)
    for path, entry in wanted:  # read once for nothing: a damaged last member must not be found after the first ones
        if _read(name, path, archive, entry).startswith(_ARCHIVE_MARKS):
            raise UnsupportedFormat(f"{name}: {path}: an archive inside an archive; unpack it and add its files")
    return _unpacked(name, archive, wanted)


def paths(name: str, data: bytes) -> list[str]:
    """The paths of the files that `members` would give, from the directory alone. Raises what `members` raises."""
    with _opened(name, data) as archive:
        return [path for path, _ in _checked(name, archive)]


def _opened(name: str, data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except ZIP_ERRORS as error:
        raise UnreadableFile(f"{name}: not a whole zip file ({error}); pack it again") from error


def _checked(name: str, archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """The members that are documents, with their readable paths."""
    found: dict[str, zipfile.ZipInfo] = {}
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise FileTooLarge(f"{name}: {len(entries)} files inside, at most {MAX_MEMBERS} are read; pack fewer")
    paths = _paths(entries)
    total = 0
    for entry, path in zip(entries, paths, strict=True):
        _safe_path(name, path)
        if entry.is_dir() or _is_litter(path):
            continue
        total += entry.file_size
        _allowed(name, path, entry, total)
        if path in found:
            raise UnreadableFile(f"{name}: {path}: stands twice in the archive; pack it again")
        found[path] = entry
    if not found:
        raise UnreadableFile(f"{name}: there is no document in the archive")
    return list(found.items())


def _paths(entries: list[zipfile.ZipInfo]) -> list[str]:
    """Readable paths. Without the UTF-8 mark a zip says nothing about its names: Windows in China writes GBK."""
    raw = [b"" if entry.flag_bits & _UTF8_NAME else entry.orig_filename.encode("cp437", "replace") for entry in entries]
    legacy = b"\n".join(part for part in raw if any(byte > 127 for byte in part))
    used = _names_encoding(legacy)
    return [
        (entry.orig_filename if not part else part.decode(used, "replace")).replace("\\", "/").split("\x00")[0]
        for entry, part in zip(entries, raw, strict=True)
    ]


def _names_encoding(sample: bytes) -> str:
    """UTF-8 where the names are valid UTF-8 (macOS leaves the mark out), else GB18030 or Big5 by their characters."""
    if not sample:
        return "ascii"
    try:
        return encoding.decode("names", sample)[1]
    except (UnreadableFile, UnknownEncoding):
        return "cp437"


def _safe_path(name: str, path: str) -> None:
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or (len(path) > 1 and path[1] == ":") or not path.strip("/ "):
        raise UnreadableFile(f"{name}: {path!r}: this path leads out of the archive; pack the files again")
    if any(ord(character) < 32 for character in path):
        raise UnreadableFile(f"{name}: {path!r}: control characters in a file name; pack the files again")


def _is_litter(path: str) -> bool:
    parts = PurePosixPath(path).parts
    last = parts[-1].lower()
    return bool(_LITTER_FOLDERS & set(parts)) or last in _LITTER_NAMES or last.startswith(_LITTER_STARTS)


def _allowed(name: str, path: str, entry: zipfile.ZipInfo, total: int) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise locked.error(f"{name}: {path}")
    if path.lower().endswith(_ARCHIVES):
        raise UnsupportedFormat(f"{name}: {path}: an archive inside an archive; unpack it and add its files")
    if entry.file_size > MAX_MEMBER_BYTES:
        raise FileTooLarge(f"{name}: {path}: unpacks to {entry.file_size} bytes, at most {MAX_MEMBER_BYTES} are read")
    if is_bomb(entry):
        raise FileTooLarge(f"{name}: {path}: unpacks to {entry.file_size} bytes from {entry.compress_size}")
    if total > MAX_TOTAL_BYTES:
        raise FileTooLarge(
            f"{name}: {path}: with it the files come to {total} bytes, at most {MAX_TOTAL_BYTES} are read"
        )


def _unpacked(name: str, archive: zipfile.ZipFile, wanted: list[tuple[str, zipfile.ZipInfo]]) -> Iterator[Member]:
    with archive:
        for path, entry in wanted:
            yield Member(path, _read(name, path, archive, entry))


def _read(name: str, path: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A member's bytes; never more than its directory entry promised, whatever the stream holds."""
    try:
        with archive.open(entry) as stream:
            parts = list(iter(lambda: stream.read(_CHUNK), b""))
    except RuntimeError as error:  # zipfile's own word for a member that needs a password
        raise locked.error(f"{name}: {path}") from error
    except ZIP_ERRORS as error:
        raise UnreadableFile(f"{name}: {path}: damaged, it does not unpack ({error}); pack the files again") from error
    return b"".join(parts)
