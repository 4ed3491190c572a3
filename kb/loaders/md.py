"""Markdown files: the same text, whose headings and anchors the splitter understands."""

from __future__ import annotations

from kb.loaders.loaded import LoadedText
from kb.loaders.txt import load_text


def load(name: str, data: bytes) -> LoadedText:
    """Decoded markdown with its front matter taken off."""
    return load_text(name, data, markdown=True)
