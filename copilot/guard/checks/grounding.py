"""Numbers, durations, percentages and laws of a policy statement: each must stand in a clause or an entitlement."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from copilot.guard.context import GuardContext, SupportClause
from copilot.guard.finding import Case
from copilot.guard.money import NUMERAL
from copilot.guard.numerals import number
from copilot.guard.occupied import Occupied
from copilot.guard.tokens import Token

_GAP = r"[^,;。!?\n]"
_RIGHT = re.compile(
    rf"\ue005{_GAP}{{0,10}}(?:可以?|申请|退货|退换|换货|无理由|价保|提出|寄回|提交|反馈|联系|包退|包换|退|换)"
    rf"|(?:保修|质保|三包|保固|有效期|退货期|价保期|无理由){_GAP}{{0,8}}\ue005|\ue005{_GAP}{{0,3}}(?:保修|质保|保固|无理由)"
    rf"|(?:超过|超出|逾期){_GAP}{{0,2}}\ue005{_GAP}{{0,6}}(?:不|无法|视为|则)"
)
_STANDARD = re.compile(
    rf"(?:赔付|赔偿|补偿|违约金|手续费|服务费|折旧费|检测费|上门费|扣除|收取){_GAP}{{0,10}}[\ue000-\ue004]"
    rf"|[\ue001-\ue003]{_GAP}{{0,8}}(?:赔付|赔偿|补偿|违约金|手续费|服务费|折旧费|扣除)"
)
_PROCESS = re.compile(
    rf"(?:审核|退款|到账|发货|发出|寄出|送达|配送|处理|开票|开具|检测|维修|验收|验货|换货|补发|派送|揽收|入账|上门){_GAP}{{0,10}}\ue005"
    rf"|\ue005{_GAP}{{0,10}}(?:审核|到账|发货|发出|寄出|送达|处理|开具|检测|修好|验收|补发|派送|揽收|入账|上门|退回|退款|完成)"
)
_OWN_ACT = re.compile(
    r"(?:我|我们|这边|专员|客服)[^,;。!?\n]{0,6}\ue005[^,;。!?\n]{0,14}(?:回复|答复|回电|联系您|反馈|同步|告知|核实|跟进)|\ue005[^,;。!?\n]{0,14}(?:回复|答复|回电|联系您|反馈给您|告知您|给您(?:结果|消息|答复))"
)
_CITES = re.compile(r"条款[a-z0-9]|《[^》]{2,30}》|见[^,;。!?]{0,8}条|第[一二三四五六七八九十百\d]+条")
_RULED = re.compile(
    r"(?:运费|邮费)[^,;。!?\n]{0,8}承担|(?:支持|享受|适用)[^,;。!?\n]{0,6}(?:退货|换货|退换|保修|无理由|价保)|不(?:支持|适用|予)[^,;。!?\n]{0,8}(?:退货|换货|退换|无理由|保修)|属于保修范围|有权(?:要求|申请)"
)
_LAW = re.compile(
    r"《(?P<name>[^》]{2,40}(?:法|条例|办法|规定|解释))》(?:第(?P<article>[一二三四五六七八九十百零\d]+)条)?"
)
_FIGURE = re.compile(
    rf"(?:(?P<low>{NUMERAL})个?(?:工作日|天|小时|日|元|%)?[-~至到])?(?P<high>{NUMERAL})个?(?P<unit>工作日|自然日|小时|钟头|分钟|天|日|周|星期|月|年|%|折|倍|元|块|积分)"
)
_HOURS = {
    "工作日": 24,
    "自然日": 24,
    "小时": 1,
    "钟头": 1,
    "天": 24,
    "日": 24,
    "周": 168,
    "星期": 168,
    "月": 720,
    "年": 8640,
}


@dataclass(frozen=True, slots=True)
class Claim:
    start: int
    end: int
    weight: str
    """`figure` (a right, a warranty, a standard) or `estimate` (a processing time)."""


def claims(case: Case) -> list[Claim]:
    """The policy statements of a reply that name a figure; own next acts are none."""
    text = case.reading.text
    found: list[Claim] = []
    taken = Occupied(match.span() for match in _OWN_ACT.finditer(text))
    for pattern, weight in ((_RIGHT, "figure"), (_STANDARD, "figure"), (_PROCESS, "estimate")):
        for match in pattern.finditer(text):
            start, end = match.span()
            if taken.overlaps(start, end):
                continue
            taken.add(start, end)
            found.append(Claim(start, end, weight))
    return found


def unsupported(case: Case) -> Iterator[tuple[str, int, int]]:
    """Detector and place of each figure that no clause in force and no entitlement names."""
    context = case.context
    if not context.clauses:
        return
    known = _figures_of(context)
    for claim in claims(case):
        sentence = case.reading.clauses.sentence(claim.start)
        if not context.own_draft and _CITES.search(case.reading.text, sentence.start, sentence.end):
            continue
        for token in case.reading.tokens_in(claim.start, claim.end):
            figure = _figure(token)
            if figure is not None and figure not in known:
                yield claim.weight, claim.start, claim.end
                break


def uncited(case: Case) -> Iterator[tuple[int, int]]:
    """Own drafts: statements of a rule in a sentence without a mark whose clause supports it."""
    if not case.context.own_draft:
        return
    reading = case.reading
    spans = [(claim.start, claim.end) for claim in claims(case)]
    spans += [match.span() for match in _RULED.finditer(reading.text)]
    for start, end in spans:
        sentence = reading.clauses.sentence(start)
        # A mark may stand behind the full stop.
        marks = reading.tokens_in(sentence.start, sentence.end + 1, "citation")
        cited = [clause for clause in case.context.clauses if clause.citation_id in {f"c{m.text[1:-1]}" for m in marks}]
        if not cited:
            yield start, end
            continue
        known = _figures_in([clause.text for clause in cited]) | _entitled_figures(case.context)
        figures = [_figure(token) for token in reading.tokens_in(start, end)]
        if any(figure is not None and figure not in known for figure in figures):
            yield start, end


def unknown_laws(case: Case) -> Iterator[tuple[int, int]]:
    """Laws, or articles of them, that no clause in force has."""
    if not case.context.clauses:
        return
    for match in _LAW.finditer(case.reading.text):
        name = match["name"].replace("中华人民共和国", "")
        holding = [clause for clause in case.context.clauses if name in _all_words(clause)]
        if not holding or (match["article"] and not any(_has_article(clause, match["article"]) for clause in holding)):
            yield match.span()


def _all_words(clause: SupportClause) -> str:
    return "".join((clause.document, *clause.section_path, clause.text))


def _has_article(clause: SupportClause, article: str) -> bool:
    wanted = number(article)
    found = re.findall(r"第([一二三四五六七八九十百零\d]+)条", _all_words(clause))
    return any(number(other) == wanted for other in found)


def _figure(token: Token) -> tuple[str, Decimal] | None:
    if token.kind == "duration" and token.hours is not None:
        return "hours", Decimal(str(round(token.hours, 3)))
    kinds = {"money": "money", "percent": "percent", "rate": "percent", "multiple": "times", "points": "points"}
    if token.kind in kinds and token.value is not None:
        return kinds[token.kind], token.value.normalize()
    return None


def _figures_of(context: GuardContext) -> set[tuple[str, Decimal]]:
    return _figures_in([_all_words(clause) for clause in context.clauses]) | _entitled_figures(context)


def _entitled_figures(context: GuardContext) -> set[tuple[str, Decimal]]:
    found = _figures_in([text for e in context.entitlements for text in (e.reason, *e.conditions)])
    for approval in (verified.approval for verified in context.approvals):
        named = (("money", approval.amount), ("points", approval.amount), ("percent", approval.percent))
        found |= {(unit, value.normalize()) for unit, value in named if value is not None}
        if approval.item:
            found |= _figures_in([approval.item.replace("半年", "6个月")])
        order = context.ticket.order if context.ticket else None
        if approval.percent is not None and order is not None and order.amount is not None:
            found.add(("money", (order.amount * approval.percent / 100).normalize()))
    return found


def _figures_in(texts: list[str]) -> set[tuple[str, Decimal]]:
    """Every figure of the texts, both ends of a range, in the units that claims use."""
    found: set[tuple[str, Decimal]] = set()
    for text in texts:
        for match in _FIGURE.finditer(text.replace("％", "%").replace("两倍", "2倍").replace("双倍", "2倍")):
            for part in (match["low"], match["high"]):
                value = number(part) if part else None
                if value is not None:
                    found |= _as_figures(value, match["unit"])
        for percent in re.findall(r"百分之([零一二两三四五六七八九十百\d.]+)", text):
            value = number(percent)
            if value is not None:
                found.add(("percent", value.normalize()))
    return found


def _as_figures(value: Decimal, unit: str) -> set[tuple[str, Decimal]]:
    if unit in _HOURS:
        return {("hours", Decimal(str(round(float(value) * _HOURS[unit], 3))))}
    if unit == "分钟":
        return {("hours", Decimal(str(round(float(value) / 60, 3))))}
    if unit == "%":
        return {("percent", value.normalize())}
    if unit == "折":
        return {("percent", (value * 10 if value < 10 else value).normalize())}
    names = {"倍": "times", "元": "money", "块": "money", "积分": "points"}
    return {(names[unit], value.normalize())}
