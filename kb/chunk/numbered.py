"""Numbered text as a tree of items, and the clauses that it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from kb.chunk.drafts import WHOLE_LIMIT, ClauseDraft, append, asked, in_pieces, whole
from kb.chunk.markers import ARTICLE, RANKS, Marker, find_markers
from kb.chunk.paragraphs import FRAGMENT, LINE_HEADING, paragraphs
from kb.chunk.split import TARGET, last_sentence
from kb.chunk.titles import bare_question, is_heading, is_question, title_of

_QUESTION = re.compile(r"(?<=[？?])|\n")
_AFTER_LIST = re.compile(r"\n[ \t　]*\n(?=[^\s|>])")
_SHORT_ITEM = 25
_LEADS = ("：", ":")
_DASH = RANKS["dash"]
# How much further in than its list an item stands that belongs to the item above it.
_NESTED = 2


@dataclass(slots=True)
class _Node:
    """A marker with the text up to the next one, and what it encloses. `indent` is None inside a line; `aside` is a
    paragraph behind a list that belongs to none of its items."""

    rank: int
    own: str
    marker_length: int
    indent: int | None = None
    aside: bool = False
    children: list[_Node] = field(default_factory=list)

    def whole(self) -> str:
        return self.own + "".join(child.whole() for child in self.children)


@dataclass(slots=True)
class _Output:
    """The clauses so far, and the headings that wait for the next one."""

    faq: bool
    drafts: list[ClauseDraft] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    def add(self, found: Sequence[ClauseDraft]) -> None:
        append(self.drafts, self.heads, found)


def numbered(body: str, path: tuple[str, ...], *, faq: bool = False) -> list[ClauseDraft]:
    """The clauses of a text whose items may be numbered at line starts or inside running text."""
    root = _tree(body, find_markers(body))
    out = _Output(faq)
    lead = _announcing(root)
    before = root.own[: len(root.own) - len(lead)]
    if before.strip():
        out.add(paragraphs(before, path, faq=faq))
    if lead:
        first = root.children[0].rank
        until = next((index for index, child in enumerate(root.children) if child.rank < first), len(root.children))
        listed = _Node(rank=first, own=lead, marker_length=0, children=root.children[:until])
        root.children = root.children[until:]
        if len(listed.whole()) <= TARGET:
            out.add(in_pieces(listed.whole(), path, ""))
        else:
            _announced(listed, path, "", out)
    _children(root, path, "", out)
    if out.heads:
        out.drafts.append(ClauseDraft(text=out.heads[-1], section_path=path, heads=tuple(out.heads[:-1])))
    return out.drafts


def _announcing(root: _Node) -> str:
    """The last paragraph before the first item, where it announces a list (`以下情形除外：`); empty otherwise."""
    if not root.children or root.children[0].rank <= ARTICLE or root.children[0].rank == RANKS["question"]:
        return ""
    if not root.own.rstrip().endswith(_LEADS):
        return ""
    return root.own[root.own.rstrip().rfind("\n") + 1 :]


def _tree(text: str, markers: list[Marker]) -> _Node:
    first = markers[0].start if markers else len(text)
    root = _Node(rank=-1, own=text[:first], marker_length=0)
    stack = [root]
    ends = [marker.start for marker in markers[1:]] + [len(text)]
    for marker, end in zip(markers, ends, strict=False):
        own, after = _own(text[marker.start : end], marker)
        node = _Node(marker.rank, own, marker.end - marker.start, _indent(text, marker))
        while stack[-1].rank >= marker.rank and not _inside(node, stack[-1]):
            stack.pop()
        stack[-1].children.append(node)
        stack.append(node)
        if after:  # takes the item's place: what follows the paragraph is no part of the item
            stack[-1] = _Node(_DASH, after, 0, aside=True)
            stack[-2].children.append(stack[-1])
    return root


def _own(text: str, marker: Marker) -> tuple[str, str]:
    """A bullet's own text, and a paragraph behind its list that belongs to no bullet."""
    match = _AFTER_LIST.search(text) if marker.rank == _DASH and marker.at_line_start else None
    return (text[: match.end()], text[match.end() :]) if match else (text, "")


def _indent(text: str, marker: Marker) -> int | None:
    if not marker.at_line_start:
        return None
    before = text[text.rfind("\n", 0, marker.start) + 1 : marker.start]
    return sum(4 if character == "\t" else 2 if character == "　" else 1 for character in before)


