"""The items of a score: each looks at one thing, says what it found, and quotes the words that show it."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from copilot.domain.base import BEIJING
from copilot.domain.compliance import Violation
from copilot.domain.qa import ItemId, JudgedMessage, Label, Quote
from copilot.domain.suggestion import Classification
from copilot.domain.vocabulary import Category, Emotion, IssueType, MissingField, Severity
from copilot.guard.promise import length_hours
from copilot.guard.times import MOMENT_PATTERN, day_of
from copilot.qa.case import Case, Found
from copilot.qa.fields import FIELD_NAMES
from copilot.qa.sentences import Sentence, clauses_of, quote_of

_MOST_QUOTES = 5
_POLICY = (Category.UNGROUNDED, Category.ILLEGAL_DENIAL)
_REASKED = 0.5
"""What asking again for something that is there takes off."""
_UPSET = (Emotion.ANGRY, Emotion.DISSATISFIED)
_PLAN = ("方案", "结果", "答复")
_MOMENT = re.compile(MOMENT_PATTERN)


def greeting(case: Case) -> Found:
    found = case.acts.first("greeting", case.opening()[:2])
    if found is None:
        return Found(0.0, "首条回复没有问候", (case.said[0].quote(),))
    return Found(1.0, "首条回复先问候顾客", (found.quote(),))


def empathy(case: Case) -> Found:
    """Shown in the first answer to an upset customer, before anything is handled; later it counts half."""
    due = case.turns.first_upset()
    if due is None:
        return Found(None, "客服回复时顾客情绪平静")
    found = case.acts.first("empathy", (each for each in case.said if each.message >= due))
    if found is None:
        missed = next((each for each in case.said if each.message >= due), case.said[-1])
        return Found(0.0, "顾客情绪不佳，客服没有表示理解或歉意", (missed.quote(),))
    if found.message == due:
        return Found(1.0, "对顾客的情绪先表示了理解或歉意", (found.quote(),))
    return Found(0.5, "表示了理解或歉意，但不是先表示", (found.quote(),))


def asked(case: Case) -> Found:
    """What was missing was asked for, and nothing that the ticket or the conversation already held."""
    wanted = {each.field for each in case.asked if not each.known}
    again = [each for each in case.asked if each.known]
    if not case.missing and not case.asked:
        return Found(None, "没有缺少的信息，客服也没有追问")
    got = [field for field in case.missing if field in wanted]
    left = [field for field in case.missing if field not in wanted]
    base = len(got) / len(case.missing) if case.missing else 1.0
    parts = [f"已询问：{_named(got)}"] if got else []
    parts += [f"没有询问：{_named(left)}"] if left else []
    parts += [f"重复索要已有的：{_named([each.field for each in again])}"] if again else []
    quotes = [each.sentence.quote() for each in case.asked]
    return Found(
        max(0.0, base - _REASKED * len({each.field for each in again})),
        "；".join(parts) or "没有重复索要",
        _few(quotes),
    )


def classification(case: Case) -> Found:
    """The record's label, else what the agent treated it as, against each problem that the conversation was
    about: a complaint about the agent that came at the end was not there to be classified before."""
    label, treated = case.conversation.label, case.treated_as
    readings = [each.classification for each in case.turns.problems()]
    if label is not None:
        named = f"登记为 {_key(label.issue_type, label.issue_subtype)}"
        score, read = max(((_labelled(label, read), read) for read in readings), key=lambda pair: pair[0])
    elif treated is not None:
        named = f"客服按 {_key(treated.issue_type, treated.issue_subtype)} 处理"
        score, read = max(((_treated(treated, read), read) for read in readings), key=lambda pair: pair[0])
    else:
        return Found(None, "没有登记分类，从客服的话也看不出按哪类问题处理")
    evidence = [quote_of(case.conversation, each.message, each.start, each.end) for each in read.evidence[:2]]
    return Found(score, f"{named}，系统判断为 {_key(read.issue_type, read.issue_subtype)}", _few(evidence))


def policy(case: Case) -> Found:
    """What the agent states, against the clauses in force and the entitlements of that moment."""
    wrong = [(each, found) for each in case.judged for found in each.violations if found.category in _POLICY]
    if wrong:
        blocked = any(found.severity is Severity.BLOCK for _, found in wrong)
        quotes = _few(_quote(case, each, found) for each, found in wrong)
        reasons = "；".join(dict.fromkeys(found.message for _, found in wrong))
        return Found(0.0 if blocked else 0.5, f"与现行条款或可办理事项不符：{reasons}", quotes)
    stated = [
        quote_of(case.conversation, each.message, row.start, row.end)
        for each in case.judged
        for row in each.commitments
        if row.backed_by is not None and row.act != "reply" and row.start is not None and row.end is not None
    ]
    stated += [each.quote() for each in case.acts.all("policy", _clauses(case))]
    if not stated:
        return Found(None, "客服没有陈述政策")
    return Found(1.0, "所述与现行条款、可办理事项一致", _few(stated))


def compliance(case: Case) -> Found:
    found = [(each, violation) for each in case.judged for violation in each.violations]
    if not found:
        return Found(1.0, f"{len(case.judged)} 条客服消息均通过合规检查")
    blocked = [violation for _, violation in found if violation.severity is Severity.BLOCK]
    categories = "、".join(dict.fromkeys(str(violation.category) for _, violation in found))
    quotes = _few(_quote(case, each, violation) for each, violation in sorted(found, key=_blocked_first))
    if blocked:
        return Found(0.0, f"有应拦截的表述（{categories}）", quotes)
    return Found(max(0.0, 1.0 - 0.25 * len(found)), f"有应提醒的表述（{categories}）", quotes)


def restated(case: Case) -> Found:
    found = case.acts.first("restate", case.said)
    if found is None:
        return Found(0.0, "投诉没有复述并确认顾客诉求", (case.said[0].quote(),))
    return Found(1.0, "复述了顾客的诉求", (found.quote(),))


def next_time(case: Case) -> Found:
    """The agent names when the customer hears next, inside the clock of this ticket."""
    stated = list(_times(case))
    if not stated:
        if case.turns.understood.confirmed:
            return Found(None, "顾客已确认解决，无须约定下次回复")
        return Found(0.0, "没有告知下次回复的时间", (case.ending()[-1].quote(),))
    inside = next((quote for quote, fits in stated if fits), None)
    if inside is not None:
        return Found(1.0, "告知了下次回复时间，且在时限内", (inside,))
    return Found(0.5, "告知了下次回复时间，但超出时限", (stated[0][0],))


def closing(case: Case) -> Found:
    thanks, rating = (case.acts.first(act, case.ending()) for act in ("closing", "rating"))
    quotes = _few([each.quote() for each in (thanks, rating) if each is not None])
    why = f"{'有' if thanks else '没有'}结束语，{'已' if rating else '没有'}邀请评价"
    return Found(0.5 * (thanks is not None) + 0.5 * (rating is not None), why, quotes or (case.said[-1].quote(),))


def satisfaction(case: Case) -> Found:
    """The customer's rating; without one, what the last message shows."""
    stars = case.conversation.satisfaction
    last = max(index for index, message in enumerate(case.conversation.messages) if message.role == "customer")
    quote = quote_of(case.conversation, last, 0, len(case.conversation.messages[last].text))
    if stars is not None:
        return Found((stars - 1) / 4, f"顾客评价 {stars} 星")
    if case.turns.understood.confirmed:
        return Found(1.0, "顾客确认问题已解决", (quote,))
    if case.mood is not None and case.mood.emotion in _UPSET:
        return Found(0.0, "顾客最后一条消息仍然不满", (quote,))
    return Found(None, "没有评价，顾客最后的话也没有表明满意与否")


