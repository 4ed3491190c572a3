"""The steps of every version's life, append-only."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from kb.life_models import ReviewStep
from kb.store.moments import moment, seconds
from kb.store.tables import review

ACTOR_LENGTH = 128


def record(connection: Connection, step: ReviewStep) -> None:
    """Adds a step."""
    connection.execute(
        insert(review).values(
            document_id=step.document_id,
            version=step.version,
            action=step.action,
            actor=step.actor,
            at=seconds(step.at),
            note=step.note,
            waived=step.waived,
        )
    )


def history(connection: Connection, document_id: str) -> list[ReviewStep]:
    """All steps of a document, oldest first."""
    query = select(review).where(review.c.document_id == document_id).order_by(review.c.id)
    return [
        ReviewStep(
            document_id=row.document_id,
            version=row.version,
            action=row.action,
            actor=row.actor,
            at=moment(row.at),
            note=row.note,
            waived=row.waived,
        )
        for row in connection.execute(query)
    ]


def submitter(connection: Connection, document_id: str, number: int) -> str | None:
    """Who handed the version in last."""
    query = (
        select(review.c.actor)
        .where(review.c.document_id == document_id, review.c.version == number, review.c.action == "submit")
        .order_by(review.c.id.desc())
        .limit(1)
    )
    found: str | None = connection.execute(query).scalar()
    return found
