"""Which of the customer's words say what the problem is now: the last turns, with earlier ones as context.

Cut out are personal data, problems that are over, and clauses that only threaten or try to steer the assistant:
they say nothing of what happened.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copilot.domain.ticket import Ticket
from copilot.understand.cues import Found
from copilot.understand.fold import fold
from copilot.understand.redact import PLACEHOLDER
from copilot.understand.utterance import Span, Utterance

QUERY_CHARACTERS = 300
_ASIDE = (
    "risk_flags.regulator",
    "risk_flags.legal_threat",
    "risk_flags.media_exposure",
    "marks.review_threat",
    "marks.disclaimer",
)
_OUTRIGHT = 2
"""Weight of a hit that is a threat by itself."""
_INJECTION = "risk_flags.prompt_injection"

# Words that carry no problem of their own: what comes before keeps its meaning.
_EMPTY = re.compile(
    r"^(?:[^0-9a-z一-鿿]|你好|您好|亲|在吗|在不在?|在么|在|有人吗?|哈喽|嗨|hi|hello|好的?|好吧|好滴|嗯+|哦+|噢|喔|啊+|ok|行吧?|可以|谢谢你?|谢了|收到|"
    r"知道了|明白了?|是的?|对的?|没有|有|不是|没|1|那个|请问|人呢|怎么说|说话|喂+|亲亲|麻烦了|辛苦了|早上好|晚上好|下午好|客服|老板|你|啦|呀|哈)*$"
)
_FOLLOW_UP = re.compile(
    r"还是?没|还不|怎么还|咋还|呢$|呢？|到底|多久|等|催|又|处理|结果|进度|没动静|没消息|没来|没到|还是一样|第.{1,2}次|说好|这么说|那么说|人呢"
)
_NEW_TOPIC = re.compile(
    r"^(?:对了|另外|还有|换个|顺便|那个?正好|再问|还想问|算了|哦对|话说|今天问|这次|不过)|说错了|不是.{0,6}是|才发现"
)


_HANDOFF = re.compile(
    r"^(?:(?:我?要?|请|麻烦|帮我|给我)?(?:转|找|接|换|叫)?(?:一下|个)?(?:人工|真人|活人)(?:客服|服务)?[啊吧呀！。，？]*)+$"
)


@dataclass(frozen=True)
class Focus:
    """Weighted folded texts for the n-grams, and the text for embedding and retrieval."""

    texts: tuple[tuple[str, float], ...]
    weights: Mapping[int, float]
    """Message → how much it counts; messages that are absent count a little."""
    query: str
    blank: bool
    """No customer message says anything of a problem."""
    speaking: Utterance
    """The last message that says something."""
    asides: Mapping[int, tuple[Span, ...]]
    """Message → folded spans of its threats and injections."""
    threat_only: bool = False
    """Nothing was said beside threats."""

    def is_aside(self, message: int, position: int) -> bool:
        return any(start <= position < end for start, end in self.asides.get(message, ()))


def focus(
    ticket: Ticket, utterances: Sequence[Utterance], redacted: Sequence[str], found: Mapping[str, Found]
) -> Focus:
    """The focus of a conversation. `redacted` are all messages of the ticket, `utterances` the customer's."""
    asides = _asides(utterances, found)
    said = _said(utterances, asides)
    threat_only = not said and bool(asides) and _INJECTION not in found
    if threat_only:
        said, asides = _said(utterances, {}), {}
    if len(said) > 1 and _HANDOFF.match(said[-1][1]):
        said.pop()  # the problem stays what it was; that a person is wanted is a demand
    if not said:
        last = utterances[-1]
        text = last.cut(())[0]
        query = PLACEHOLDER.sub("", redacted[last.message])[:QUERY_CHARACTERS]
        return Focus(((text, 1.0),), {last.message: 1.0}, query or text, True, last, asides)
    speaking, last_text, last_source = said[-1]
    texts, weights, shown = [(last_text, 1.0)], {speaking.message: 1.0}, {speaking.message: last_source}
    follows = bool(_FOLLOW_UP.search(last_text)) and len(last_text) <= 24
    fresh = bool(_NEW_TOPIC.search(last_text)) or len(last_text) >= 40
    weight = 0.25 if fresh else 0.8 if follows or len(last_text) <= 6 else 0.5
    for utterance, text, source in reversed(said[-4:-1]):
        texts.append((text, weight))
        weights[utterance.message] = weight
        if not fresh or len(last_text) <= 8:
            shown[utterance.message] = source
        weight *= 0.6
    answer = _answer_before(ticket, speaking.message) if follows else None
    if answer is not None:
        shown[answer] = PLACEHOLDER.sub("", redacted[answer])
        texts.append((fold(shown[answer]).text[:80], 0.5))
    query = "，".join(shown[message].strip("，。 \n") for message in sorted(shown))
    return Focus(tuple(texts), weights, query[-QUERY_CHARACTERS:], False, speaking, asides, threat_only)


def _said(utterances: Sequence[Utterance], asides: Mapping[int, tuple[Span, ...]]) -> list[tuple[Utterance, str, str]]:
    """Messages that say something, with folded and plain text after the cuts."""
    said = []
    for utterance in utterances:
        folded, source = utterance.cut((*utterance.settled, *asides.get(utterance.message, ())))
        if not _EMPTY.match(folded):
            said.append((utterance, folded, source))
    return said


def _asides(utterances: Sequence[Utterance], found: Mapping[str, Found]) -> dict[int, tuple[Span, ...]]:
    spans: dict[int, list[Span]] = {}
    by_message = {utterance.message: utterance for utterance in utterances}
    for path in (*_ASIDE, _INJECTION):
        for hit in found[path].hits if path in found else ():
            if hit.weight < _OUTRIGHT:
                continue
            utterance = by_message[hit.message]
            span = (utterance.clause_at(hit.start)[0], utterance.clause_at(hit.end - 1)[1])
            spans.setdefault(hit.message, []).append(span)
    return {message: tuple(sorted(entries)) for message, entries in spans.items()}


def _answer_before(ticket: Ticket, index: int) -> int | None:
    """The agent's message that the customer's follow-up speaks of."""
    for position in range(index - 1, -1, -1):
        if ticket.messages[position].role in ("agent", "bot"):
            return position
    return None
