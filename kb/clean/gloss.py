"""Pinyin glosses that a converter left behind characters: `業(yè)務(wù)` is 業務."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
_GLOSS = re.compile(rf"([㐀-鿿\ue000-\uf8ff])[(（]([a-zü{_TONED}]{{1,6}})[)）]")
_SYLLABLE = re.compile(
    r"(?:[bpmfdtnlgkhjqxryw]|[zcs]h?)?(?:a|o|e|ai|ei|ao|ou|an|en|ang|eng|ong|er|i|ia|ie|iao|iu|ian|in|iang|ing|iong|"
    r"u|ua|uo|uai|ui|uan|un|uang|ue|v|ve)"
)


def glosses(text: str) -> Mapping[str, set[str]]:
    """Pinyin → the characters that it stands behind in `text`."""
    found: dict[str, set[str]] = {}
    for match in _GLOSS.finditer(text):
        if _is_pinyin(match.group(2)):
            found.setdefault(match.group(2), set()).add(match.group(1))
    return found


def remove_glosses(text: str) -> tuple[str, int]:
    """The text without glosses, and how many there were."""
    count = 0

    def strip(match: re.Match[str]) -> str:
        nonlocal count
        if not _is_pinyin(match.group(2)):
            return match.group()
        count += 1
        return match.group(1)

    return _GLOSS.sub(strip, text), count


def _is_pinyin(letters: str) -> bool:
    """A syllable with a tone mark; without one it could be an abbreviation that means something."""
    if not any(character in _TONED for character in letters):
        return False
    bare = "".join("v" if character in "üǖǘǚǜ" else unicodedata.normalize("NFD", character)[0] for character in letters)
    return _SYLLABLE.fullmatch(bare) is not None
