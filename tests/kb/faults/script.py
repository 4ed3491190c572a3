"""The work that is interrupted: every kind of step once, each acknowledged after its call has returned."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kb.models import IngestReport
from kb.service import KnowledgeBase
from kb.settings import KbSettings
from tests.kb.conftest import Clock
from tests.kb.fakes import FakeEmbedder

MODEL = "fake"


@dataclass
class Work:
    """Runs the script; `acknowledge(operation, fields)` is told of every step that is done."""

    home: Path
    acknowledge: Callable[[str, dict[str, Any]], None]
    clock: Clock = field(default_factory=Clock)

    def open(self) -> KnowledgeBase:
        settings = KbSettings(home=self.home / "home", solo=True)
        return KnowledgeBase.open(settings, embedder=FakeEmbedder(MODEL), clock=self.clock)

    def run(self) -> None:
        with self.open() as base:
            self.acknowledge("open", {})
            first = self._add(base, "甲", 1, publish=False)
            second = self._add(base, "乙", 1)
            for step in ("submit", "approve", "publish"):
                getattr(base, step)(first, actor="editor")
                self.acknowledge(step, {"document": first, "version": 1})
                self.clock.forward(hours=1)
            self._add(base, "甲", 2)
            self._wordings(base, second)
            self._add(base, "丙", 1, valid_to=date(2026, 1, 31))
            base.rollback(first, actor="editor")
            self.acknowledge("rollback", {"document": first, "version": 1})
            self.clock.forward(hours=1)
            self._add(base, "甲", 3, publish=False)
            documents = self._folder(base)
            base.retire(second, actor="editor")
            self.acknowledge("retire", {"document": second, "version": 1})
            base.archive(documents[0], actor="editor")
            self.acknowledge("archive", {"document": documents[0], "version": 1})
            base.retire(first, 2, actor="editor")
            self.acknowledge("retire", {"document": first, "version": 2})
            self.clock.forward(hours=1)
            base.rebuild()
            self.acknowledge("rebuild", {})
            self._add(base, "丁", 1)

    def _add(self, base: KnowledgeBase, name: str, version: int, *, publish: bool = True, **fields: Any) -> str:
        report = base.add_text(
            f"{name}.md", text(name, version).encode(), kind="policy", actor="writer", publish=publish, **fields
        )
        self._added(report, name, version, publish)
        self.clock.forward(hours=1)
        return report.document_id

    def _added(self, report: IngestReport, name: str, version: int, publish: bool) -> None:
        fields = {"document": report.document_id, "version": report.version, "name": name, "published": publish}
        assert report.version == version
        self.acknowledge("add", fields)

    def _folder(self, base: KnowledgeBase) -> list[str]:
        folder = self.home / "files"
        folder.mkdir(parents=True, exist_ok=True)
        names = ("戊", "己", "庚")
        for name in names:
            (folder / f"{name}.md").write_text(text(name, 1), encoding="utf-8")
        reports = base.add_path(folder, kind="policy", publish=True, actor="writer")
        by_name = {report.source_name: report for report in reports if isinstance(report, IngestReport)}
        for name in names:
            self._added(by_name[f"{name}.md"], name, 1, True)
        self.clock.forward(hours=1)
        return [by_name[f"{name}.md"].document_id for name in names]

    def _wordings(self, base: KnowledgeBase, document: str) -> None:
        clause = base.clauses(document)[0]
        base.set_wordings(clause.clause_id, ["谁掏寄回去的钱"], actor="editor")
        self.acknowledge("wordings", {"clause": clause.clause_id, "text": "谁掏寄回去的钱"})


def clause_texts(name: str, version: int) -> list[str]:
    """The clauses of a document's version; no two versions share a text."""
    return [
        f"{name}类商品第{version}版的退货运费由商家承担，客户不付。",
        f"{name}类商品第{version}版的退货期限是签收后第{version}周。",
        f"{name}类商品第{version}版的取件由仓库安排。",
    ]


def text(name: str, version: int) -> str:
    """The file."""
    first, second, third = clause_texts(name, version)
    return f"# {name}类规则\n## 运费\n{first}\n## 期限\n{second}\n## 取件\n{third}\n"
