"""Reads a clause: its quantities and what they bound, who pays, what is allowed and what is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.review import lexicon, words
from kb.review.facts import Fact, Kind, Reading
from kb.review.quantities import Quantity, quantities
from kb.review.statements import (
    Conditions,
    Segment,
    blanked,
    conditional,
    conditions,
    governing,
    segments,
    topic,
    unconditioned,
)
from kb.review.view import View, view

_PENAL_LIST = re.compile(rf"(?:{lexicon.STATE.pattern})[^。;]*:\s")
_EXAMPLE = re.compile(r"例如|比如|譬如|举例")


def read(text: str, path: Sequence[str] = (), title: str = "") -> Reading:
    """The facts of a clause's text; its section path and its document's title say what it is about."""
    seen = view(text)
    heading = view(" ".join(path[-2:])).text
    plain = blanked(seen.text)
    numbers = quantities(seen.text)
    spoken = [quantity for quantity in numbers if plain[quantity.start : quantity.end].strip()]
    parts = segments(plain, frozenset(quantity.end for quantity in spoken))
    document = view(" ".join((title, *path))).text
    reader = _Reader(seen, plain, parts, spoken, heading, document)
    return Reading(
        facts=tuple(reader.facts()),
        topic=topic(plain) | topic(document),
        heading=topic(heading),
        where=conditions(heading),
        anywhere=conditions(f"{heading} {plain}"),
        asides=frozenset((item.dimension, item.high) for item in numbers if item not in spoken),
    )


class _Reader:
    def __init__(
        self, seen: View, plain: str, parts: list[Segment], spoken: list[Quantity], heading: str, document: str
    ) -> None:
        self._seen = seen
        self._plain = plain
        self._parts = parts
        self._spoken = spoken
        self._heading = heading
        self._document = document
        self._heading_topic = topic(heading)
        self._outcomes = frozenset(
            number
            for number, part in enumerate(parts)
            if not conditional(part)
            and (self._inside(part) or words.PAID_BY.search(part.text) or words.polarity(part.text))
        )

    def _inside(self, part: Segment) -> list[Quantity]:
        return [quantity for quantity in self._spoken if part.start <= quantity.start < part.end]

    def facts(self) -> Iterator[Fact]:
        if _PENAL_LIST.search(self._plain):
            return
        for number, part in enumerate(self._parts):
            if self._silent(part):
                continue
            for quantity in self._inside(part):
                yield self._bounded(number, part, quantity)
            yield from self._payers(number, part)
            yield from self._permissions(number, part)

    def _sentence_until(self, number: int) -> str:
        own = self._parts[number]
        first = next(part for part in self._parts if part.sentence == own.sentence)
        return self._plain[first.start : own.end]

    def _silent(self, part: Segment) -> bool:
        """Whether the sentence of a segment only gives an example, or says what the state may do."""
        sentence = [other.text.strip() for other in self._parts if other.sentence == part.sentence]
        return any(_EXAMPLE.match(text) or lexicon.STATE.search(text) for text in sentence)

    def _setting(self, number: int, masked: Sequence[tuple[int, int]] = ()) -> tuple[Conditions, frozenset[str], str]:
        """When a fact holds, the words of its subject, and the text that both were read from."""
        own = self._parts[number]
        scope = [*governing(self._parts, number, self._outcomes), own]
        local = ",".join(part.text for part in scope)
        where = conditions(local)
        bare = local
        for start, end in masked:
            if own.start <= start < own.end:
                bare = bare.replace(self._plain[start:end], " ")
        return where, topic(unconditioned(bare)), local

    def _fact(self, kind: Kind, number: int, span: tuple[int, int], about: str) -> Fact:
        masked = [(quantity.start, quantity.end) for quantity in self._inside(self._parts[number])]
        where, core, local = self._setting(number, masked)
        start, end = self._seen.span(*span)
        return Fact(
            kind=kind,
            about=about,
            start=start,
            end=end,
            quote=self._seen.source[start:end],
            where=where,
            core=core,
            frame=core | self._heading_topic,
            universal=lexicon.EVERY.search(local) is not None,
            around=conditions(f"{self._document} {self._plain[: self._parts[number].start]}"),
            governed=any(
                conditional(member) and member.text.strip().endswith("的")
                for member in governing(self._parts, number, self._outcomes)
            ),
            statutory=lexicon.STATUTORY.search(self._sentence_until(number)) is not None,
        )

    # -- quantities -----------------------------------------------------------------------------------

    def _bounded(self, number: int, part: Segment, quantity: Quantity) -> Fact:
        before = self._plain[part.start : quantity.start]
        after = self._plain[quantity.end : part.end]
        event, before = words.event(before if before.strip() else self._condition_before(number))
        about = self._aspect(number, before, after, event)
        fact = self._fact("quantity", number, (quantity.start, quantity.end), about)
        scope = [*governing(self._parts, number, self._outcomes), part]
        tiers = tuple(
            (other.dimension, other.bound, other.high)
            for member in scope
            for other in self._inside(member)
            if other is not quantity and other.dimension != quantity.dimension
        )
        return replace(
            fact,
            quantity=quantity,
            event=event,
            actor=words.actor(before) or words.actor(self._condition_before(number)),
            tiers=tiers,
            trigger=conditional(part) and part.text.strip().endswith("的"),
            allowed=words.polarity(part.text) if words.polarity(part.text) is not None else self._next_polarity(number),
        )

    def _condition_before(self, number: int) -> str:
        if number and self._parts[number - 1].sentence == self._parts[number].sentence:
            previous = self._parts[number - 1]
            return previous.text if conditional(previous) else ""
        return ""

    def _next_polarity(self, number: int) -> bool | None:
        following = number + 1
        if following < len(self._parts) and self._parts[following].sentence == self._parts[number].sentence:
            return words.polarity(self._parts[following].text)
        return None

    def _aspect(self, number: int, before: str, after: str, event: str | None) -> str:
        near = (
            words.first_aspect(after)
            or words.last_aspect(before)
            or self._neighbour_aspect(number)
            or words.last_aspect(self._heading)
            or "other"
        )
        text = before + after
        if near in ("return", "exchange", "refund", "price_protection", "invoice", "cancel"):
            asks = lexicon.ASKS.search(after[: after.find("退") if "退" in after else len(after)] or "") is not None
            if near == "refund" and (asks or lexicon.ASKS.search(before)):
                return "ask_refund"
            if near == "invoice" and lexicon.ASKS.search(after):
                return "ask_invoice"
            return near
        customer = event == "received" or words.actor(before) == "customer"
        if near in ("reply", "evidence", "accept", "other", "solve") and customer and lexicon.REPORTS.search(text):
            return "report"
        return near

    def _neighbour_aspect(self, number: int) -> str | None:
        sentence = self._parts[number].sentence
        for place in (number + 1, number - 1, number + 2, number - 2):
            if 0 <= place < len(self._parts) and self._parts[place].sentence == sentence:
                found = (
                    words.first_aspect(self._parts[place].text)
                    if place > number
                    else words.last_aspect(self._parts[place].text)
                )
                if found:
                    return found
        return None

    # -- who pays -------------------------------------------------------------------------------------

    def _payers(self, number: int, part: Segment) -> Iterator[Fact]:
        for match in words.PAID_BY.finditer(part.text):
            fee = self._fee(number, part, match.start(), match.end())
            if fee is None:
                continue
            if words.ADVANCE.search(part.text, max(0, match.start() - 2), match.end()) or self._attribute(
                part, match.end()
            ):
                continue
            parties = words.parties(match)
            if match["no"] or match["no2"]:
                parties = frozenset({"customer", "merchant", "platform", "carrier", "insurer"}) - parties
            if not parties:
                continue
            span = (part.start + match.start(), part.start + match.end())
            fact = self._fact("payer", number, span, fee)
            own = conditions(part.text).get("direction")
            where = fact.where if own is None else {**fact.where, "direction": own}
            yield replace(fact, parties=parties, where=where)
        for match in words.SELF_PAID.finditer(part.text):
            fee = self._fee(number, part, match.start() + 1, match.end()) or "freight"
            span = (part.start + match.start(), part.start + match.end())
            yield replace(self._fact("payer", number, span, fee), parties=frozenset({"customer"}))

    def _attribute(self, part: Segment, end: int) -> bool:
        """应由商家承担的运费 and 应由商家承担的，… name a case; they do not say who pays."""
        if part.text.rstrip().endswith("的") and self._plain.startswith((",", ";"), part.end):
            return True
        if part.text.startswith("而", end):
            return True
        if not part.text.startswith("的", end):
            return False
        return end + 1 < len(part.text)

    def _fee(self, number: int, part: Segment, start: int, end: int) -> str | None:
        """What is paid: named before the payer, after it, or in the segment before."""
        best: tuple[int, str] | None = None
        for name, pattern in words.FEES.items():
            for match in pattern.finditer(part.text):
                distance = start - match.end() if match.end() <= start else match.start() - end + 4
                if best is None or distance < best[0]:
                    best = (distance, name)
        if best is not None:
            return best[1]
        place = number - 1
        if place >= 0 and self._parts[place].sentence == part.sentence:
            for name, pattern in words.FEES.items():
                if pattern.search(self._parts[place].text):
                    return name
        return None

    # -- permissions ----------------------------------------------------------------------------------

    def _permissions(self, number: int, part: Segment) -> Iterator[Fact]:
        text = part.text
        allowed = words.polarity(text)
        if allowed is None or conditional(part):
            return
        match = (
            lexicon.DENY.search(text)
            if not allowed
            else lexicon.ALLOW.search(text) or words.NEGATED_DENIAL.search(text)
        )
        if match is None:
            return
        action = words.action(text, match.start(), match.end())
        if action is None:
            return
        span = (part.start + match.start(), part.end)
        fact = self._fact("permission", number, span, action)
        scope = [*governing(self._parts, number, self._outcomes), part]
        late = any(item.bound == "lower" and item.dimension == "time" for part in scope for item in self._inside(part))
        yield replace(fact, allowed=allowed, actor=words.actor(text[: match.start()]), trigger=late)
