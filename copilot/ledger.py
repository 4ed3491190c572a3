"""The register as a table: columns for a reader, CSV and xlsx that a spreadsheet opens without harm."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from copilot.domain.base import BEIJING
from copilot.domain.records import RegisterRow
from copilot.domain.suggestion import RecordedCompensation
from copilot.domain.vocabulary import ApprovalKind, Owner

COLUMNS = (
    "登记时间", "订单号", "顾客姓名", "电话", "商品", "数量", "问题类型", "问题描述", "解决办法", "状态", "负责人",
    "同时通知", "补偿金额", "补偿原因", "标签", "工单号", "建议编号",
)  # fmt: skip
_STATUS = {"open": "处理中", "waiting_customer": "待顾客补充", "escalated": "已升级", "resolved": "已解决"}
_KINDS = {
    ApprovalKind.CASH: "现金", ApprovalKind.PARTIAL_REFUND: "部分退款", ApprovalKind.COUPON: "优惠券",
    ApprovalKind.POINTS: "积分", ApprovalKind.FREIGHT: "运费", ApprovalKind.GIFT: "赠品", ApprovalKind.REPAIR: "维修",
    ApprovalKind.WARRANTY: "延保", ApprovalKind.RESEND: "补发", ApprovalKind.EXCHANGE: "换货",
    ApprovalKind.REFUND: "退款", ApprovalKind.RETURN_WAIVER: "免退货", ApprovalKind.LATE_RETURN: "超期退货",
}  # fmt: skip
_FORMULA = tuple("=+-@")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LONGEST = 32_767
"""Characters that a cell of Excel holds."""


def table(rows: Iterable[RegisterRow], owners: Mapping[Owner, str]) -> list[list[str]]:
    """One list of cells a row, in the order of COLUMNS, harmless to a spreadsheet."""
    return [[_harmless(cell) for cell in _cells(row, owners)] for row in rows]


def as_csv(cells: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark, by which Excel knows the encoding, and CRLF (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(cells)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(cells: Sequence[Sequence[str]]) -> bytes:
    """One sheet; every cell is text, so that a long order number keeps all its digits."""
    from openpyxl import Workbook  # only an export needs it

    book = Workbook(write_only=True)
    sheet = book.create_sheet("售后台账")
    sheet.append(COLUMNS)
    for row in cells:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(row: RegisterRow, owners: Mapping[Owner, str]) -> list[str]:
    record = row.record
    at = record.registered_at or row.created_at
    return [
        f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}", record.order_id or "", record.customer_name or "",
        record.phone or "", record.product or "", str(record.quantity or ""), record.issue, record.description,
        record.solution, _STATUS[record.status], owners[record.owner],
        "、".join(owners[party] for party in record.also_notify),
        "；".join(_granted(entry) for entry in record.compensation),
        "；".join(entry.reason or "" for entry in record.compensation), "、".join(record.tags),
        row.ticket_id or "", row.suggestion_id,
    ]  # fmt: skip


def _granted(entry: RecordedCompensation) -> str:
    """优惠券 30.00 CNY（审批 APR-1）."""
    value = [format(entry.amount, "f"), entry.currency or ""] if entry.amount is not None else []
    value += [f"{entry.percent.normalize():f}%"] if entry.percent is not None else []
    value += [entry.item] if entry.item else []
    return f"{' '.join(part for part in (_KINDS[entry.kind], *value) if part)}（审批 {entry.approval_id}）"


def _harmless(cell: str) -> str:
    """A cell that begins like a formula would be run by a spreadsheet: an apostrophe makes it text (OWASP, CSV
    injection). Full-width signs count too; control characters would break the file."""
    clean = _CONTROL.sub("", cell)[: _LONGEST - 1]
    start = unicodedata.normalize("NFKC", clean.lstrip()[:1])
    return f"'{clean}" if start.startswith(_FORMULA) or clean[:1] in ("\t", "\n") else clean
