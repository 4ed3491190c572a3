"""Text to clauses with their section path: every character lands in a clause or in a heading, in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kb.chunk import markdown as markdown_sections
from kb.chunk.markers import ARTICLE, RANKS, Marker, find_markers
from kb.chunk.split import TARGET, last_sentence, pieces
from kb.chunk.titles import is_heading, title_of
from kb.models import Audience

_QUESTION = re.compile(r"(?<=[？?])|\n")
_FRAGMENT = 60
_SHORT_ITEM = 25
_LINE_HEADING = 30
_ANCHORED_LIMIT = 1200


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


@dataclass(slots=True)
class _Node:
    """A marker with the text up to the next one, and what it encloses."""

    rank: int
    own: str
    marker_length: int
    children: list[_Node] = field(default_factory=list)

    def whole(self) -> str:
        return self.own + "".join(child.whole() for child in self.children)


def split_clauses(text: str, *, markdown: bool, title: str = "") -> list[ClauseDraft]:
    """The clauses of a cleaned document. A heading equal to `title` is not repeated in section paths."""
    drafts: list[ClauseDraft] = []
    pending: list[str] = []
    sections = markdown_sections.sections(text, title) if markdown else [_plain(text, title)]
    for section in sections:
        pending.extend(section.heads)
        body = section.body
        if not body.strip():
            continue
        found = (
            _whole(body, section.path, section.anchor)
            if section.anchor or section.question
            else _numbered(body, section.path)
        )
        found[0] = replace(found[0], heads=(*pending, *found[0].heads))
        pending = []
        drafts.extend(found)
    if pending:
        drafts.append(ClauseDraft(text=pending[-1], heads=tuple(pending[:-1])))
    return [
        replace(draft, section_path=tuple(name for name in draft.section_path if name != title)) for draft in drafts
    ]


def _plain(text: str, title: str) -> markdown_sections.Section:
    """Plain text as one section; its title at the very beginning is a heading."""
    bare = text.lstrip()
    if title and bare.startswith(title):
        return markdown_sections.Section(heads=(title,), path=(), anchor=None, question=False, body=bare[len(title) :])
    return markdown_sections.Section(heads=(), path=(), anchor=None, question=False, body=text)


def _whole(body: str, path: tuple[str, ...], anchor: str | None) -> list[ClauseDraft]:
    """An anchored section or an answer is one clause, unless it is far beyond any clause's length."""
    if len(body.strip()) <= _ANCHORED_LIMIT:
        return [ClauseDraft(text=body.strip(), section_path=path, anchor=anchor)]
    return _pieces(body, path, "", anchor=anchor)


def _numbered(body: str, path: tuple[str, ...]) -> list[ClauseDraft]:
    root = _tree(body, find_markers(body))
    drafts: list[ClauseDraft] = []
    heads: list[str] = []
    if root.own.strip():
        drafts.extend(_paragraphs(root.own, path))
    _emit_children(root, path, "", drafts, heads)
    if heads:
        drafts.append(ClauseDraft(text=heads[-1], section_path=path, heads=tuple(heads[:-1])))
    return drafts


def _tree(text: str, markers: list[Marker]) -> _Node:
    first = markers[0].start if markers else len(text)
    root = _Node(rank=-1, own=text[:first], marker_length=0)
    stack = [root]
    ends = [marker.start for marker in markers[1:]] + [len(text)]
    for marker, end in zip(markers, ends, strict=False):
        node = _Node(marker.rank, text[marker.start : end], marker.end - marker.start)
        while stack[-1].rank >= marker.rank:
            stack.pop()
        stack[-1].children.append(node)
        stack.append(node)
    return root


def _emit_children(
    node: _Node, path: tuple[str, ...], context: str, drafts: list[ClauseDraft], heads: list[str]
) -> None:
    group: list[_Node] = []
    for child in node.children:
        if _is_fragment(child) and sum(len(item.own) for item in group) + len(child.own) <= TARGET:
            group.append(child)
            continue
        _flush(group, path, context, drafts, heads)
        if _is_fragment(child):
            group.append(child)
        else:
            _emit(child, path, context, drafts, heads)
    _flush(group, path, context, drafts, heads)


def _is_fragment(node: _Node) -> bool:
    """A list item too short, or too unfinished, to stand alone. Articles and questions always stand alone."""
    if node.children or node.rank <= ARTICLE or node.rank == RANKS["question"]:
        return False
    text = node.own.strip()
    return len(text) < _SHORT_ITEM or text[-1] not in "。！？!?.”」）)"


def _flush(
    group: list[_Node], path: tuple[str, ...], context: str, drafts: list[ClauseDraft], heads: list[str]
) -> None:
    if not group:
        return
    if len(group) == 1:
        _emit(group[0], path, context, drafts, heads)
    else:
        _append(drafts, heads, _pieces("".join(item.own for item in group), path, context))
    group.clear()


