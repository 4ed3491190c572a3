"""Takes personal data out of a conversation before anything else sees it; reversible inside the process.

Phones, ID cards (checksum), bank cards (Luhn), e-mail addresses, ids in other apps, plates, names, addresses, passwords
and codes become typed placeholders such as `[手机号1]`. Order numbers and waybills stay. What each kind looks like is in
`copilot.understand.personal`; how much of it is found, `copilot eval run redaction` measures.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from copilot.domain.ticket import Message
from copilot.understand.fold import Folded, fold
from copilot.understand.personal.accounts import find_emails, find_handles, find_plates, find_secrets
from copilot.understand.personal.addresses import find_addresses
from copilot.understand.personal.names import find_names
from copilot.understand.personal.numbers import find_numbers
from copilot.understand.personal.span import KINDS, Place


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data at the source span [start, end)."""

    kind: str
    start: int
    end: int


@dataclass
class Redactor:
    """Redacts the messages of one ticket; the same value gets the same placeholder everywhere."""

    placeholders: dict[tuple[str, str], str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def redact(self, text: str, private: Sequence["Found"] | None = None) -> str:
        """`text` with placeholders for every personal datum, `private` where it was searched already."""
        parts, position = [], 0
        for found in find(fold(text)) if private is None else private:
            parts.append(text[position : found.start])
            parts.append(self._placeholder(found.kind, text[found.start : found.end]))
            position = found.end
            self.count += 1
        parts.append(text[position:])
        return "".join(parts)

    def redact_all(self, messages: Sequence[Message]) -> list[str]:
        """Every message of a conversation; answers to a question for personal data are known as such."""
        return [
            self.redact(message.text, find(fold(message.text), asked_of(messages, index)))
            for index, message in enumerate(messages)
        ]

    def restore(self, text: str) -> str:
        """The text with its placeholders turned back; only inside the process, never for a log."""
        for placeholder, value in self.values.items():
            text = text.replace(placeholder, value)
        return text

    def _placeholder(self, kind: str, value: str) -> str:
        key = (kind, re.sub(r"[\s\-—]", "", fold(value).text))
        if key not in self.placeholders:
            number = 1 + sum(known == kind for known, _ in self.placeholders)
            self.placeholders[key] = f"[{kind}{number}]"
            self.values[self.placeholders[key]] = value
        return self.placeholders[key]


PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(KINDS)})\d+\]")


def find(folded: Folded, asked: str = "") -> list[Found]:
    """Personal data in a folded text, in order and without overlaps; offsets are code points of its source.

    `asked` is the label of what the text answers (`label_asked`): 李明华 alone is a name where one was asked for.
    """
    skip = len(asked)
    places = ((place.kind, place.start - skip, place.end - skip) for place in _places(asked + folded.text))
    return [Found(kind, *folded.span(max(start, 0), end)) for kind, start, end in places if end > 0]


def label_asked(folded: str) -> str:
    """The label that the last request of a message would have on a form; empty where nothing personal is asked for."""
    requests = list(_REQUEST.finditer(folded[-_LAST_WORDS:]))
    return next((f"{label}：" for label, words in _LABELS if requests and words.search(requests[-1].group())), "")


def asked_of(messages: Sequence[Message], index: int) -> str:
    """The label (`label_asked`) of what a message answers; empty where it answers no request for personal data."""
    message = messages[index]
    answers = index > 0 and message.role == "customer" and messages[index - 1].role in ("agent", "bot")
    return label_asked(fold(messages[index - 1].text).text) if answers and len(message.text) <= _ANSWER else ""


_ANSWER = 60
"""Longer messages say more than what they were asked for."""
_LAST_WORDS = 200
_REQUEST = re.compile(
    r"(?:提供|发(?:一?下|我|给)|告[诉知]|报(?:一?下|我|给)|说一?下|问一?下|请问|填写?|留(?:一?下|个)|核对|是什么|是多少|是哪|什么|怎么称呼|叫什么)[^。！\n]{0,40}|[^。！？\n]{2,40}？"
)
_LABELS = (
    ("收件人", re.compile(r"姓名|名字|收件人|收货人|联系人|户名|称呼")),
    ("验证码", re.compile(r"验证码|取件码|校验码|提货码|自提码")),
    ("微信", re.compile(r"微信|qq")),
    ("密码", re.compile(r"密码|口令")),
    ("座机", re.compile(r"电话|手机|联系方式")),
    ("地址", re.compile(r"地址|住址")),
)


def hide(text: str) -> str:
    """`text` with its personal data replaced, for logs, the audit and whatever else outlives the request."""
    return Redactor().redact(text)


def _places(text: str) -> list[Place]:
    """The surest kinds first; where two overlap the first stays. Names are read last: they stand beside the others."""
    taken: list[Place] = []
    covered = bytearray(len(text))

    def take(place: Place) -> None:
        if place.end > place.start and not any(covered[place.start : place.end]):
            covered[place.start : place.end] = b"\1" * (place.end - place.start)
            taken.append(place)

    for finder in (find_emails, find_plates, find_numbers, find_handles, find_secrets, find_addresses):
        for place in finder(text):
            take(place)
    for place in find_names(text, tuple(taken)):
        take(place)
    return sorted(taken, key=lambda place: place.start)
