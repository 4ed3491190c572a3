"""What the splitter hands on, and how a stretch of text becomes one draft or several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kb.chunk.split import last_sentence, pieces
from kb.models import Audience

# An answer or an anchored section stays one clause up to this length: beyond it no reader takes it for one statement.
WHOLE_LIMIT = 1200


@dataclass(frozen=True, slots=True)
class ClauseDraft:
    """A clause before it has an id. `heads` are the headings that stand between the previous clause and
    this one.

    `questions` are wordings in which people ask for the clause: searched, never quoted. `platform`, `audience`
    and `category` narrow the document's own scope for this clause alone (a row of an FAQ sheet).
    """

    text: str
    section_path: tuple[str, ...] = ()
    anchor: str | None = None
    context: str = ""
    heads: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    platform: str | None = None
    audience: Audience | None = None
    category: str | None = None


def append(drafts: list[ClauseDraft], heads: list[str], found: Sequence[ClauseDraft]) -> None:
    """Adds what was found; the headings that waited for a clause go to its first one."""
    if not found:
        return
    drafts.append(replace(found[0], heads=(*heads, *found[0].heads)))
    drafts.extend(found[1:])
    heads.clear()


def in_pieces(text: str, path: tuple[str, ...], context: str, anchor: str | None = None) -> list[ClauseDraft]:
    """A text as one clause or several; each later piece has the end of the one before it as context."""
    drafts: list[ClauseDraft] = []
    previous = context
    for part in pieces(text):
        drafts.append(
            ClauseDraft(text=part.strip(), section_path=path, context=previous, anchor=anchor if not drafts else None)
        )
        previous = last_sentence(part)
    return drafts


def whole(body: str, path: tuple[str, ...], context: str = "", anchor: str | None = None) -> list[ClauseDraft]:
    """A text that is one clause, unless it is far beyond any clause's length."""
    if not body.strip():
        return []
    if len(body.strip()) <= WHOLE_LIMIT:
        return [ClauseDraft(text=body.strip(), section_path=path, context=context, anchor=anchor)]
    return in_pieces(body, path, context, anchor)


def asked(drafts: Iterable[ClauseDraft], questions: Sequence[str]) -> list[ClauseDraft]:
    """The drafts with further wordings, none of them twice."""
    return [replace(draft, questions=tuple(dict.fromkeys((*draft.questions, *questions)))) for draft in drafts]
