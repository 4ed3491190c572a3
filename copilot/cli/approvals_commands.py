"""approvals: asked for, decided, imported. Whoever runs these commands is the local administrator."""

import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from pydantic import ValidationError

from copilot.cli import jsonl, show
from copilot.cli.context import CliContext
from copilot.desk import LOCAL, bad_request
from copilot.domain.approvals import ApprovalRecord, ApprovalRequest, ApprovalState, Imported, ImportedRow
from copilot.domain.base import BEIJING
from copilot.domain.vocabulary import ApprovalKind
from copilot.errors import BadRequest

app = typer.Typer(help="Approvals: request → approve (a signed token) or reject; import; revoke.", no_args_is_help=True)

_STATES = {
    ApprovalState.REQUESTED: "待批", ApprovalState.APPROVED: "已批准", ApprovalState.REJECTED: "已驳回",
    ApprovalState.EXPIRED: "已过期", ApprovalState.REVOKED: "已撤销",
}  # fmt: skip
_WAIVED = {
    "solo": "单人模式，由申请人本人批准",
    "admin": "由申请人本人以本机管理员身份批准",
    "standing": "按常设权限自批",
}

ApprovalId = Annotated[str, typer.Argument(metavar="APPROVAL", help="Approval id, see `copilot approvals list`.")]
Lines = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line instead of text.")]
Note = Annotated[str, typer.Option(help="Kept with the approval.")]


@app.command("import")
def import_rows(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="One approval a line, as JSON; default: standard input.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="An id that is held with other content is changed.")
    ] = False,
    many: Annotated[bool, typer.Option("--jsonl", help="One answer a line, as JSON, instead of a summary.")] = False,
) -> None:
    """Takes approvals from the system of record, unsigned and expired ones too; caps are not checked again.

    A row that is held already changes nothing. Exit status 3 when a row could not be used.
    """
    cli: CliContext = context.obj
    counts: Counter[str] = Counter()
    with cli.services(read_only=True) as services, _opened(file) as source:
        answers = jsonl.responses(
            source, ImportedRow, lambda row: services.approvals.import_row(LOCAL, row, replace=replace)
        )
        for answer in answers:
            if many:
                jsonl.emit(answer)
            elif isinstance(answer, jsonl.Failed):
                typer.echo(f"{answer.id}: [{answer.error.code}] {answer.error.message}", err=True)
            counts[answer.outcome if isinstance(answer, Imported) else "failed"] += 1
    if not many:
        typer.echo(
            f"导入 {counts['stored']} 条，未变 {counts['unchanged']} 条，替换 {counts['replaced']} 条，"
            f"失败 {counts['failed']} 条"
        )
    if counts["failed"]:
        raise typer.Exit(jsonl.SOME_LINES_FAILED)


