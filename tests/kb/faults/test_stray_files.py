"""What a commit that died leaves in the lexical index's folder does not stop the next one."""

import json
from pathlib import Path

from kb.index.lexical import LexicalIndex
from kb.store.records import ClauseRow, PublishedDocument, Scope


def _document(text: str) -> PublishedDocument:
    scope = Scope("doc_a", 1, "标题", "a.md", "policy", None, None, "customer", None, None, ())
    rows = [ClauseRow(f"cl_{number}", number, None, ("节",), f"{text}{number}", "", "") for number in range(3)]
    return PublishedDocument("doc_a", [(f"{row.clause_id}@1", row, scope) for row in rows])


def test_a_stray_deletion_file_of_the_same_commit_is_cleared_away(tmp_path: Path) -> None:
    LexicalIndex(tmp_path).replace([_document("退货运费")])
    meta = json.loads((tmp_path / "meta.json").read_text())
    segment = meta["segments"][0]["segment_id"].replace("-", "")
    managed = set(json.loads((tmp_path / ".managed.json").read_text()))
    # Deletions are named after the commit's number, which counts operations from the last commit that succeeded.
    strays = {f"{segment}.{number}.del" for number in range(meta["opstamp"], meta["opstamp"] + 20)}
    for stray in strays:
        (tmp_path / stray).write_bytes(b"cut off")
    (tmp_path / ".managed.json").write_text(json.dumps(sorted(managed | strays)))
    index = LexicalIndex(tmp_path)
    index.replace([_document("换货取件")])
    assert index.search({"换货": 1.0}, 10)
    assert not index.search({"运费": 1.0}, 10)
    assert index.count() == 3
