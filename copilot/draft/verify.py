"""A model's sentence held against what it was given, before the guard sees it: citations, figures, placeholders."""

import re
from collections.abc import Mapping

from copilot.domain.base import Model
from copilot.draft.composer import Cited, Sentence
from copilot.draft.support import figures
from copilot.draft.words import grams, share

LONGEST = 160
"""Characters of one sentence; the prompt asks for 60."""
_BORNE = 0.5
"""Share of a sentence's bigrams that the clauses it cites must hold to count as its support. A working value."""
_ECHO = 0.7
"""Share of a sentence's bigrams in the conversation from which on it repeats instead of answering. A working value."""
_NUMBER = re.compile(r"\d+")
_SPEAKER = re.compile(r"^(?:客服|顾客|回复)\s*[：:]\s*")
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_0-9]+)\s*\}\}")
_MARK = re.compile(r"\s*[\[【〔]\s*\d+(?:\s*[,，、]\s*\d+)*\s*[\]】〕]")
_LEFTOVER = re.compile(r"[\[\]{}<>〔〕#*`|\\_…]|https?:|json", re.IGNORECASE)
_GREETING = re.compile(r"^(?:尊敬的(?:顾客|客户|用户)|亲爱的(?:顾客|客户)?|亲|您好|你好|[，,！!。～~\s])+")
_HAN = re.compile(r"[㐀-鿿]")
_LETTER = re.compile(r"[A-Za-z]")


class Numbered(Model):
    """A clause as the model was given it, under its number."""

    cited: Cited
    text: str


class Given(Model):
    """What a sentence may rest on."""

    evidence: tuple[Numbered, ...]
    """[1] is the first."""
    figures: frozenset[str] = frozenset()
    """Figures of the decisions and clocks; they need no citation."""
    placeholders: Mapping[str, str] = {}
    """Name → what code writes in its place."""
    names: tuple[str, ...] = ()
    """Order number and product titles: digits in them are no figures."""
    heard: str = ""
    """What the model was told and may not merely repeat: the conversation, the instructions."""
    opened: bool = True
    """The reply has its greeting already; the model's is taken off."""


def verified(text: str, cites: tuple[int, ...], given: Given) -> Sentence | str:
    """The sentence as it may be said, or why it may not."""
    text = " ".join(text.split())
    cites = (*cites, *(int(number) for mark in _MARK.findall(text) for number in _NUMBER.findall(mark)))
    if any(not 1 <= number <= len(given.evidence) for number in cites):
        return "引用了不存在的资料编号"
    text = _SPEAKER.sub("", _MARK.sub("", text))
    text = _GREETING.sub("", text) if given.opened else text
    if (wrong := _form(text)) is not None:
        return wrong
    if given.heard and share(grams(text), grams(given.heard)) > _ECHO:
        return "照抄了对话或提示"
    clauses = [given.evidence[number - 1] for number in dict.fromkeys(cites)]
    if clauses and share(grams(text), grams("".join(clause.text for clause in clauses))) < _BORNE:
        clauses = []  # what it says is not theirs: it stands on its own, and the guard asks for support where it must
    if not _figures_stand(text, clauses, given):
        return "数字或日期没有依据"
    filled = _PLACEHOLDER.sub(lambda match: given.placeholders.get(match[1], match[0]), text)
    if _LEFTOVER.search(_without(filled, given.names)):
        return "含有无法填写的占位符或格式符号"
    ended = filled if filled[-1] in "。！？" else f"{filled.rstrip('，,；;：:.!?～~')}。"
    return Sentence(text=ended, cites=tuple(dict.fromkeys(clause.cited for clause in clauses)))


def _form(text: str) -> str | None:
    if len(text) < 4:
        return "没有内容"
    if len(text) > LONGEST:
        return "句子过长"
    if len(_HAN.findall(text)) < 2 * len(_LETTER.findall(_PLACEHOLDER.sub("", text))) or not _HAN.search(text):
        return "不是中文"
    return None


def _figures_stand(text: str, clauses: list[Numbered], given: Given) -> bool:
    said = figures(_without(_PLACEHOLDER.sub("", text), given.names))
    return said <= given.figures.union(*(figures(clause.text) for clause in clauses))


def _without(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        text = text.replace(name, "")
    return text
