"""Which of the customer's words say what the problem is now: the last turns, with earlier ones as context."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.domain.ticket import Ticket
from copilot.understand.fold import fold
from copilot.understand.redact import PLACEHOLDER
from copilot.understand.utterance import Utterance

QUERY_CHARACTERS = 300

# Words that carry no problem of their own: what comes before keeps its meaning.
_EMPTY = re.compile(
    r"^(?:[^0-9a-z一-鿿]|你好|您好|亲|在吗|在不在?|在么|在|有人吗?|哈喽|嗨|hi|hello|好的?|好吧|好滴|嗯+|哦+|噢|喔|啊+|ok|行吧?|可以|谢谢你?|谢了|收到|"
    r"知道了|明白了?|是的?|对的?|没有|有|不是|没|1|那个|请问|人呢|怎么说|说话|喂+|亲亲|麻烦了|辛苦了|早上好|晚上好|下午好|客服|老板)*$"
)
_FOLLOW_UP = re.compile(r"还是?没|还不|怎么还|咋还|呢$|呢？|到底|多久|等|催|又|处理|结果|进度|没动静|没消息|没来|没到|还是一样|第.{1,2}次|说好|这么说|那么说|人呢")
_NEW_TOPIC = re.compile(r"^(?:对了|另外|还有|换个|顺便|那个?正好|再问|还想问|算了|哦对|话说|今天问|这次|不过)|说错了|不是.{0,6}是|才发现")


@dataclass(frozen=True)
class Focus:
    """Weighted folded texts for the n-grams, and the text for embedding and retrieval."""

    texts: tuple[tuple[str, float], ...]
    query: str
    blank: bool
    """No customer message says anything."""
    last: str
    """The last message that says something, folded."""


def focus(ticket: Ticket, utterances: Sequence[Utterance], redacted: Sequence[str]) -> Focus:
    """The focus of a conversation. `redacted` are all messages of the ticket, `utterances` the customer's."""
    said = [
        (utterance.message, PLACEHOLDER.sub("", utterance.live_text()))
        for utterance in utterances
        if not _EMPTY.match(utterance.text)
    ]
    if not said:
        last = utterances[-1].text
        return Focus(((last, 1.0),), redacted[utterances[-1].message][:QUERY_CHARACTERS], True, last)
    index, last = said[-1]
    texts = [(last, 1.0)]
    shown = [index]
    earlier = said[:-1]
    follows = bool(_FOLLOW_UP.search(last)) and len(last) <= 24
    fresh = bool(_NEW_TOPIC.search(last)) or len(last) >= 40
    weight = 0.25 if fresh else 0.8 if follows or len(last) <= 6 else 0.5
    for message, text in reversed(earlier[-3:]):
        texts.append((text, weight))
        if not fresh or len(last) <= 8:
            shown.insert(0, message)
        weight *= 0.6
    if follows:
        answer = _answer_before(ticket, index)
        if answer is not None:
            texts.append((fold(PLACEHOLDER.sub("", redacted[answer])).text[:80], 0.5))
            shown.append(answer)
    return Focus(tuple(texts), _query(redacted, sorted(set(shown))), False, last)


def _answer_before(ticket: Ticket, index: int) -> int | None:
    """The agent's message that the customer's follow-up speaks of."""
    for position in range(index - 1, -1, -1):
        if ticket.messages[position].role in ("agent", "bot"):
            return position
    return None


def _query(redacted: Sequence[str], shown: Sequence[int]) -> str:
    """The shown messages in order, the end kept where they are too long."""
    text = "，".join(PLACEHOLDER.sub("", redacted[index]).strip() for index in shown)
    return text[-QUERY_CHARACTERS:].strip() or redacted[shown[-1]][:QUERY_CHARACTERS]
