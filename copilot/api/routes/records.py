"""The register of after-sales: read or downloaded for a period."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from copilot import ledger
from copilot.api.auth import allowed
from copilot.domain.records import RegisterRow
from copilot.domain.roles import Permission
from copilot.records import moment_of
from copilot.store.repository import Caller

router = APIRouter(prefix="/v1/records", tags=["records"])

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AskedMoment = Annotated[
    str | None, Query(max_length=40, description="2026-07-01 (Beijing time) or 2026-07-01T10:00:00+08:00")
]


@router.get("", response_model=list[RegisterRow], responses={200: {"content": {_CSV: {}, _XLSX: {}}}})
def records(
    request: Request,
    who: Annotated[Caller, Depends(allowed(Permission.RECORDS_READ))],
    format: Annotated[Literal["json", "csv", "xlsx"], Query(description="What comes back")] = "json",
    since: AskedMoment = None,
    until: AskedMoment = None,
) -> list[RegisterRow] | Response:
    """One row a ticket, as its newest suggestion of the period has it, oldest first. `until` as a day includes it."""
    services = request.app.state.services
    rows = services.records.register(who, moment_of("since", since), moment_of("until", until, ends=True))
    if format == "json":
        return list(rows)
    cells = ledger.table(rows, services.rulebook.vocabulary.owners)
    content, kind = (ledger.as_csv(cells), _CSV) if format == "csv" else (ledger.as_xlsx(cells), _XLSX)
    return Response(
        content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="records.{format}"'}
    )
