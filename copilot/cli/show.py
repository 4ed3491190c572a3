"""Suggestions, checks and search results for a reader at a terminal."""

import sys

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table

from copilot.domain.base import BEIJING
from copilot.domain.compliance import CheckResult
from copilot.domain.suggestion import Suggestion
from copilot.domain.vocabulary import StepState
from copilot.rulebook.loader import Rulebook
from kb.models import SearchResponse

_VERDICTS = {"allowed": "可办理", "conditional": "核实后可办理", "denied": "不符合条件",
             "needs_approval": "需审批", "unknown": "待补充信息"}  # fmt: skip
_STATES = {StepState.DONE: "✓ 已完成", StepState.NOW: "▶ 现在", StepState.NEXT: "  接着",
           StepState.WAITING: "… 等待", StepState.BLOCKED: "✗ 受阻"}  # fmt: skip
_EMOTIONS = {"calm": "平静", "anxious": "着急", "dissatisfied": "不满", "angry": "愤怒"}
_STATUS = {"pass": "[green]通过[/]", "warn": "[yellow]提醒[/]", "block": "[red]拦截[/]"}
_BEARERS = {"customer": "顾客", "merchant": "商家", "platform": "平台", "insurance": "运费险"}


def suggestion(found: Suggestion, book: Rulebook) -> None:
    """The whole suggestion as an agent would read it."""
    out = Console(highlight=False, soft_wrap=True)
    kind, names = found.classification, book.vocabulary
    out.print(Rule(f"工单 {found.ticket_id or '—'} · 建议 {found.id}"))
    label = f"{book.taxonomy.label(kind.issue_type)} / {book.taxonomy.label(kind.issue_type, kind.issue_subtype)}"
    level = f" · {'一二三'[kind.complaint_level - 1]}级投诉" if kind.complaint_level else ""
    flags = f" · 风险：{'、'.join(kind.risk_flags)}" if kind.risk_flags else ""
    out.print(f"[bold]分类[/]  {label} · {kind.priority} · 情绪{_EMOTIONS[kind.emotion]}{level}{flags}"
              f" · 把握 {kind.confidence:.0%}")  # fmt: skip
    notify = (
        f"，同时通知{'、'.join(names.owners[party] for party in found.route.also_notify)}"
        if found.route.also_notify
        else ""
    )
    out.print(f"[bold]处理人[/] {names.owners[found.route.owner]}{notify}（{escape(found.route.reason)}）")
    for entry in found.entitlements:
        freight = f"；运费：{_BEARERS[entry.freight.borne_by]}" if entry.freight and entry.freight.borne_by else ""
        conditions = f"；须核实：{'、'.join(entry.conditions)}" if entry.conditions else ""
        out.print(f"[bold]权益[/]  {names.actions[entry.action]}：{_VERDICTS[entry.verdict]}（{entry.reason}{freight}{conditions}）"
                  f"{_marks(found, entry.citations)}", markup=True)  # fmt: skip
    for missing in found.missing_information:
        out.print(f"[bold]缺少[/]  {missing.ask}（{missing.why}）")
    for draft in found.drafts:
        out.print(Rule(f"草稿 · {draft.tone} · 合规：{_STATUS[draft.compliance.status]}", style="dim"))
        _indented(out, draft.text)
    out.print(Rule("下一步", style="dim"))
    for step in found.next_steps:
        due = f"，{step.due_at.astimezone(BEIJING):%m-%d %H:%M} 前" if step.due_at else ""
        out.print(f"{_STATES[step.state]} {step.order}. {escape(step.text)}（{names.owners[step.owner]}{due}）"
                  f"{_marks(found, step.citations)}")  # fmt: skip
    out.print(Rule("引用条款", style="dim"))
    for citation in found.citations:
        path = " › ".join(citation.section_path)
        out.print(escape(f"{citation.marker} 《{citation.document}》v{citation.version} {path}：{citation.quote}"))
    for warning in found.warnings:
        out.print(f"[yellow]注意[/]  {escape(warning)}")
    out.print()


def check(result: CheckResult, text: str) -> None:
    """The verdict with every place that it rests on."""
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"结论：{_STATUS[result.status]}")
    for violation in result.violations:
        out.print(f"  [{violation.start}:{violation.end}] {escape(violation.text)} — {violation.category} · "
                  f"{escape(violation.message)}", markup=True)  # fmt: skip
    if result.suggested_text and result.suggested_text != text:
        out.print(f"建议改为：{escape(result.suggested_text)}")


def search(response: SearchResponse) -> None:
    """Hits with their place in the document."""
    out = Console(highlight=False, soft_wrap=True)
    for number, hit in enumerate(response.hits, start=1):
        path = " › ".join(hit.section_path)
        out.print(f"{number}. [bold]《{escape(hit.document)}》[/] {escape(path)}  ({hit.score:.2f}, {hit.kind}"
                  f"{', ' + hit.platform if hit.platform else ''}, v{hit.version})")  # fmt: skip
        _indented(out, hit.text)
    if not response.confident:
        out.print("没有足够相近的条款，以上仅供参考。")


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    grid = Table(title=title)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    # Piped into another program, a row stays on one line.
    Console(highlight=False, width=None if sys.stdout.isatty() else 240).print(grid)


def _indented(out: Console, text: str) -> None:
    for line in text.splitlines():
        out.print(escape(f"   {line}"))


def _marks(found: Suggestion, ids: tuple[str, ...]) -> str:
    markers = [citation.marker for citation in found.citations if citation.id in ids]
    return escape(" " + "".join(markers)) if markers else ""