@app.command("list")
def list_approvals(
    context: typer.Context,
    ticket: Annotated[str | None, typer.Option(help="Of one ticket.")] = None,
    order: Annotated[str | None, typer.Option(help="Of one order.")] = None,
    state: Annotated[ApprovalState | None, typer.Option(help="As of now.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 200,
    many: Lines = False,
) -> None:
    """Requests and imported approvals, newest first."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.approvals.list(LOCAL, ticket_id=ticket, order_id=order, state=state, limit=limit)
    if many:
        jsonl.emit(*found)
        return
    columns = ["编号", "状态", "内容", "订单", "工单", "申请人", "批准人", "有效至", "已用"]
    show.table("审批", columns, [_row(one) for one in found])


@app.command("show")
def show_approval(context: typer.Context, approval: ApprovalId, many: Lines = False) -> None:
    """One approval or request, as JSON with its token."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.approvals.show(LOCAL, approval)
    if many:
        jsonl.emit(found)
    else:
        typer.echo(found.model_dump_json(indent=2, exclude_none=True))


@app.command()
def request(
    context: typer.Context,
    kind: Annotated[ApprovalKind, typer.Option(help="What is asked for.")],
    basis: Annotated[str, typer.Option(help="Why it should be granted.")],
    amount: Annotated[str | None, typer.Option(help="CNY, such as 30.00; for points a count.")] = None,
    percent: Annotated[str | None, typer.Option(help="Of --order-amount, instead of an amount.")] = None,
    order_amount: Annotated[str | None, typer.Option(help="What --percent is of.")] = None,
    item: Annotated[str | None, typer.Option(help="The gift, or the months of warranty.")] = None,
    order: Annotated[str | None, typer.Option(help="The order that it is for.")] = None,
    ticket: Annotated[str | None, typer.Option(help="The ticket that it is for.")] = None,
    customer: Annotated[str | None, typer.Option(help="For caps by customer and day.")] = None,
    many: Lines = False,
) -> None:
    """Asks for an approval; give an order, a ticket or both."""
    fields: dict[str, Any] = {
        "kind": kind, "basis": basis, "amount": amount, "percent": percent, "order_amount": order_amount,
        "item": item, "order_id": order, "ticket_id": ticket, "customer_id": customer,
    }  # fmt: skip
    try:
        asked = ApprovalRequest.model_validate(fields)
    except ValidationError as error:
        raise bad_request(error) from error
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.approvals.request(LOCAL, asked)
    _tell(many, found, f"{found.id} 已提交申请：{_what(found)}")


@app.command()
def approve(
    context: typer.Context,
    approval: ApprovalId,
    valid_hours: Annotated[int | None, typer.Option(min=1, help="Default: the rulebook's default_hours.")] = None,
    note: Note = "",
    many: Lines = False,
) -> None:
    """Grants a request within the caps of the role admin, and prints the signed token.

    The local administrator may grant what they asked for themselves: it is said and recorded, and not blocked.
    """
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.approvals.approve(LOCAL, approval, valid_hours=valid_hours, note=note, administrator=True)
    token = found.approval.model_dump_json(exclude_none=True) if found.approval else ""
    _tell(many, found, f"{found.id} 已批准：{_what(found)}，有效至 {_until(found)}\n{token}")
    if found.waived:
        typer.echo(f"注意：{_WAIVED[found.waived]}，已记入审计", err=True)


@app.command()
def reject(
    context: typer.Context,
    approval: ApprovalId,
    note: Annotated[str, typer.Option(help="Why.")],
    many: Lines = False,
) -> None:
    """Refuses a request, with the reason."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.approvals.reject(LOCAL, approval, note=note)
    _tell(many, found, f"{found.id} 已驳回")


@app.command()
def revoke(context: typer.Context, approval: ApprovalId, note: Note = "", many: Lines = False) -> None:
    """Ends an approval for good: neither its token nor the stored copy counts any more."""
    cli: CliContext = context.obj
    with cli.services(read_only=True) as services:
        found = services.approvals.revoke(LOCAL, approval, note=note)
    _tell(many, found, f"{found.id} 已撤销")


def _opened(file: Path | None) -> AbstractContextManager[BinaryIO]:
    if file is None or str(file) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        raise BadRequest(f"{file}: cannot be read: {error.strerror}") from error


def _tell(many: bool, found: ApprovalRecord, text: str) -> None:
    if many:
        jsonl.emit(found)
    else:
        typer.echo(text)


def _row(found: ApprovalRecord) -> list[str]:
    bound = found.request or found.approval
    return [
        found.id, _STATES[found.state], _what(found), (bound and bound.order_id) or "—",
        (bound and bound.ticket_id) or "—", found.requested_by or "导入", found.decided_by or "—", _until(found),
        f"{found.spent:.2f}" if found.spent else str(found.uses or "—"),
    ]  # fmt: skip


def _what(found: ApprovalRecord) -> str:
    granted = found.approval or found.request
    if granted is None:
        return "—"
    unit = "" if granted.kind is ApprovalKind.POINTS else "元"
    parts = [
        str(granted.kind), f"{granted.amount}{unit}" if granted.amount is not None else "",
        f"{granted.percent}%" if granted.percent is not None else "", granted.item or "",
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


def _until(found: ApprovalRecord) -> str:
    ends = found.approval.expires_at if found.approval else None
    return "—" if ends is None else f"{ends.astimezone(BEIJING):%Y-%m-%d %H:%M}"
