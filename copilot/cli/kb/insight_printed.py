"""Reviews, gaps and answers as text for a reader."""

from collections.abc import Sequence
from datetime import datetime

import typer

from copilot.domain.base import BEIJING
from copilot.domain.promises import PublishReview
from kb.insight_models import Answer, ClauseFact, ClauseRef, ConflictReport, Contradiction, Duplicate, Gap, ReplayedHit
from kb.models import IngestReport

_RELATIONS = {"identical": "完全相同", "nearly": "几乎相同", "contained": "一条包含另一条"}
_CATEGORIES = {
    "absolute_claim": "绝对化表述", "illegal_denial": "违法拒绝", "over_promise_outcome": "结果保证",
    "over_promise_time": "时间保证", "off_platform": "引导站外", "disrespect": "不尊重顾客",
}  # fmt: skip
_SIDES = {"left": "前一条", "right": "后一条"}


def beijing(moment: datetime | None) -> datetime | None:
    """The moment of an option, which is Beijing time."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=BEIJING)


def conflicts(report: ConflictReport) -> None:
    typer.echo(f"已比较 {report.clauses} 条在用或将生效的条款，发现 {len(report.contradictions)} 处矛盾")
    _contradictions(report.contradictions)


def review(report: PublishReview) -> None:
    found = report.review
    replaces = f"，将替换在用的 v{found.replaces}" if found.replaces else ""
    typer.echo(f"《{found.title}》v{found.version}：{found.clauses} 条{replaces}")
    for warning in found.warnings:
        typer.echo(f"注意：{warning}")
    typer.echo(f"\n一、与现行条款矛盾：{len(found.contradictions)} 处")
    _contradictions(found.contradictions)
    typer.echo(f"\n二、重复：{len(found.duplicates)} 处")
    for pair in found.duplicates:
        _duplicate(pair)
    typer.echo(f"\n三、违规承诺或拒绝：{len(report.forbidden)} 处")
    for place in report.forbidden:
        typer.echo(
            f"  · {_CATEGORIES.get(place.category, place.category)}：“{place.quote}”  {_path(place.section_path)}"
        )
        typer.echo(f"    {place.message}")
    typer.echo(f"\n四、常问问题重放：{found.replayed} 个问题，{len(found.replay)} 个答案会变")
    for change in found.replay:
        where = f"（{change.platform}）" if change.platform else ""
        typer.echo(f"  · {change.question}{where}  问过 {change.asked} 次")
        typer.echo(f"    现在：{_hit(change.before)}")
        typer.echo(f"    发布后：{_hit(change.after)}")


def noticed(report: PublishReview) -> None:
    """One line on what a review found, none where it found nothing."""
    found = report.review
    counts = {
        "与现行条款矛盾": len(found.contradictions), "重复": len(found.duplicates),
        "违规承诺或拒绝": len(report.forbidden), "常问问题答案会变": len(found.replay),
    }  # fmt: skip
    told = "，".join(f"{name} {count} 处" for name, count in counts.items() if count)
    if told:
        typer.echo(f"  审查《{found.title}》v{found.version}：{told}；详见 copilot kb conflicts {found.document_id}")


def _contradictions(found: Sequence[Contradiction]) -> None:
    for number, item in enumerate(found, start=1):
        first = "无法判定先后" if item.wins is None else f"以{_SIDES[item.wins]}为准"
        typer.echo(f"\n  {number}. {item.left_fact.about}：“{item.left_fact.quote}” ↔ “{item.right_fact.quote}”")
        _side(item.left, item.left_fact)
        _side(item.right, item.right_fact)
        typer.echo(f"     {first}（{item.because}）")


def _side(clause: ClauseRef, fact: ClauseFact) -> None:
    scope = "，".join(part for part in (clause.platform, clause.operator, clause.shop, clause.category) if part)
    marked = f"{clause.text[: fact.start]}【{clause.text[fact.start : fact.end]}】{clause.text[fact.end :]}"
    typer.echo(f"     《{clause.document}》v{clause.version} {_path(clause.section_path)}"
               f"{f'（{scope}）' if scope else ''}  {clause.clause_id}")  # fmt: skip
    typer.echo(f"       {marked}")


def _duplicate(pair: Duplicate) -> None:
    cosine = "" if pair.cosine is None else f"，语义 {pair.cosine:.2f}"
    typer.echo(f"  · {_RELATIONS[pair.relation]}（文字 {pair.similarity:.2f}{cosine}）")
    for clause in (pair.left, pair.right):
        typer.echo(f"    《{clause.document}》{_path(clause.section_path)}：{clause.text[:80]}")


def _hit(hit: ReplayedHit | None) -> str:
    return (
        "没有好的答案"
        if hit is None
        else f"《{hit.document}》v{hit.version} {_path(hit.section_path)}：{hit.text[:60]}"
    )


def gaps(found: Sequence[Gap]) -> None:
    if not found:
        typer.echo("没有发现知识缺口")
        return
    for gap in found:
        platforms = "、".join(gap.platforms) or "—"
        typer.echo(f"{gap.number}. {gap.label}  {gap.count} 次，平台 {platforms}，"
                   f"{_day(gap.first_seen)} 至 {_day(gap.last_seen)}")  # fmt: skip
        for text in gap.examples[1:]:
            typer.echo(f"     也这样问：{text}")
        if gap.nearest is not None:
            typer.echo(
                f"     最接近：《{gap.nearest.document}》{_path(gap.nearest.section_path)}（{gap.nearest.score:.2f}）"
            )
    typer.echo("\n用 copilot kb gaps --draft N 为第 N 项起草一份问答")


def drafted(gap: Gap, report: IngestReport) -> None:
    typer.echo(f"已为“{gap.label}”起草 {report.document_id} v{report.version}（草稿），填写答案后提交审核")
    for warning in report.warnings:
        typer.echo(f"    注意：{warning}")


def answer(found: Answer) -> None:
    typer.echo(found.text)
    for citation in found.citations:
        internal = "" if citation.audience == "customer" else "（内部，不得发给顾客）"
        typer.echo(f"{citation.marker} 《{citation.document}》v{citation.version} {_path(citation.section_path)}"
                   f"{internal}  {citation.clause_id}")  # fmt: skip
    for warning in found.warnings:
        typer.echo(f"注意：{warning}", err=True)


def _path(path: Sequence[str]) -> str:
    return " › ".join(path)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d}"
