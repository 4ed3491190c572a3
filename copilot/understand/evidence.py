"""The places in the conversation that the judgements rest on, with why; personal data stays masked."""

from collections.abc import Iterable, Mapping, Sequence

from copilot.domain.suggestion import Evidence
from copilot.domain.vocabulary import RiskFlag
from copilot.rulebook.signals import Signals
from copilot.understand.cues import Found, Hit
from copilot.understand.utterance import Utterance

_MOST_CUES = 2


def evidence(
    utterances: Mapping[int, Utterance],
    label: str,
    cues: Sequence[Hit],
    found: Mapping[str, Found],
    flags: Iterable[RiskFlag],
    signals: Signals,
    fallback: Utterance,
) -> tuple[Evidence, ...]:
    """Evidence for the problem, then for every risk, strong feeling and complaint.

    Args:
        fallback: the message that speaks for the problem where no cue does.
    """
    shown: dict[tuple[int, int, int], Evidence] = {}

    def show(hit: Hit, why: str) -> None:
        entry = _at(utterances[hit.message], hit.start, hit.end, why)
        shown.setdefault((entry.message, entry.start, entry.end), entry)

    strongest = {hit.phrase: hit for hit in sorted(cues, key=lambda hit: hit.weight)}
    for hit in sorted(strongest.values(), key=lambda hit: -hit.weight)[:_MOST_CUES]:
        show(hit, f"说明问题属于“{label}”")
    if not cues and fallback.text:
        end = min(len(fallback.text), 40)
        show(Hit(fallback.message, 0, end, 0, fallback.text[:end]), f"整句意思最接近“{label}”")
    names = [f"risk_flags.{flag}" for flag in flags]
    names += ["emotions.angry", "marks.repeated_contact", "marks.review_threat", "marks.earlier_promise"]
    for name in names:
        for hit in found[name].hits[:1] if name in found else ():
            show(hit, signals.all[name].why)
    return tuple(shown.values())


def _at(utterance: Utterance, start: int, end: int, why: str) -> Evidence:
    first, last = utterance.folded.span(start, end)
    quote = utterance.source[first:last]
    for private in reversed(utterance.private):
        if private.start < last and first < private.end:
            begin, stop = max(private.start, first) - first, min(private.end, last) - first
            quote = f"{quote[:begin]}[{private.kind}]{quote[stop:]}"
    return Evidence(message=utterance.message, start=first, end=last, quote=quote, why=why)
