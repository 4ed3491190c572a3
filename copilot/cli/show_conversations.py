"""Scores and summaries of conversations for a reader at a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from copilot.domain.base import BEIJING
from copilot.domain.qa import Quote, Score, Summary
from copilot.qa.fields import FIELD_NAMES

_KINDS = {"demand": "诉求", "promise": "承诺", "open": "待答复", "fact": "经过"}
_ROLES = {"customer": "顾客", "agent": "客服", "system": "系统", "bot": "机器人"}


def score(found: Score) -> None:
    """Every item with its score and the words that show it."""
    out = Console(highlight=False, soft_wrap=True)
    total = "—" if found.score is None else f"{found.score:g}"
    out.print(Rule(f"质检 {escape(found.id or '—')} · {total} 分 · {'合格' if found.passed else '不合格'}"))
    for item in found.items:
        value = "不适用" if item.score is None else f"{item.score * 100:3.0f}%"
        out.print(f"[bold]{item.label}[/]（{item.weight:g}）  {value}  {escape(item.why)}")
        for quote in item.quotes:
            out.print(f"    {_place(quote)} {escape(quote.text)}", markup=False)
    for message in found.messages:
        for violation in message.violations:
            out.print(f"[{message.message}:{violation.start}] {violation.text} — {violation.category} · "
                      f"{violation.message}", markup=False)  # fmt: skip


def summary(found: Summary) -> None:
    """The sentences that were chosen, what was promised, and what is missing."""
    out = Console(highlight=False, soft_wrap=True)
    state = "顾客已确认解决" if found.resolved else "未确认解决"
    out.print(Rule(f"摘要 {escape(found.id or '—')} · {found.issue} · {state}"))
    for each in found.sentences:
        out.print(f"{_place(each)} {_ROLES[each.role]}·{_KINDS[each.kind]}：{each.text}", markup=False)
    for promise in found.promises:
        due = promise.commitment.deadline
        when = f"{due.astimezone(BEIJING):%m-%d %H:%M}" if due is not None and not isinstance(due, str) else due or "—"
        out.print(
            f"承诺 {_place(promise.quote)} {promise.quote.text}（{promise.commitment.act}，{when}）", markup=False
        )
    if found.open:
        out.print(f"还缺：{'、'.join(FIELD_NAMES[field] for field in found.open)}", markup=False)


def _place(quote: Quote) -> str:
    return f"[{quote.message}:{quote.start}]"