def _inside(node: _Node, other: _Node) -> bool:
    """Whether an item is set in below another one, whatever their numbers say."""
    return (
        node.indent is not None
        and other.indent is not None
        and other.rank > RANKS["question"]
        and node.rank > ARTICLE
        and node.indent >= other.indent + _NESTED
    )


def _children(node: _Node, path: tuple[str, ...], context: str, out: _Output) -> None:
    group: list[_Node] = []
    for child in node.children:
        if _is_fragment(child, out.faq) and sum(len(item.whole()) for item in group) + len(child.whole()) <= TARGET:
            group.append(child)
            continue
        _flush(group, path, context, out)
        if child.aside:
            out.add(paragraphs(child.own, path, faq=out.faq))
        elif _is_fragment(child, out.faq):
            group.append(child)
        else:
            _emit(child, path, context, out)
    _flush(group, path, context, out)


def _is_fragment(node: _Node, faq: bool) -> bool:
    """A list item too short, or too unfinished, to stand alone. Articles and questions always stand alone."""
    if node.rank <= ARTICLE or node.rank == RANKS["question"] or node.aside or _asks(node, faq):
        return False
    if node.children:
        return node.rank == _DASH and len(node.whole()) <= FRAGMENT
    text = node.own.strip()
    return len(text) < _SHORT_ITEM or text[-1] not in "。！？!?.”」）)"


def _flush(group: list[_Node], path: tuple[str, ...], context: str, out: _Output) -> None:
    if not group:
        return
    if len(group) == 1:
        _emit(group[0], path, context, out)
    else:
        out.add(in_pieces("".join(item.whole() for item in group), path, context))
    group.clear()


def _emit(node: _Node, path: tuple[str, ...], context: str, out: _Output) -> None:
    question = _asks(node, out.faq)
    if question and len(node.whole().strip()) <= WHOLE_LIMIT:
        out.add(asked(whole(node.whole(), (*path, question), context), (bare_question(question),)))
        return
    first_line, _, rest = node.own.strip().partition("\n")
    if (
        rest.strip()
        and is_heading(first_line)
        and len(first_line) <= LINE_HEADING
        and node.rank not in (RANKS["question"], _DASH)
    ):
        out.heads.append(first_line.strip())
        node = replace(node, own=rest, marker_length=0)
        path = (*path, first_line.strip())
        if not node.children:
            out.add(paragraphs(rest, path, faq=out.faq))
            return
    whole_text = node.whole()
    own_path = (*path, *_label(node))
    if not node.children:
        out.add(in_pieces(whole_text, own_path, context))
        return
    lead = node.own.strip()
    heading = is_heading(lead) and node.rank < _DASH and (node.rank < ARTICLE or not lead.endswith(_LEADS))
    if len(whole_text) <= TARGET and (not heading or all(_is_fragment(child, out.faq) for child in node.children)):
        out.add(in_pieces(whole_text, own_path, context))
    elif heading:
        out.heads.append(lead)
        _children(node, (*path, lead), "", out)
    else:
        _announced(node, own_path, context, out)


def _asks(node: _Node, faq: bool) -> str:
    """The question that an item opens with: `问：…？`, in a FAQ also `1. …？`; empty where it asks nothing."""
    if node.rank != RANKS["question"] and not (faq and node.rank > ARTICLE):
        return ""
    body = node.own[node.marker_length :].strip()
    question = _QUESTION.split(body, maxsplit=1)[0].strip() if body else ""
    return question if node.rank == RANKS["question"] or (is_question(question) and question != body) else ""


def _announced(node: _Node, path: tuple[str, ...], context: str, out: _Output) -> None:
    """A sentence with its items: what a colon or a bullet announces keeps its first item, the others get it as
    context."""
    lead = node.own.strip()
    children = list(node.children)
    text = node.own
    if (
        (lead.endswith(_LEADS) or node.rank == _DASH)
        and len(lead) <= TARGET
        and len(children[0].own) <= TARGET
        and not (children[0].children or children[0].aside)
    ):
        text += children.pop(0).own
    out.add(in_pieces(text, path, context))
    _children(replace(node, children=children), path, last_sentence(lead), out)


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
    title = title_of(body.partition("\n")[0] if node.rank == _DASH else body)
    if not title or (node.rank == _DASH and title == body.partition("\n")[0].strip() != body):
        return ()
    return (
        (title,)
        if node.rank >= RANKS["question"] and number[:1] in "-–—*+•●◆■▪QqＱ问問"
        else (number + _gap(number) + title,)
    )


def _gap(number: str) -> str:
    return " " if number[-1:].isalnum() else ""