def _emit(node: _Node, path: tuple[str, ...], context: str, drafts: list[ClauseDraft], heads: list[str]) -> None:
    first_line, _, rest = node.own.strip().partition("\n")
    if rest.strip() and is_heading(first_line) and len(first_line) <= _LINE_HEADING and node.rank != RANKS["question"]:
        heads.append(first_line.strip())
        node = replace(node, own=rest, marker_length=0)
        path = (*path, first_line.strip())
        if not node.children:
            _append(drafts, heads, _paragraphs(rest, path))
            return
    whole = node.whole()
    own_path = (*path, *_label(node))
    if not node.children:
        _append(drafts, heads, _pieces(whole, own_path, context))
        return
    lead = node.own.strip()
    heading = is_heading(lead) and (node.rank < ARTICLE or not lead.endswith(("：", ":")))
    if len(whole) <= TARGET and (not heading or all(_is_fragment(child) for child in node.children)):
        _append(drafts, heads, _pieces(whole, own_path, context))
    elif heading:
        heads.append(lead)
        _emit_children(node, (*path, lead), "", drafts, heads)
    else:
        _emit_announced(node, own_path, context, drafts, heads)


def _emit_announced(
    node: _Node, path: tuple[str, ...], context: str, drafts: list[ClauseDraft], heads: list[str]
) -> None:
    """A sentence with its items: what a colon announces keeps its first item, the others get it as
    context."""
    lead = node.own.strip()
    children = list(node.children)
    text = node.own
    if (
        lead.endswith(("：", ":"))
        and len(lead) <= TARGET
        and len(children[0].own) <= TARGET
        and not children[0].children
    ):
        text += children.pop(0).own
    _append(drafts, heads, _pieces(text, path, context))
    _emit_children(replace(node, children=children), path, last_sentence(lead), drafts, heads)


def _label(node: _Node) -> Iterable[str]:
    """The node's number and title as an element of the path; a bare number says nothing and is left out."""
    number = node.own[: node.marker_length].strip()
    if node.rank == ARTICLE:
        return (number,)
    if not number:
        return ()
    body = node.own[node.marker_length :].strip()
    if node.rank == RANKS["question"]:
        return (_QUESTION.split(body, maxsplit=1)[0].strip(),) if body else ()
    title = title_of(body)
    if not title:
        return ()
    return (
        (title,)
        if node.rank >= RANKS["question"] and number[:1] in "-–—•●◆■▪QqＱ问問"
        else (number + _gap(number) + title,)
    )


def _gap(number: str) -> str:
    return " " if number[-1:].isalnum() else ""


def _append(drafts: list[ClauseDraft], heads: list[str], found: list[ClauseDraft]) -> None:
    if not found:
        return
    drafts.append(replace(found[0], heads=(*heads, *found[0].heads)))
    drafts.extend(found[1:])
    heads.clear()


def _pieces(text: str, path: tuple[str, ...], context: str, anchor: str | None = None) -> list[ClauseDraft]:
    """A text as one clause or several; each later piece has the end of the one before it as context."""
    drafts: list[ClauseDraft] = []
    previous = context
    for part in pieces(text):
        drafts.append(
            ClauseDraft(text=part.strip(), section_path=path, context=previous, anchor=anchor if not drafts else None)
        )
        previous = last_sentence(part)
    return drafts


def _paragraphs(text: str, path: tuple[str, ...]) -> list[ClauseDraft]:
    """Unnumbered paragraphs: each its own clause, short ones together with the next, under their line
    headings."""
    drafts: list[ClauseDraft] = []
    heads: list[str] = []
    under = path
    lines = text.splitlines(keepends=True)
    block: list[str] = []
    for index, line in enumerate(lines):
        if _line_heading(lines, index):
            _append(drafts, heads, _blocks("".join(block), under))
            block = []
            heads.append(line.strip())
            under = (*path, line.strip())
        else:
            block.append(line)
    _append(drafts, heads, _blocks("".join(block), under))
    if heads:
        drafts.append(ClauseDraft(text=heads[-1], section_path=path, heads=tuple(heads[:-1])))
    return drafts


def _line_heading(lines: list[str], index: int) -> bool:
    """A short line without punctuation above a paragraph that has some."""
    line = lines[index].strip()
    if (
        not is_heading(line)
        or len(line) > _LINE_HEADING
        or line.endswith(("：", ":"))
        or line.startswith(("|", "(", "（", ">"))
    ):
        return False
    following = next((text.strip() for text in lines[index + 1 :] if text.strip()), "")
    return len(following) > max(len(line), _LINE_HEADING) and any(mark in following for mark in "。，；,;")


def _blocks(text: str, path: tuple[str, ...]) -> list[ClauseDraft]:
    blocks: list[str] = []
    for line in text.splitlines(keepends=True):
        if blocks and (
            not line.strip()
            or (
                (len(blocks[-1].strip()) < _FRAGMENT or len(line.strip()) < _FRAGMENT // 2)
                and len(blocks[-1]) + len(line) <= TARGET
            )
        ):
            blocks[-1] += line
        else:
            blocks.append(line)
    drafts: list[ClauseDraft] = []
    for block in blocks:
        drafts.extend(_pieces(block, path, last_sentence(drafts[-1].text) if drafts and len(block) > TARGET else ""))
    return drafts
