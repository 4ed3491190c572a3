"""Old Office formats (doc, xls, ppt; also rtf, odt, ods, odp): converted by LibreOffice, then read as the new format."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath

from kb.errors import UnreadableFile, UnsupportedFormat
from kb.loaders import docx, locked, sheet, slides
from kb.loaders.loaded import LoadedText

# LibreOffice starts in 3 to 10 s and converts a 300-page doc in about 20 s; it hangs for ever on some broken files.
TIMEOUT_SECONDS = 120
_COMMANDS = ("soffice", "libreoffice")
_ZIP = b"PK\x03\x04"
_NEW: dict[str, tuple[str, Callable[[str, bytes], LoadedText]]] = {
    ".doc": ("docx", docx.load),
    ".rtf": ("docx", docx.load),
    ".odt": ("docx", docx.load),
    ".xls": ("xlsx", sheet.load),
    ".ods": ("xlsx", sheet.load),
    ".ppt": ("pptx", slides.load),
    ".odp": ("pptx", slides.load),
}
SUFFIXES = tuple(_NEW)
# What each format begins with. LibreOffice takes any bytes for some text, so other content must not reach it.
_BEGINS = {".rtf": (b"{\\rtf",), ".odt": (_ZIP,), ".ods": (_ZIP,), ".odp": (_ZIP,)}
_ALSO_NEW = {".doc": docx.load, ".xls": sheet.load, ".ppt": slides.load}

# A profile of its own for each run: no macros, no links followed, no clash with an open LibreOffice.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"""


def load(name: str, data: bytes) -> LoadedText:
    """The document as its new format reads. Raises UnsupportedFormat where LibreOffice is not installed.

    Raises EncryptedFile, UnreadableFile for what LibreOffice cannot open or does not finish in time, and what the new
    format's loader raises.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in _NEW:
        raise UnsupportedFormat(f"{name}: {suffix or 'a name without suffix'} is not an old Office format")
    if not data:
        raise UnreadableFile(f"{name}: the file is empty")
    new, reader = _NEW[suffix]
    locked.check(name, data)
    if data.startswith(_ZIP) and suffix in _ALSO_NEW:
        return _ALSO_NEW[suffix](name, data)  # a new file that somebody gave the old name
    if not data.startswith(_BEGINS.get(suffix, (locked.OLE, b"{\\rtf"))):
        raise UnreadableFile(f"{name}: not a {suffix[1:]} file (it does not begin like one); save it again as {new}")
    command = next((found for found in map(shutil.which, _COMMANDS) if found), None)
    if command is None:
        raise UnsupportedFormat(
            f"{name}: {suffix} is an old format that needs LibreOffice, which is not installed here; "
            f"save the file as {new} and add that"
        )
    return replace(reader(name, _converted(command, name, data, suffix, new)), encoding=suffix[1:])


def _converted(command: str, name: str, data: bytes, suffix: str, new: str) -> bytes:
    """Runs LibreOffice in a folder of its own, which is gone afterwards whatever happens."""
    with tempfile.TemporaryDirectory(prefix="kb-office-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        profile = home / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        source = home / f"source{suffix}"
        source.write_bytes(data)
        said = _run(
            [
                command,
                f"-env:UserInstallation={(home / 'profile').as_uri()}",
                "--headless", "--norestore", "--nolockcheck", "--nodefault",
                "--convert-to", new, "--outdir", str(home / "out"), str(source),
            ],
            home,
            name,
        )  # fmt: skip
        result = home / "out" / f"source.{new}"
        if not result.is_file():
            raise UnreadableFile(
                f"{name}: LibreOffice cannot open it (it is damaged, or locked in an unusual way): {said[-200:] or 'no word'}; "
                f"save it as {new} and add that"
            )
        return result.read_bytes()


def _run(arguments: list[str], folder: Path, name: str) -> str:
    """What the program said. It starts helpers of its own, so the whole group is ended when time is up."""
    # Proxies that answer nothing: a document must not fetch anything from outside.
    nowhere = "http://127.0.0.1:9"
    environment = {**os.environ, "HOME": str(folder), "http_proxy": nowhere, "https_proxy": nowhere, "no_proxy": ""}
    with subprocess.Popen(
        arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise UnreadableFile(
                f"{name}: LibreOffice did not convert it within {TIMEOUT_SECONDS} s; save it in the new format"
            ) from error
        except BaseException:
            _end(process)
            raise
    return output.decode("utf-8", "replace").strip()


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
