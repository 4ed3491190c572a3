"""Arguments and options that several commands share."""

from datetime import date, datetime
from typing import Annotated

import typer

from kb.models import VersionState

STATES: dict[VersionState, str] = {
    "draft": "草稿", "in_review": "待审", "approved": "已批准", "published": "已发布", "retired": "已撤回",
}  # fmt: skip

_DAY = ["%Y-%m-%d"]

Lines = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line instead of text.")]
DocumentId = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Document id (doc_…), see `copilot kb list`.")]
Version = Annotated[int | None, typer.Option(min=1, max=1_000_000, help="Default: the latest.")]
Note = Annotated[str, typer.Option(help="Kept in the document's history.")]
ValidFrom = Annotated[datetime | None, typer.Option(formats=_DAY, help="First day of validity, Beijing time.")]
ValidTo = Annotated[datetime | None, typer.Option(formats=_DAY, help="Last day of validity, Beijing time.")]


def day(moment: datetime | None) -> date | None:
    """The day of an option."""
    return None if moment is None else moment.date()
