"""Reads single words of a statement: who is named, what is allowed, what a number bounds, from when it runs."""

from __future__ import annotations

import re

from kb.review import lexicon

_EVENT_REACH = 6
_ASPECTS = tuple((name, re.compile(pattern)) for name, _, pattern in lexicon.ASPECTS)
_EVENTS = tuple((name, re.compile(pattern)) for name, pattern in lexicon.EVENTS)
_PARTIES = {name: re.compile(pattern) for name, pattern in lexicon.PARTIES.items()}
FEES = {name: re.compile(pattern) for name, pattern in lexicon.FEES.items()}
_ACTIONS = tuple((name, re.compile(pattern)) for name, pattern in lexicon.ACTIONS)
_SINCE = re.compile(r"(?:之?(?:日|时|当日|当天|次日|后|以后|之后))(?:起算?|开始|内)?\s*的?$")
_SINCE_PREFIX = re.compile(r"(?:自|从|于|在)[^自从于在]{2,18}$")
_PARTY = "|".join(f"(?P<{name}>{pattern})" for name, pattern in lexicon.PARTIES.items())
PAID_BY = re.compile(
    rf"(?P<no>无需|不需要?|不用|不由|不必|无须|不应由|不得由)?(?:由|归|需|须|应|让|请)*(?P<party>(?:{_PARTY})(?:(?:或者?|和|及|、|与)(?:{'|'.join(lexicon.PARTIES.values())}))*|责任方|双方|买卖双方)"
    r"(?P<no2>无需|不需要?|不用|不必|无须|不)?(?:自行|自己|全额|全部|先行?|予以|来|最终|各自|应当?|应予|需要?|须|另行|按[^,。]{0,6}|照常|依法)*"
    r"(?:(?P<verb>承担|支付|负担|付(?!款)|出(?!具|示|库|现|发|货)|负责|掏|自理|自付|买单|各半|垫付)|(?P<half>各(?:承担|负担|出)?一半))"
)
SELF_PAID = re.compile(r"(?:费用?)(?:由)?(?P<verb>自理|自付|自担|自负)")
ADVANCE = re.compile(r"垫付|先")
NEGATED_DENIAL = re.compile(
    r"不(?:得|能|可以?|会|应|宜|因|影响|妨碍|限制|受)[^,。;]{0,18}?(?:拒绝|拒不|为由|而(?:拒|不予?)|排除|一律不|[”“\"]?不[退换]|不予)|不影响|不妨碍|并非不|不会(?:因|不)|不是(?:拒绝|不)"
)
_NEGATIVE = re.compile(r"[不无未勿非免]|没有")


def polarity(text: str) -> bool | None:
    """Whether a segment allows (True) or denies (False); None when it does neither or both."""
    if NEGATED_DENIAL.search(text):
        return True
    deny = lexicon.DENY.search(text)
    if deny is not None:
        return False
    allow = lexicon.ALLOW.search(text)
    return True if allow is not None and not _NEGATIVE.search(text, 0, allow.start()) else None


def action(text: str, start: int, end: int) -> str | None:
    """What is allowed or denied: the nearest action after the modal word, else the last one before it."""
    for region, after in ((text[end:], True), (text[:start], False)):
        places = [
            (match.start() if after else -match.end(), name)
            for name, pattern in _ACTIONS
            if (match := pattern.search(region)) is not None
        ]
        if places:
            return min(places)[1]
    match = re.search(r"不(退|换)", text)
    return None if match is None else {"退": "return", "换": "exchange"}[match[1]]


def first_aspect(text: str) -> str | None:
    found = [
        (match.start(), -(match.end() - match.start()), name)
        for name, pattern in _ASPECTS
        if (match := pattern.search(text)) is not None
    ]
    return min(found)[2] if found else None


def last_aspect(text: str) -> str | None:
    found = [
        (match.end(), match.end() - match.start(), name)
        for name, pattern in _ASPECTS
        for match in pattern.finditer(text)
    ]
    return max(found)[2] if found else None


def event(before: str) -> tuple[str | None, str]:
    """From when a deadline runs, and what stands before that."""
    match = _SINCE.search(before.rstrip())
    if match is None:
        return None, before
    said = before[: match.start()]
    nearest = max(
        ((found.end(), found.start(), name) for name, pattern in _EVENTS for found in pattern.finditer(said)),
        default=None,
    )
    if nearest is None or match.start() - nearest[0] > _EVENT_REACH:
        return None, before
    prefix = _SINCE_PREFIX.search(said)
    return nearest[2], said[: prefix.start() if prefix else nearest[1]]


def actor(text: str) -> str | None:
    """Who acts, by the last party that is named: the customer, or whoever serves."""
    last = max(
        ((match.end(), name) for name, pattern in _PARTIES.items() for match in pattern.finditer(text)), default=None
    )
    if re.search(r"客服|仓库|财务|主管|组长|坐席|售后(?:人员|专员)|师傅|审核(?:人员|员)", text):
        return "service"
    if last is None:
        return None
    return "customer" if last[1] == "customer" else "service"


def parties(match: re.Match[str]) -> frozenset[str]:
    text = match["party"]
    if lexicon.BOTH.search(text) or match["half"] or "各半" in match.group():
        return frozenset({"both"})
    return frozenset(name for name, pattern in _PARTIES.items() if pattern.search(text))
