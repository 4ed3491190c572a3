"""Reports, histories and comparisons for a reader at a terminal."""

import sys
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from copilot.cli import show
from copilot.domain.base import BEIJING
from copilot.domain.impact import Impact
from kb.life_models import ClauseChange, DocumentDiff, FieldChange, ReviewAction, ReviewStep, Standing, TextSpan
from kb.models import IngestFailure, IngestReport

_REASONS = {"garbled": "乱码", "placeholder": "占位符未填", "cut_off": "文本中断"}
_ACTIONS: dict[ReviewAction, str] = {
    "add": "写入草稿", "submit": "提交审核", "approve": "批准", "reject": "退回", "dates": "设置有效期",
    "publish": "发布", "rollback": "恢复使用", "archive": "归档", "retire": "撤回", "wordings": "修改问法",
}  # fmt: skip
_WAIVED = {"solo": "单人模式，未经他人审核", "admin": "管理员发布，未经审核"}
_KINDS = {
    "added": ("新增", "green"),
    "removed": ("删除", "red"),
    "changed": ("修改", "yellow"),
    "moved": ("移动", "cyan"),
}
_STANDINGS: dict[Standing, str] = {
    "in_force": "仍在用", "changed": "已修改", "removed": "已删除", "archived": "已归档", "withdrawn": "已撤回",
    "not_in_force": "不在有效期", "unknown": "知识库中没有",
}  # fmt: skip
_STYLES = {"equal": "", "delete": "red strike", "insert": "green"}
_MARKS = {"equal": ("", ""), "delete": ("[-", "-]"), "insert": ("{+", "+}")}


def report(found: IngestReport | IngestFailure, verbose: bool) -> None:
    """What became of a file."""
    if isinstance(found, IngestFailure):
        typer.echo(f"✗ {found.source_name}: [{found.code}] {found.message}", err=True)
        return
    state = "内容未变" if found.unchanged else {"published": "已发布", "draft": "草稿"}.get(found.state, found.state)
    typer.echo(f"✓ {found.source_name}: 《{found.title}》v{found.version} {state}，{found.clauses} 条，"
               f"去除 {len(found.dropped)} 处，修复 {found.repaired} 处，未能修复 {len(found.unrepaired)} 处"
               f"  {found.document_id}")  # fmt: skip
    for warning in found.warnings:
        typer.echo(f"    注意：{warning}")
    most = len(found.unrepaired) if verbose else 5
    for damaged in found.unrepaired[:most]:
        typer.echo(f"    第{damaged.line}行 {_REASONS.get(damaged.reason, damaged.reason)}：{damaged.text[:60]}")
    if len(found.unrepaired) > most:
        typer.echo(f"    …另有 {len(found.unrepaired) - most} 处，用 --verbose 查看")
    for dropped in found.dropped if verbose else ():
        typer.echo(f"    第{dropped.line}行 去除（{dropped.reason}）：{dropped.text[:60]}")


def waived(count: int, *, solo: bool = False) -> None:
    """Says that a second pair of eyes was missing; on standard error, beside the answers."""
    how = "单人模式下由本人批准" if solo else "未经审核，以本机管理员身份发布"
    typer.echo(f"注意：{count} 个版本{how}，已记入审计", err=True)


def history(steps: Sequence[ReviewStep]) -> None:
    """One line a step."""
    for step in steps:
        waiver = f"（{_WAIVED[step.waived]}）" if step.waived else ""
        note = f"：{step.note}" if step.note else ""
        typer.echo(f"{step.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}  v{step.version}  {_ACTIONS[step.action]}"
                   f"  {step.actor}{waiver}{note}")  # fmt: skip


def diff(found: DocumentDiff) -> None:
    """Coloured at a terminal; elsewhere [-deleted-] and {+inserted+}."""
    out = Console(highlight=False, soft_wrap=True)
    before = "（无）" if found.from_version is None else f"v{found.from_version}"
    counts = {kind: sum(change.kind == kind for change in found.clauses) for kind in _KINDS}
    told = "，".join(f"{_KINDS[kind][0]} {count}" for kind, count in counts.items())
    out.print(f"{found.document_id}  {before} → v{found.to_version}：{told}，未变 {found.unchanged}")
    for field in found.metadata:
        out.print(escape(f"  {_field(field)}"))
    for change in found.clauses:
        _change(out, change)


def _change(out: Console, change: ClauseChange) -> None:
    label, colour = _KINDS[change.kind]
    moved = "，已移动" if change.moved and change.kind == "changed" else ""
    path = escape(" › ".join(change.section_path))
    out.print(f"\n[{colour}]{label}[/]{moved}  {change.clause_id}  {path}")
    for field in change.fields:
        out.print(escape(f"    {_field(field)}"))
    if change.spans:
        out.print(_spans(change.spans))
    elif change.kind in ("added", "removed"):
        op = "insert" if change.kind == "added" else "delete"
        text = change.after if change.kind == "added" else change.before
        out.print(_spans([TextSpan.model_validate({"op": op, "text": text})]))


def _spans(spans: Sequence[TextSpan]) -> Text:
    plain = not sys.stdout.isatty()
    line = Text("    ")
    for span in spans:
        left, right = _MARKS[span.op] if plain else ("", "")
        line.append(f"{left}{span.text}{right}", style=_STYLES[span.op])
    return line


def _field(change: FieldChange) -> str:
    return f"{change.field}：{_value(change.before)} → {_value(change.after)}"


def _value(value: Any) -> str:
    if value is None or value == ():
        return "（无）"
    return " › ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def impact(found: Impact) -> None:
    """A line of sums, then the citations, newest first."""
    typer.echo(f"{found.suggestions} 条建议、{found.tickets} 个工单引用过")
    rows = [
        [f"{cited.created_at.astimezone(BEIJING):%Y-%m-%d %H:%M}", cited.suggestion_id, cited.ticket_id or "—",
         f"{cited.clause_id} v{cited.version}", _standing(cited.standing, cited.current_version), cited.quote]
        for cited in found.citations
    ]  # fmt: skip
    if rows:
        show.table("引用", ["时间", "建议", "工单", "条款", "现在", "引文"], rows)


def _standing(standing: Standing, current: int | None) -> str:
    label = _STANDINGS[standing]
    return f"{label}（现为 v{current}）" if standing in ("changed", "withdrawn") and current is not None else label
