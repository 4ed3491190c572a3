"""Comparison of versions: word by word, clause by clause, and what an editor is shown by default."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import DocumentNotFound, VersionNotFound
from kb.life_models import ClauseChange, DocumentDiff
from kb.review.diff import spans
from kb.service import KnowledgeBase

_WORDS = st.lists(
    st.sampled_from(["退款", "7", "15", "天", "，", "客服", "JD", "3.5", "元", "不", "运费由商家承担", " "]),
    max_size=14,
).map("".join)


@given(_WORDS, _WORDS)
def test_spans_lead_from_one_text_to_the_other(before: str, after: str) -> None:
    found = spans(before, after)
    assert "".join(span.text for span in found if span.op != "insert") == before
    assert "".join(span.text for span in found if span.op != "delete") == after
    assert all(span.text for span in found)
    pairs = list(pairwise(found))
    assert all(left.op != right.op for left, right in pairs)
    assert all((left.op, right.op) != ("insert", "delete") for left, right in pairs)
    assert all(span.op == "equal" for span in spans(before, before))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("签收后7天内可以退货。", "签收后15天内可以退货。", "签收后[7|15]天内可以退货。"),
        ("运费由顾客承担。", "运费由商家承担。", "运费由[顾客|商家]承担。"),
        ("满100.00元免运费", "满99.00元免运费", "满[100.00|99.00]元免运费"),
        ("三日内退款", "收到后五个工作日内退款", "[三|收到后五个工作]日内退款"),
        ("支持退货", "支持退货，生鲜除外", "支持退货[|，生鲜除外]"),
    ],
)
def test_changed_words_are_whole(before: str, after: str, shown: str) -> None:
    told = ""
    for span in spans(before, after):
        told += {"equal": "{}", "delete": "[{}|", "insert": "{}]"}[span.op].format(span.text)
        if span.op == "insert" and told.count("[") < told.count("]"):
            told = told.removesuffix(f"{span.text}]") + f"[|{span.text}]"
    assert told == shown


def _document(**sections: str) -> bytes:
    parts = [f"## {name} {{#{name}}}\n\n{text}\n" for name, text in sections.items()]
    return ("# 须知\n\n" + "\n".join(parts)).encode()


def _versions(base: KnowledgeBase, *texts: bytes, **fields: Any) -> str:
    for text in texts:
        document = base.add_text("须知.md", text, kind="policy", actor="editor", **fields).document_id
    return document


def _by_anchor(diff: DocumentDiff) -> dict[str | None, ClauseChange]:
    return {change.anchor: change for change in diff.clauses}


def test_clauses_are_added_removed_changed_and_moved(lexical: KnowledgeBase) -> None:
    first = _document(
        a="第一条的内容。", b="运费由顾客承担。", c="第三条的内容。", d="第四条的内容。", e="第五条的内容。"
    )
    second = _document(c="第三条的内容。", a="第一条的内容。", b="运费由商家承担。", d="第四条的内容。", f="新的规定。")
    diff = lexical.diff(_versions(lexical, first, second))
    assert (diff.from_version, diff.to_version, diff.unchanged) == (1, 2, 2)
    kinds = {anchor: change.kind for anchor, change in _by_anchor(diff).items()}
    assert kinds == {"b": "changed", "c": "moved", "e": "removed", "f": "added"}
    changed = _by_anchor(diff)["b"]
    assert [(span.op, span.text) for span in changed.spans] == [
        ("equal", "运费由"), ("delete", "顾客"), ("insert", "商家"), ("equal", "承担。"),
    ]  # fmt: skip
    assert not changed.moved
    assert _by_anchor(diff)["e"].before == "第五条的内容。"
    assert _by_anchor(diff)["f"].after == "新的规定。"


def test_a_clause_that_was_moved_and_edited_is_no_new_one(lexical: KnowledgeBase) -> None:
    first = "# 须知\n\n## 时效\n\n签收后7天内可以申请退货退款。\n\n## 运费 {#freight}\n\n运费由顾客承担。\n".encode()
    second = "# 须知\n\n## 运费 {#freight}\n\n运费由顾客承担。\n\n## 时效\n\n签收后15天内可以申请退货退款。\n".encode()
    diff = lexical.diff(_versions(lexical, first, second))
    [change] = [change for change in diff.clauses if change.kind != "moved"]
    assert change.kind == "changed"
    assert change.before == "签收后7天内可以申请退货退款。"
    assert all(entry.kind in ("changed", "moved") for entry in diff.clauses)


def test_what_is_said_about_a_version_is_compared_too(lexical: KnowledgeBase) -> None:
    text = "---\ntitle: {title}\nowner: {owner}\n---\n### 条 {{#x}}\n内容不变。\n"
    for title, owner, audience in (("旧名", "甲", "customer"), ("新名", "乙", "agent")):
        data = text.format(title=title, owner=owner).encode()
        report = lexical.add_text("须知.md", data, kind="policy", audience=audience, category=owner, actor="editor")  # type: ignore[arg-type]
    diff = lexical.diff(report.document_id)
    assert (diff.clauses, diff.unchanged) == ((), 1)
    assert {(change.field, change.before, change.after) for change in diff.metadata} == {
        ("title", "旧名", "新名"), ("audience", "customer", "agent"), ("category", "甲", "乙"),
        ("metadata.owner", "甲", "乙"),
    }  # fmt: skip


def test_by_default_the_latest_is_compared_with_what_is_in_force(lexical: KnowledgeBase) -> None:
    document = _versions(lexical, _document(a="一。"))
    first = lexical.diff(document)
    assert (first.from_version, first.to_version) == (None, 1)
    assert [change.kind for change in first.clauses] == ["added"]
    lexical.publish(document, actor="admin", administrator=True)
    _versions(lexical, _document(a="二。"), _document(a="三。"))
    shown = lexical.diff(document)
    assert (shown.from_version, shown.to_version) == (1, 3)
    lexical.publish(document, 3, actor="admin", administrator=True)
    assert (lexical.diff(document).from_version, lexical.diff(document).to_version) == (2, 3)
    assert (lexical.diff(document, to_version=2).from_version) == 1
    back = lexical.diff(document, 3, 1)
    assert (back.from_version, back.to_version) == (3, 1)
    assert lexical.diff(document, 2, 2).clauses == ()
    with pytest.raises(VersionNotFound, match="9"):
        lexical.diff(document, 9)
    with pytest.raises(DocumentNotFound, match="doc_x"):
        lexical.diff("doc_x")
