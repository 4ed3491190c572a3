"""Decides clause by clause whether a phrase is negated, quoted, asked, conditional or hedged, and whether that is a cover."""

import re
from collections.abc import Callable

from copilot.guard.clauses import Span
from copilot.guard.lexicon import Lexicon
from copilot.guard.reading import Reading
from copilot.rulebook.compliance import Excuse, Scope

_REACH = 18
"""Characters over which a strong negator still governs, measured inside one clause."""
_OPENING = 12
"""Characters of the next sentence in which a quoted phrase may still be taken up."""
_MASK = "\ue0f0"
_OWN_SUBJECT = re.compile(r"我们?(?!要求)|咱们?|本店|这边")


class ScopeJudge:
    def __init__(self, scope: Scope, lexicon: Lexicon) -> None:
        def one(patterns: tuple[str, ...]) -> "re.Pattern[str]":
            return lexicon.alternation(patterns)

        self._idioms = one(scope.idioms)
        self._strong = one(scope.strong_negators)
        self._weak = one(scope.weak_negators)
        fillers = lexicon.alternation(scope.negation_fillers).pattern
        self._fillers = re.compile(f"(?:{fillers}){{0,5}}")
        self._breakers = one(scope.negation_breakers)
        self._after = one(scope.negated_after)
        self._warned = one(scope.warned_after)
        self._rhetorical = one(scope.rhetorical)
        self._attributions = one(scope.attributions)
        self._own_voice = one(scope.own_voice)
        self._owned_after = one(scope.owned_after)
        self._endorsements = one(scope.endorsements)
        self._question_words = one(scope.questions)
        self._condition_cues = one(scope.conditions)
        self._sham = one(scope.sham_conditions)
        self._bases = one(scope.bases)
        self._off_rule = one(scope.off_rule)
        self._hedge_words = one(scope.hedges)
        self._completed_words = one(scope.completed)
        self._own_acts = one(scope.own_acts)
        self._judges: dict[Excuse, Callable[[Reading, int, int], bool]] = {
            "negation": self._negation,
            "quote": self._quote,
            "question": self._question,
            "condition": self._condition,
            "hedge": self._hedge,
            "completed": self._completed,
        }

    def excuse(self, reading: Reading, start: int, end: int, allowed: tuple[Excuse, ...]) -> Excuse | None:
        """The first of the allowed excuses that holds for the phrase, or None."""
        for name in allowed:
            if self._judges[name](reading, start, end):
                return name
        return None

    def condition_of(self, reading: Reading, start: int) -> str | None:
        """The condition that governs the place, in the words of the reply; None when it stands unconditionally."""
        clause = reading.clauses.clause(start)
        if self._off_rule.search(reading.text, clause.start, clause.end):
            return None
        return self._condition_words(reading, clause, start)

    def has_basis(self, reading: Reading, start: int) -> bool:
        """Whether the sentence names the rule that it rests on."""
        sentence = reading.clauses.sentence(start)
        return bool(self._bases.search(reading.text, sentence.start, sentence.end))

    def off_rule(self, reading: Reading, start: int) -> bool:
        clause = reading.clauses.clause(start)
        return bool(self._off_rule.search(reading.text, clause.start, clause.end))

    def own_act(self, reading: Reading, start: int, end: int) -> bool:
        """Whether the span promises only the agent's own next step (核实, 回复, 提交)."""
        return bool(self._own_acts.search(reading.text, start, end))

    def _negation(self, reading: Reading, start: int, end: int) -> bool:
        clause = reading.clauses.clause(start)
        if self._rhetorical.search(reading.text, clause.start, clause.end):
            return False
        return self._negated_before(reading.text[clause.start : start]) or self._negated_after(reading, end)

    def _negated_before(self, prefix: str) -> bool:
        prefix = self._idioms.sub(lambda m: _MASK * len(m.group()), prefix)
        strong = _last(self._strong, prefix)
        if strong is not None:
            gap = prefix[strong:]
            if len(gap) <= _REACH and not self._breakers.search(gap):
                return True
        weak = _last(self._weak, prefix)
        return weak is not None and bool(self._fillers.fullmatch(prefix[weak:]))

    def _negated_after(self, reading: Reading, end: int) -> bool:
        clause = reading.clauses.clause(max(end - 1, 0))
        tail = reading.text[end : clause.end]
        # What the next sentence says is another matter; only the rest of this one can take the phrase back.
        after = reading.clauses.next(clause)
        if after and reading.text[clause.end - 1] not in ",;:":
            after = None
        if after and self._warned.match(reading.text, after.start, after.end):
            return True
        if len(tail) <= 1 and after:
            tail = reading.text[after.start : after.end]
            if not _TAKES_UP.match(tail):
                return False
        return bool(self._after.match(self._idioms.sub(lambda m: _MASK * len(m.group()), tail)))

    def _quote(self, reading: Reading, start: int, end: int) -> bool:
        text = reading.text
        sentence = reading.clauses.sentence(start)
        quoted = reading.quote_around(start, end)
        if quoted is None:
            return self._reported(reading, start, end)
        before = text[max(sentence.start, quoted.start - 24) : quoted.start]
        if self._own_voice.search(before) or self._endorsed(reading, quoted.end):
            return False
        after = text[quoted.end : quoted.end + 24]
        if self._owned_after.match(after):
            return False
        return bool(self._attributions.search(before) or _DOUBT_AFTER.match(after))

    def _reported(self, reading: Reading, start: int, end: int) -> bool:
        text = reading.text
        clause = reading.clauses.clause(start)
        prefix = text[clause.start : start]
        previous = reading.clauses.previous(clause)
        if _RESTATED.search(text, reading.clauses.sentence(start).start, start) and _ASKS_BACK.search(
            text, end, reading.clauses.sentence(start).end
        ):
            return not self._endorsed(reading, end)
        attributed = _last(self._attributions, prefix)
        if attributed is None and previous and len(prefix) <= 8:
            head = text[previous.start : previous.end].rstrip(",:")
            attributed = 0 if _last(self._attributions, head) == len(head) else None
        if attributed is None or self._own_voice.search(prefix):
            return False
        gap = prefix[attributed:]
        if len(gap) > _REACH or (_OWN_SUBJECT.search(gap) and not _WISH.search(prefix)):
            return False
        return not self._endorsed(reading, end)

    def _endorsed(self, reading: Reading, place: int) -> bool:
        """Whether the rest of the sentence, or the opening of the next one, takes up what was quoted."""
        text = reading.text
        sentence = reading.clauses.sentence(max(place - 1, 0))
        for match in self._endorsements.finditer(text, place, min(sentence.end, place + 48)):
            if not self._negated_before(text[max(place, match.start() - 8) : match.start()]):
                return True
        opening = self._endorsements.search(text, sentence.end, min(len(text), sentence.end + _OPENING))
        return opening is not None and not self._negated_before(text[sentence.end : opening.start()])

    def _question(self, reading: Reading, start: int, end: int) -> bool:
        clause = reading.clauses.clause(start)
        if self._rhetorical.search(reading.text, clause.start, clause.end):
            return False
        return bool(self._question_words.search(reading.text, clause.start, start))

    def _condition(self, reading: Reading, start: int, end: int) -> bool:
        return self.condition_of(reading, start) is not None

    def _condition_words(self, reading: Reading, clause: Span, start: int) -> str | None:
        text = reading.text
        if self._sham.search(text, clause.start, start):
            return None
        found = self._condition_cues.search(text, clause.start, start)
        if found:
            return reading.words(clause.start, found.end())
        previous = reading.clauses.previous(clause)
        steps = 0
        while previous is not None and steps < 4:
            if self._sham.search(text, previous.start, previous.end):
                return None
            if self._condition_cues.search(text, previous.start, previous.end):
                return reading.words(previous.start, previous.end).rstrip(",;:")
            previous = reading.clauses.previous(previous)
            steps += 1
        return None

    def _hedge(self, reading: Reading, start: int, end: int) -> bool:
        clause = reading.clauses.clause(start)
        return bool(self._hedge_words.search(reading.text, clause.start, end))

    def _completed(self, reading: Reading, start: int, end: int) -> bool:
        clause = reading.clauses.clause(start)
        done = _last(self._completed_words, reading.text[clause.start : start])
        return done is not None and start - clause.start - done <= 10


