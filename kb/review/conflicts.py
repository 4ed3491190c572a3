"""Contradictions between clauses: of a version under review with what is in force, inside it, and everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kb.index.memory import Progress
from kb.insight_models import ClauseFact, Contradiction
from kb.review import lexicon
from kb.review.compare import Difference, differences
from kb.review.corpus import Corpus, Item, Lookup, Vector
from kb.review.facts import Fact
from kb.review.precedence import first, meet, overlaps, windows_of

_NEAR = 30
_MOST_FOR_ONE = 3
"""Counterparts that are listed for one statement: the editor mends the statement, not each of them."""
_FEE_LABELS = {
    "freight": "运费承担", "inspection": "检测费承担", "repair": "维修费承担", "install": "安装费承担", "tax": "税费承担",
    "handling": "手续费承担", "difference": "差价承担", "loss": "损失承担",
}  # fmt: skip
_ACTION_LABELS = {
    "return": "退货", "exchange": "换货", "refund": "退款", "repair": "维修", "resend": "补发", "invoice": "开票", "cancel": "取消",
    "address": "改地址", "withdraw": "提现", "stack": "叠加优惠", "price_protection": "价保", "refuse_sign": "拒收",
    "locker": "代收", "cod": "到付", "transfer": "转账转让", "open_check": "开箱验货", "extend": "延期", "disclose": "告知",
    "promise": "承诺", "compensate": "补偿", "cash": "折现", "split": "部分退货", "keep_gift": "赠品", "deliver_up": "上门",
    "modify": "修改", "reuse": "重复使用",
}  # fmt: skip
_MORE_LABELS = {"ask_refund": "申请退款期限", "ask_invoice": "申请开票期限", "report": "反馈期限", "other": "数值"}


def of_version(
    items: Sequence[Item], corpus: Corpus, vectors: dict[str, Vector], progress: Progress | None = None
) -> list[Contradiction]:
    """What the clauses of a version contradict: each other, and what is in force beside them."""
    found = list(_inside(items, corpus))
    for number, item in enumerate(items, start=1):
        if item.reading.facts:
            others = corpus.items(corpus.neighbours(item, _NEAR, vectors.get(item.key)))
            found.extend(_against(item, others, corpus))
        if progress:
            progress("conflicts", number, len(items))
    return _ordered(_limited(found))


def everywhere(corpus: Corpus, progress: Progress | None = None) -> tuple[int, list[Contradiction]]:
    """How many clauses hold now or later, and all contradictions among them. Nothing is embedded for it."""
    clauses = corpus.standing_clauses()
    places = {clause.key: place for place, clause in enumerate(clauses)}
    found: list[Contradiction] = []
    by_version: dict[tuple[str, int], list[Item]] = {}
    for place, item in enumerate(corpus.items(clauses)):
        by_version.setdefault((item.scope.document_id, item.scope.version), []).append(item)
        if item.reading.facts:
            later = [other for other in corpus.neighbours(item, _NEAR) if places.get(other.key, -1) > place]
            found.extend(_against(item, corpus.items(later), corpus))
        if progress:
            progress("conflicts", place + 1, len(clauses))
    for items in by_version.values():
        found.extend(_inside(items, corpus))
    return len(clauses), _ordered(_limited(found))


def _inside(items: Sequence[Item], corpus: Corpus) -> Iterator[Contradiction]:
    """Contradictions among the clauses of one version."""
    now = corpus.now()
    telling = [item for item in items if item.reading.facts]
    for left, right in Lookup(telling, corpus.weigh).pairs(_NEAR):
        if overlaps(left.scope, right.scope) and meet(windows_of(left.scope, now), windows_of(right.scope, now)):
            yield from contradictions(left, right, corpus.weigh)


def _against(item: Item, others: Iterable[Item], corpus: Corpus) -> Iterator[Contradiction]:
    for other in others:
        if not overridden(item, other):
            yield from contradictions(item, other, corpus.weigh)


def overridden(left: Item, right: Item) -> bool:
    """Whether one is the platform's (operator's, shop's) own wording of the other: one anchor, a narrower scope."""
    if not left.row.anchor or left.row.anchor != right.row.anchor:
        return False
    return any(
        (one is None) != (other is None)
        for one, other in (
            (left.scope.platform, right.scope.platform),
            (left.scope.operator, right.scope.operator),
            (left.scope.shop, right.scope.shop),
            (left.scope.category, right.scope.category),
        )
    )


def contradictions(left: Item, right: Item, weigh: Callable[[str], float]) -> list[Contradiction]:
    """What two clauses that hold together state differently."""
    if (left.scope.category is None) != (right.scope.category is None):
        return []  # a rule for certain goods beside the general one is an exception, not a contradiction
    if left.law and right.law:
        return []  # statutes are not an editor's to mend
    side, because = first(left.standing, right.standing)
    return [
        Contradiction(
            kind=found.left.kind,
            left=left.reference(),
            right=right.reference(),
            left_fact=_fact(found.left),
            right_fact=_fact(found.right),
            strength=round(min(1.0, found.strength), 3),
            wins=side,
            because=because,
        )
        for found in differences(left.reading, right.reading, weigh)
        if not _law_is_met(left, right, found) and not _law_is_met(right, left, _turned(found))
    ]


def _turned(found: Difference) -> Difference:
    return Difference(found.right, found.left, found.strength)


def _law_is_met(law: Item, shop: Item, found: Difference) -> bool:
    """Whether the second clause does sooner what the first, a statute, sets a longest time for."""
    longest, own = found.left.quantity, found.right.quantity
    if not law.law or shop.law or longest is None or own is None or found.left.about not in lexicon.DUTIES:
        return False
    if "lower" in (longest.bound, own.bound):
        return False
    days = {"time": 24.0, "workdays": 1.0}
    if longest.dimension not in days or own.dimension not in days:
        return False
    return own.high / days[own.dimension] <= longest.high / days[longest.dimension]


def _fact(fact: Fact) -> ClauseFact:
    return ClauseFact(kind=fact.kind, about=label(fact), quote=fact.quote, start=fact.start, end=fact.end)


def label(fact: Fact) -> str:
    """What a fact is about, for a reader."""
    if fact.kind == "payer":
        return _FEE_LABELS.get(fact.about, fact.about)
    if fact.kind == "permission":
        return f"能否{_ACTION_LABELS.get(fact.about, fact.about)}"
    return _MORE_LABELS.get(fact.about) or lexicon.ASPECT_LABELS.get(fact.about, fact.about)


def _limited(found: Iterable[Contradiction]) -> list[Contradiction]:
    """At most a few counterparts for each statement, the surest of them."""
    counts: dict[tuple[str, int, int], int] = {}
    kept: list[Contradiction] = []
    for item in sorted(found, key=lambda item: (-item.strength, item.left.clause_id, item.right.clause_id)):
        place = (f"{item.left.clause_id}@{item.left.version}", item.left_fact.start, item.left_fact.end)
        counts[place] = counts.get(place, 0) + 1
        if counts[place] <= _MOST_FOR_ONE:
            kept.append(item)
    return kept


def _ordered(found: Sequence[Contradiction]) -> list[Contradiction]:
    return sorted(
        found,
        key=lambda item: (
            -item.strength,
            item.left.document,
            item.left.clause_id,
            item.left_fact.start,
            item.right.clause_id,
        ),
    )
