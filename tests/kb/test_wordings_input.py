"""Wordings that cannot be used are named and change nothing."""

import pytest

from kb.errors import ClauseNotFound, InvalidMetadata
from kb.service import KnowledgeBase


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        (["好", ""], r"texts\.1"), (["字" * 301], r"texts\.0"), (["两\n行"], r"texts\.0"), (["\x00"], r"texts\.0"),
        ([f"问法{number}" for number in range(41)], "41"),
    ],
)  # fmt: skip
def test_wordings_that_cannot_be_used_are_named(lexical: KnowledgeBase, texts: list[str], named: str) -> None:
    report = lexical.add_text("a.md", "### 甲\n甲的内容。".encode(), kind="faq", actor="t")
    [clause] = lexical.clauses(report.document_id)
    with pytest.raises(InvalidMetadata, match=named):
        lexical.set_wordings(clause.clause_id, texts, actor="t")
    assert lexical.wordings(clause.clause_id).added == ()
    with pytest.raises(ClauseNotFound, match="cl_x"):
        lexical.set_wordings("cl_x", ["好"], actor="t")
    with pytest.raises(ClauseNotFound, match="cl_x"):
        lexical.wordings("cl_x")
