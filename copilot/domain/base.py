"""What all domain models share: frozen, closed to unknown fields, Beijing time, exact money."""

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Days, deadlines and office hours are Beijing time; China has had no daylight saving since 1991."""


_ISO_DATE = re.compile(r"\s*\d{4}-\d{2}-\d{2}")


class Model(BaseModel):
    """A frozen value that refuses unknown fields by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _only_text(value: Any) -> Any:
    # pydantic would read 20260618 as seconds since 1970: a wrong date that looks right.
    if not isinstance(value, datetime) and not (isinstance(value, str) and _ISO_DATE.match(value)):
        raise ValueError("must be an ISO 8601 date and time as text, such as 2026-06-18T10:02:00+08:00")
    return value


def _with_zone(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2100:
        raise ValueError("must lie between the years 2000 and 2100")
    return value if value.tzinfo else value.replace(tzinfo=BEIJING)


Moment = Annotated[datetime, BeforeValidator(_only_text), AfterValidator(_with_zone)]
"""A point in time; without an offset it is read as Beijing time."""


def _no_float(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError('must be an amount as text, such as "199.00"')
    return str(value) if isinstance(value, float) else value


Money = Annotated[
    Decimal,
    BeforeValidator(_no_float),
    Field(ge=0, le=Decimal("100000000"), decimal_places=2, allow_inf_nan=False),
    PlainSerializer(lambda v: format(v, "f"), return_type=str, when_used="json"),
]
"""An amount in CNY, never negative, at most two decimals; JSON carries it as text."""

ShortText = Annotated[str, Field(min_length=1, max_length=200)]
