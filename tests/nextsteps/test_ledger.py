"""The register as a table: cells a reader expects, files that a spreadsheet opens, nothing that it would run."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from copilot.domain.records import RegisterRow
from copilot.domain.vocabulary import ApprovalKind
from copilot.ledger import COLUMNS, as_csv, as_xlsx, table
from copilot.rulebook.loader import DATA
from copilot.rulebook.models import VocabularyFile
from copilot.rulebook.source import read

OWNERS = read(DATA / "vocabulary.yaml", VocabularyFile).owners


def register_row(**more: Any) -> RegisterRow:
    content = {
        "issue": "商品质量·破损瑕疵", "solution": "退货退款：可办理", "status": "waiting_customer", "owner": "frontline",
        "registered_at": "2026-06-18T02:02:00+00:00", "order_id": "12345678901234567890",
    }  # fmt: skip
    return RegisterRow.model_validate(
        {"suggestion_id": "sg_1", "ticket_id": "T-1", "created_at": "2026-06-18T10:03:00+08:00",
         "record": content | more}
    )  # fmt: skip


def cells(**more: Any) -> dict[str, str]:
    [row] = table([register_row(**more)], OWNERS)
    return dict(zip(COLUMNS, row, strict=True))


def test_a_row_in_words() -> None:
    found = cells(
        customer_name="张*", phone="138****5678", product="电饭煲", quantity=2, description="裂了",
        also_notify=["supervisor"], tags=["quality/damaged", "P2"],
        compensation=[
            {"approval_id": "APR-1", "kind": "coupon", "amount": "30.00", "currency": "CNY", "reason": "迟到"},
            {"approval_id": "APR-2", "kind": "gift", "item": "杯刷"},
        ],
    )  # fmt: skip
    assert found == {
        "登记时间": "2026-06-18 10:02:00", "订单号": "12345678901234567890", "顾客姓名": "张*", "电话": "138****5678",
        "商品": "电饭煲", "数量": "2", "问题类型": "商品质量·破损瑕疵", "问题描述": "裂了", "解决办法": "退货退款：可办理",
        "状态": "待顾客补充", "负责人": "一线客服", "同时通知": "客服主管",
        "补偿金额": "优惠券 30.00 CNY（审批 APR-1）；赠品 杯刷（审批 APR-2）", "补偿原因": "迟到；",
        "标签": "quality/damaged、P2", "工单号": "T-1", "建议编号": "sg_1",
    }  # fmt: skip


@pytest.mark.parametrize("kind", list(ApprovalKind))
def test_every_kind_of_grant_has_a_word(kind: ApprovalKind) -> None:
    assert "APR" in cells(compensation=[{"approval_id": "APR", "kind": kind}])["补偿金额"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-2", "@SUM(A1)", "＝1+1", "＋1", " =1", "\t=1", "\n@x", "\u3000=1", "\x00=1"]
)
def test_what_begins_like_a_formula_is_text(text: str) -> None:
    assert cells(description=text)["问题描述"].startswith("'")


def test_what_is_no_formula_stays_as_it_is() -> None:
    assert cells(description="电饭煲=坏了，-20元")["问题描述"] == "电饭煲=坏了，-20元"


@given(st.text(max_size=200))
def test_any_text_goes_through_both_files(text: str) -> None:
    rows = table([register_row(description=text)], OWNERS)
    at = COLUMNS.index("问题描述")
    data = as_csv(rows)
    assert data.startswith(b"\xef\xbb\xbf")
    [head, row] = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert tuple(head) == COLUMNS
    assert row == rows[0]
    assert not row[at].lstrip().startswith(("=", "+", "-", "@"))
    sheet = load_workbook(io.BytesIO(as_xlsx(rows))).active
    assert sheet is not None
    [_, found] = sheet.iter_rows()
    assert {cell.data_type for cell in found} <= {"s", "n", "inlineStr"}
    assert all(not isinstance(cell.value, int | float) for cell in found)
