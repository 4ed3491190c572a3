"""What stays in the text but a reader has to know: placeholders never filled in, an ending that was cut
off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kb.clean.lines import Line
from kb.models import UnrepairedText

_PLACEHOLDER = re.compile(
    r"\[[^\[\]\d\n]{1,12}\](?![(\[:])|【\s*[XxＸ*_…]+\s*】|(?<![A-Za-z])[XxＸ×*]{1,4}(?=\s*(?:天|日|小[时時]|分[钟鐘]|元|年|月|%))|_{3,}|＿{3,}"
)
_TERMINAL = "。！？!?；;：:…）)”」』】》.~～—>|`"


def placeholders(lines: Iterable[Line]) -> list[UnrepairedText]:
    """Every placeholder with its surroundings."""
    found: list[UnrepairedText] = []
    for line in lines:
        for match in _PLACEHOLDER.finditer(line.text):
            around = line.text[max(0, match.start() - 15) : match.end() + 10].strip()
            found.append(UnrepairedText(reason="placeholder", text=around, line=line.number))
    return found


def cut_off(lines: Sequence[Line], *, scraped: bool, markdown: bool) -> list[UnrepairedText]:
    """The last line, when it stops in mid-sentence. Lists, tables and short signatures end without a mark
    by right."""
    last = next((line for line in reversed(lines) if line.text.strip()), None)
    if last is None:
        return []
    text = last.text.strip()
    if text[-1] in _TERMINAL or len(text) < (12 if scraped else 40):
        return []
    if not scraped and ((markdown and re.match(r"[-*|#\d]", text)) or not re.search(r"[，。；]", text)):
        return []
    return [UnrepairedText(reason="cut_off", text=text[-40:], line=last.number)]
