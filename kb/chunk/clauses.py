"""Text to clauses with their section path: every character lands in a clause, a heading or a wording, in order."""

from __future__ import annotations

from dataclasses import replace

from kb.chunk import markdown as markdown_sections
from kb.chunk import wordings
from kb.chunk.bound import join_exceptions
from kb.chunk.drafts import ClauseDraft, asked, whole
from kb.chunk.markdown import Section
from kb.chunk.numbered import numbered
from kb.chunk.paragraphs import holds_questions
from kb.chunk.titles import bare_question

__all__ = ["ClauseDraft", "split_clauses"]


def split_clauses(text: str, *, markdown: bool, title: str = "", faq: bool = False) -> list[ClauseDraft]:
    """The clauses of a cleaned document. A heading equal to `title` is not repeated in section paths.

    `faq`: every heading asks and what stands under it is one answer, also without a question mark.
    """
    drafts: list[ClauseDraft] = []
    pending: list[str] = []
    sections = markdown_sections.sections(text, title) if markdown else [_plain(text, title)]
    for section in sections:
        pending.extend(section.heads)
        body, notes = wordings.take(section.body)
        if not body.strip():
            body, notes = section.body, []  # wordings of nothing: they stay where a reader sees them
        if not body.strip():
            continue
        headed = markdown and bool(section.heads)
        found = wordings.give(_section(section, body, faq=faq, title=title), notes, headed=headed)
        found[0] = replace(found[0], heads=(*pending, *found[0].heads))
        pending = []
        drafts.extend(found)
    if pending:
        drafts.append(ClauseDraft(text=pending[-1], heads=tuple(pending[:-1])))
    return [
        replace(draft, section_path=tuple(name for name in draft.section_path if name != title)) for draft in drafts
    ]


def _section(section: Section, body: str, *, faq: bool, title: str) -> list[ClauseDraft]:
    """A section's clauses with what its heading says about all of them."""
    topic = not section.name or section.name == title or holds_questions(body)
    answer = section.question or (faq and not topic)
    if answer or section.scope.anchor:
        found = whole(body, section.path, anchor=section.scope.anchor)
    else:
        found = join_exceptions(numbered(body, section.path, faq=faq))
    if answer:
        found = asked(found, (bare_question(section.name),))
    scope = section.scope
    return [
        replace(draft, platform=scope.platform, audience=scope.audience, category=scope.category, tags=scope.tags)
        for draft in found
    ]


def _plain(text: str, title: str) -> Section:
    """Plain text as one section; its title at the very beginning is a heading."""
    bare = text.lstrip()
    if title and bare.startswith(title):
        return Section(heads=(title,), path=(), body=bare[len(title) :])
    return Section(heads=(), path=(), body=text)