_DOUBT_AFTER = re.compile(
    r"(?:这|那)(?:句|条|个|几|段|种|样|张)|[一二三四五六七八九十两]个字|的?(?:卡片|海报|短信|邮件|纸条|截图|字样|标语|广告|条款|页面|图片|视频|聊天|原话|话术|链接|横幅)"
    r"|(?:我|我们)(?:已经|这边|先|都)?(?:记|听|看|收到|明白|理解|核实|查|没法|无法|不能)|(?:您|你)(?:截|拍|还|是在|在哪|从哪|方便)|确实(?:不该|不应|不对)|那是骗|(?:这(?:个|种)?)?(?:说法)?(?:并不|不)(?:准确|正确|对|属实)|(?:都)?是(?:假|旧|过期|别人|骗)|(?:听到|看到|遇到|收到)?这样的|,?(?:您说)?(?:这)?(?:是|不是)(?:这么|第三方|代理|谁|我们)|(?:在[^,。]{0,6})?不作数|(?:这个说法)?跟[^,。]{0,12}不一致|[^。!?]{0,14}[?吗]"
    r"|(?:的|这个|这种|这类|这样的|此类|之类|等|一类){0,3}(?:说法|诉求|问题|情况|要求|描述|疑问|疑虑|字样|宣传|承诺|内容|一事|活动|服务|规则|标语|截图|表述|用语|话|行为|做法)"
    r"|[^。!?]{0,24}?(?:无效|不成立|违法|不合法)|[^。!?]{0,10}?(?:核实|核对|核查|查证|了解一下|为准|来搪塞|来推|来敷衍|拒绝|无效|不成立|是(?:您|哪|谁|什么)(?!的))"
)
_RESTATED = re.compile(
    r"(?:您|你)(?:是|的)?(?:诉求|要求|希望|想要|想|意思)|复述|重复一遍|确认一下|核对一下|记录为|登记为"
)
_ASKS_BACK = re.compile(r"(?:对吗|对吧|对不对|是吗|是吧|没错吧|没有?错|是这样吗|是不是这样|可以吗|没理解错吧)[?。,!]")
_TAKES_UP = re.compile(r"[这那此都均请切]|一律|我们?(?:无法|不能|不会|没法)")
_WISH = re.compile(r"希望|要求|想让|想要|让我们|问我们?|主张")


def _last(pattern: "re.Pattern[str]", text: str) -> int | None:
    """The end of the last match."""
    end = None
    for match in pattern.finditer(text):
        end = match.end()
    return end