SCORERS: Mapping[ItemId, Callable[[Case], Found]] = {
    "greeting": greeting, "empathy": empathy, "asked": asked, "classification": classification, "policy": policy,
    "compliance": compliance, "restated": restated, "next_time": next_time, "closing": closing,
    "satisfaction": satisfaction,
}  # fmt: skip


def _times(case: Case) -> Iterator[tuple[Quote, bool]]:
    """Every time that the agent gives for the own next word, and whether it is inside the clock."""
    for each in case.judged:
        for row in each.commitments:
            if row.act == "reply" and row.start is not None and row.end is not None:
                quote = quote_of(case.conversation, each.message, row.start, row.end)
                yield quote, _fits(case, each.message, length_hours(quote.text), quote.text)
    for sentence in case.said:
        moment = _MOMENT.search(sentence.folded)
        if moment is not None and case.acts.does("next_time", sentence):
            yield sentence.quote(), _before(case, sentence, moment.group())


def _fits(case: Case, message: int, hours: float | None, words: str) -> bool:
    follow_up, plan = case.within(message)
    limits = [follow_up] + ([plan] if any(word in words for word in _PLAN) else [])
    longest = max((limit for limit in limits if limit is not None), default=None)
    return hours is not None and (longest is None or hours * 3600 <= longest.total_seconds() + 1)


def _before(case: Case, sentence: Sentence, words: str) -> bool:
    """A day is inside the clock when it is no later than the day on which the clock ends."""
    at = case.conversation.messages[sentence.message].at or case.conversation.opened_at
    if at is None:
        return True
    day = day_of(words, at) if not _TODAY.match(words) else at.astimezone(BEIJING).date()
    within, _ = case.within(sentence.message)
    limit: datetime | None = at + within if within is not None else None
    return day is None or limit is None or day <= limit.astimezone(BEIJING).date()


_TODAY = re.compile("(?:上午|下午|中午|晚上|凌晨|早上|傍晚|下班|天黑|[0-9])")


def _labelled(label: Label, read: Classification) -> float:
    if label.issue_type is read.issue_type and label.issue_subtype in (None, read.issue_subtype):
        return 1.0
    return 0.5 if label.issue_type in _types(read) else 0.0


def _treated(treated: Classification, read: Classification) -> float:
    if treated.issue_type in _types(read):
        return 1.0
    near = _types(treated) | {other.issue_type for other in treated.alternatives}
    close = read.issue_type in near or treated.issue_type in {other.issue_type for other in read.alternatives}
    return 0.5 if close else 0.0


def _key(issue_type: IssueType, subtype: str | None) -> str:
    return f"{issue_type}/{subtype}" if subtype else str(issue_type)


def _clauses(case: Case) -> list[Sentence]:
    return [clause for sentence in case.said for clause in clauses_of(sentence)]


def _types(read: Classification) -> set[IssueType]:
    """The issue types that a reading holds for possible: its own and the secondary ones."""
    return {read.issue_type, *(issue.issue_type for issue in read.secondary_issues)}


def _quote(case: Case, each: JudgedMessage, found: Violation) -> Quote:
    return quote_of(case.conversation, each.message, found.start, found.end)


def _blocked_first(found: tuple[JudgedMessage, Violation]) -> bool:
    return found[1].severity is not Severity.BLOCK


def _few(quotes: Iterator[Quote] | list[Quote]) -> tuple[Quote, ...]:
    return tuple(dict.fromkeys(quotes))[:_MOST_QUOTES]


def _named(fields: list[MissingField]) -> str:
    return "、".join(dict.fromkeys(FIELD_NAMES[field] for field in fields))
