"""Name and phone as a register may keep them: what the customer gave last, masked."""

import re
from collections.abc import Sequence

from copilot.domain.base import Model
from copilot.understand.personal.numbers import plain_digits
from copilot.understand.utterance import Utterance

_PHONES = ("手机号", "电话")
_NAME = "姓名"


class Contact(Model):
    """Masked; null where the customer gave none."""

    name: str | None = None
    phone: str | None = None


def contact(utterances: Sequence[Utterance]) -> Contact:
    """The last name and the last phone of the customer's messages: a correction comes later."""
    name = phone = None
    for utterance in utterances:
        for found in utterance.private:
            value = utterance.source[found.start : found.end]
            if found.kind == _NAME:
                name = masked_name(value)
            elif found.kind in _PHONES:
                phone = masked_phone(value)
    return Contact(name=name, phone=phone)


def masked_name(name: str) -> str:
    """The first character, the others as stars."""
    name = name.strip()
    return name[:1] + "*" * (len(name) - 1)


def masked_phone(phone: str) -> str:
    """Of a mobile number the first three and last four digits, of any other the last four."""
    digits = re.sub(r"\D", "", plain_digits(phone))
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    shown = digits[:3] if len(digits) == 11 and digits.startswith("1") else ""
    return f"{shown}****{digits[-4:]}"
