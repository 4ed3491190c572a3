"""Finds a file's encoding: UTF-8, UTF-16 (with or without mark), GB18030, Big5."""

from __future__ import annotations

import codecs
import re
import unicodedata

from kb.errors import UnknownEncoding, UnreadableFile
from kb.models import UnrepairedText

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SAMPLE = 20_000
_MAX_BROKEN_SHARE = 0.002


def decode(name: str, data: bytes) -> tuple[str, str, tuple[UnrepairedText, ...]]:
    """Text, encoding, and the places where single bytes were broken (shown as U+FFFD).

    Raises UnreadableFile for no text at all, UnknownEncoding naming the file and the first offset that fits
    nothing.
    """
    if not data:
        raise UnreadableFile(f"{name}: the file is empty")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict_or_mended(name, data, encoding)
    wide = _wide(data)
    if wide:
        return _strict_or_mended(name, data, wide)
    if data.count(0) > 0 or _control_share(data) > 0.02:
        raise UnreadableFile(
            f"{name}: this is a binary file, not text (first odd byte at offset {_first_control(data)})"
        )
    try:
        return data.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError as error:
        first_bad = error.start
    if _mostly_utf8(data):
        return _mended(name, data, "utf-8")
    candidates = [(text, encoding) for encoding in ("gb18030", "big5") if (text := _try(data, encoding)) is not None]
    if candidates:
        text, encoding = max(candidates, key=lambda pair: _commonness(pair[0]))
        if _commonness(text) > 0.3:
            return text, encoding, ()
    for encoding in ("gb18030", "big5"):
        mended = data.decode(encoding, "replace")
        if mended.count("�") <= max(1, len(mended) * _MAX_BROKEN_SHARE) and _commonness(mended) > 0.5:
            return _mended(name, data, encoding)
    raise UnknownEncoding(
        f"{name}: byte offset {first_bad} (0x{data[first_bad]:02x}) fits no UTF-8, UTF-16, GB18030 or Big5; "
        "save the file as UTF-8 and add it again"
    )


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _strict_or_mended(name: str, data: bytes, encoding: str) -> tuple[str, str, tuple[UnrepairedText, ...]]:
    text = _try(data, encoding)
    return (text, encoding, ()) if text is not None else _mended(name, data, encoding)


def _mended(name: str, data: bytes, encoding: str) -> tuple[str, str, tuple[UnrepairedText, ...]]:
    text = data.decode(encoding, "replace")
    broken = text.count("�")
    if broken > max(3, len(text) * 0.02):
        raise UnknownEncoding(f"{name}: looks like {encoding}, but {broken} places cannot be decoded; save it as UTF-8")
    places = []
    for number, line in enumerate(text.splitlines(), start=1):
        at = line.find("�")
        if at >= 0:
            places.append(UnrepairedText(reason="broken_bytes", text=line[max(0, at - 20) : at + 20], line=number))
    return text, encoding, tuple(places)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: ASCII characters leave zero bytes on one side only."""
    sample = data[:_SAMPLE]
    if len(sample) < 4 or len(data) % 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if even == odd:
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = _try(data, encoding)
    readable = text is not None and _commonness(text) > 0.5 and not re.search(r"[\x00-\x08\x0e-\x1f]", text)
    return encoding if readable else None


def _control_share(data: bytes) -> float:
    sample = data[:_SAMPLE]
    return sum(byte < 9 or 13 < byte < 32 for byte in sample) / len(sample)


def _first_control(data: bytes) -> int:
    return next(index for index, byte in enumerate(data) if byte < 9 or 13 < byte < 32)


def _mostly_utf8(data: bytes) -> bool:
    """Whether nearly all bytes above 127 form well-shaped UTF-8 sequences."""
    high = sum(byte > 127 for byte in data)
    shaped = sum(len(match.group()) for match in _UTF8_PAIR.finditer(data))
    return high > 0 and shaped / high > 0.98


def _commonness(text: str) -> float:
    """Share of the non-ASCII characters that a Chinese text commonly has; a wrong decoding yields rare
    ones."""
    sample = [character for character in text[:_SAMPLE] if ord(character) > 127]
    if not sample:
        return 1.0
    return sum(_common(character) for character in sample) / len(sample)


def _common(character: str) -> bool:
    if "一" <= character <= "鿿":
        for encoding, low, high in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
            try:
                if low <= character.encode(encoding)[0] <= high:
                    return True
            except UnicodeEncodeError:
                continue
        return False
    return "　" <= character <= "〿" or "＀" <= character <= "￯" or unicodedata.category(character) in ("Pi", "Pf")
