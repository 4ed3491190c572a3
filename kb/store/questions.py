"""Questions as they were asked, counted by spelling and platform; the least valuable rows go when there are too many."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kb.store.tables import question
from kb.tokenize import fold

MOST = 20_000
_KEEP = 0.9
_CHUNK = 400
_TEXT_LENGTH = 500
_PLATFORM_LENGTH = 32
_SOURCE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question with its counts; moments are seconds since 1970. The last answer stands in `top_clause`."""

    text: str
    platform: str | None
    source: str
    asked: int
    missed: int
    first_at: int
    last_at: int
    top_clause: str | None
    score: float

    @property
    def code(self) -> str:
        """Under which questions count as one: folded, without spaces, for one platform."""
        plain = "".join(fold(self.text).split())
        return hashlib.sha256(f"{self.platform or ''}\n{plain}".encode("utf-8", "surrogatepass")).hexdigest()

    def after(self, earlier: QuestionRow) -> QuestionRow:
        """Both as one row: counts add up, the newer answer stays."""
        newest = self if self.last_at >= earlier.last_at else earlier
        return replace(
            newest,
            text=earlier.text,
            asked=earlier.asked + self.asked,
            missed=earlier.missed + self.missed,
            first_at=min(earlier.first_at, self.first_at),
        )


def merged(rows: Iterable[QuestionRow]) -> dict[str, QuestionRow]:
    """Rows by their code, repeats added up."""
    found: dict[str, QuestionRow] = {}
    for row in rows:
        code = row.code
        found[code] = row.after(found[code]) if code in found else row
    return found


def record(connection: Connection, rows: Iterable[QuestionRow], most: int = MOST) -> None:
    """Adds questions to the log and drops the least valuable ones beyond `most`."""
    fresh = merged(rows)
    codes = list(fresh)
    for start in range(0, len(codes), _CHUNK):
        chunk = codes[start : start + _CHUNK]
        known = {
            row.sha256: _row(row) for row in connection.execute(select(question).where(question.c.sha256.in_(chunk)))
        }
        added = [{"sha256": code, **_values(fresh[code])} for code in chunk if code not in known]
        if added:
            connection.execute(insert(question), added)
        for code, earlier in known.items():
            values = _values(fresh[code].after(earlier))
            connection.execute(update(question).where(question.c.sha256 == code).values(values))
    _prune(connection, most)


def _prune(connection: Connection, most: int) -> None:
    held = int(connection.execute(select(func.count()).select_from(question)).scalar_one())
    if held <= most:
        return
    # A miss tells more than a hit, an old question less than a new one.
    value = question.c.asked + 2 * question.c.missed
    last = (
        select(question.c.sha256).order_by(value, question.c.last_at, question.c.sha256).limit(held - int(most * _KEEP))
    )
    doomed = list(connection.execute(last).scalars())
    for start in range(0, len(doomed), _CHUNK):
        connection.execute(delete(question).where(question.c.sha256.in_(doomed[start : start + _CHUNK])))


def frequent(connection: Connection, limit: int, since: int | None = None) -> list[QuestionRow]:
    """The questions asked most often, most often first."""
    query = (
        select(question).order_by(question.c.asked.desc(), question.c.last_at.desc(), question.c.sha256).limit(limit)
    )
    if since is not None:
        query = query.where(question.c.last_at >= since)
    return [_row(row) for row in connection.execute(query)]


def missed(connection: Connection, limit: int, since: int | None = None) -> list[QuestionRow]:
    """The questions for which nothing good was found, most often first."""
    query = (
        select(question)
        .where(question.c.missed > 0)
        .order_by(question.c.missed.desc(), question.c.last_at.desc(), question.c.sha256)
        .limit(limit)
    )
    if since is not None:
        query = query.where(question.c.last_at >= since)
    return [_row(row) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    """How many questions are held."""
    return int(connection.execute(select(func.count()).select_from(question)).scalar_one())


def _values(row: QuestionRow) -> dict[str, object]:
    return {
        "text": row.text[:_TEXT_LENGTH],
        "platform": None if row.platform is None else row.platform[:_PLATFORM_LENGTH],
        "source": row.source[:_SOURCE_LENGTH],
        "asked": row.asked,
        "missed": row.missed,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "top_clause": row.top_clause,
        "score": row.score,
    }


def _row(row: Row[tuple[object, ...]]) -> QuestionRow:
    return QuestionRow(
        row.text,
        row.platform,
        row.source,
        row.asked,
        row.missed,
        row.first_at,
        row.last_at,
        row.top_clause,
        row.score,
    )
