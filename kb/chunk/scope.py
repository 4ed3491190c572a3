"""What is said of a clause narrows what is said of its document, and never widens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.chunk.drafts import ClauseDraft
from kb.models import AUDIENCES, Audience, DroppedText

_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Scoped:
    """The drafts that have a place in the document, those that have none, and what its keeper should look at."""

    drafts: tuple[ClauseDraft, ...]
    outside: tuple[DroppedText, ...]
    warnings: tuple[str, ...]


def within(
    drafts: Sequence[ClauseDraft], platform: str | None, category: str | None, audience: Audience | None
) -> Scoped:
    """Leaves out clauses of another platform or other goods than the document was declared for (None: declared for
    all), and opens none to more readers than it was."""
    kept: list[ClauseDraft] = []
    outside: list[DroppedText] = []
    warnings: list[str] = []
    for draft in drafts:
        reason = _elsewhere("platform", draft.platform, platform) or _elsewhere("category", draft.category, category)
        if reason:
            outside.append(DroppedText(reason=reason, text=draft.text[:_EXCERPT], line=1))
            continue
        if audience and draft.audience and AUDIENCES.index(draft.audience) < AUDIENCES.index(audience):
            warnings.append(
                f"{draft.text[:20]}…: audience {draft.audience} is wider than the document's, taken as {audience}"
            )
            draft = replace(draft, audience=audience)
        kept.append(draft)
    return Scoped(tuple(kept), tuple(outside), (*warnings, *_repeated_anchors(kept)))


def _elsewhere(field: str, own: str | None, declared: str | None) -> str:
    return f"{field} {own} 不在文件的 {field} {declared} 之内" if own and declared and own != declared else ""


def _repeated_anchors(drafts: Sequence[ClauseDraft]) -> list[str]:
    seen: set[str] = set()
    found = []
    for draft in drafts:
        if draft.anchor and draft.anchor in seen:
            found.append(f"anchor {draft.anchor} stands twice; the first one is found by it")
        seen.add(draft.anchor or "")
    return found
