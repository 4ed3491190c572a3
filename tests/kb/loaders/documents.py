"""The committed documents, and small ones built on the spot for what no file shows."""

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from kb.loaders.loaded import LoadedText

FILES = Path(__file__).parent.parent / "files"
Loader = Callable[[str, bytes], LoadedText]


def data(name: str) -> bytes:
    return (FILES / name).read_bytes()


def loaded(loader: Loader, name: str) -> LoadedText:
    return loader(name, data(name))


def in_order(text: str, parts: Iterable[str]) -> bool:
    """Whether the parts stand in the text one after the other."""
    at = 0
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            raise AssertionError(f"{part!r} does not follow in {text[at : at + 400]!r}")
        at = found + len(part)
    return True


def dropped(found: LoadedText, reason: str) -> list[str]:
    return [item.text for item in found.dropped if item.reason == reason]


def flagged(found: LoadedText, reason: str) -> list[str]:
    return [item.text for item in found.unrepaired if item.reason == reason]


def changed(original: bytes, part: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """An Office file with one part changed, or taken out where `change` gives None."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(original)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in source.namelist():
            content: bytes | None = source.read(name)
            if name == part and content is not None:
                content = change(content)
            if content is not None:
                packed.writestr(name, content)
    return target.getvalue()
