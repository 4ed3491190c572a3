"""Clauses for customers that promise or refuse what the compliance rules forbid, and the report that shows them."""

from pydantic import Field

from copilot.domain.base import Model
from copilot.domain.vocabulary import Category
from kb.insight_models import VersionReview


class ForbiddenPromise(Model):
    """A place in a clause that no reply could quote."""

    clause_id: str
    section_path: tuple[str, ...]
    category: Category
    rule: str
    start: int = Field(description="Code points of the clause's text, end exclusive")
    end: int
    quote: str
    message: str


class PublishReview(Model):
    """Everything a reviewer is shown before a version is published."""

    review: VersionReview
    forbidden: tuple[ForbiddenPromise, ...] = ()
