"""Plain text files, in any encoding that Chinese office software writes."""

from __future__ import annotations

from kb.loaders import encoding, frontmatter
from kb.loaders.loaded import LoadedText


def load(name: str, data: bytes) -> LoadedText:
    """Decoded text; front matter is understood here as in markdown."""
    return load_text(name, data, markdown=False)


def load_text(name: str, data: bytes, *, markdown: bool) -> LoadedText:
    """Shared by the text formats: decoding, line ends, front matter."""
    text, used, broken = encoding.decode(name, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    matter = frontmatter.split(name, text.removeprefix("\ufeff"))
    return LoadedText(
        text=matter.text,
        markdown=markdown,
        encoding=used,
        first_line=matter.first_line,
        front_matter=matter.fields,
        unrepaired=broken,
    )
