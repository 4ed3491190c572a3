"""The life of a document on the command line, as a shop's administrator lives it."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from copilot.cli.main import main

FIRST = "# 退货须知\n\n## 运费 {#freight}\n\n因尺码不合适退货的，退回运费由顾客承担。\n"
SECOND = FIRST.replace("顾客", "商家") + "\n## 时效\n\n签收后7天内可以申请。\n"


class Shell:
    """Runs `copilot` on one home as its entry point does; `told` is what standard error got."""

    def __init__(self, patch: pytest.MonkeyPatch, streams: pytest.CaptureFixture[bytes]) -> None:
        self.patch = patch
        self._streams = streams
        self.told = ""

    def __call__(self, *arguments: str, code: int = 0, text: str = "") -> str:
        self.patch.setattr(sys, "argv", ["copilot", *arguments])
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._streams.readouterr()
        self.told = err.decode()
        assert ended.value.code == code, self.told
        return out.decode()

    def lines(self, *arguments: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self(*arguments, "--jsonl").splitlines()]


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Shell]:
    monkeypatch.setenv("COPILOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COPILOT_EMBEDDINGS", "none")
    yield Shell(monkeypatch, capsysbinary)
    structlog.reset_defaults()  # it would go on writing to this test's standard error


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "退货须知.md"
    path.write_text(FIRST, encoding="utf-8")
    return path


def test_review_diff_and_rollback(shell: Shell, file: Path) -> None:
    [report] = shell.lines("kb", "add", str(file), "--kind", "policy", "--shop", "旗舰店", "--category", "服装")
    document = str(report["document_id"])
    shell("kb", "submit", document, "--note", "请审", "--valid-from", "2026-01-01")
    shell("kb", "approve", document, code=1)
    assert "[self_review]" in shell.told
    assert "COPILOT_KB_SOLO" in shell.told
    shell.patch.setenv("COPILOT_KB_SOLO", "true")
    assert shell.lines("kb", "approve", document)[0]["state"] == "approved"
    assert "单人模式" in shell.told
    shell("kb", "publish", document)
    assert "未经" not in shell.told

    file.write_text(SECOND, encoding="utf-8")
    added = shell("kb", "add", str(file), "--kind", "policy", "--shop", "旗舰店", "--title", "新须知", "--publish")
    assert added.split()[-1] == document
    assert "未经审核" in shell.told
    shown = shell("kb", "diff", document)
    assert "新增 1，删除 0，修改 1，移动 0，未变 0" in shown
    assert "因尺码不合适退货的，退回运费由[-顾客-]{+商家+}承担。" in shown
    assert "title：退货须知 → 新须知" in shown
    [diff] = shell.lines("kb", "diff", document, "--from", "2", "--to", "1")
    assert (diff["from_version"], diff["to_version"]) == (2, 1)

    assert "已回到 v1" in shell("kb", "rollback", document)
    request = ("kb", "search", "退回运费谁承担", "--kind", "policy", "--operator", "merchant")
    assert "由顾客承担" in shell(*request, "--shop", "旗舰店", "--category", "服装")
    assert "由顾客承担" not in shell(*request, "--shop", "别家店")
    history = shell("kb", "show", document, "--history")
    for word in ("请审", "设置有效期", "单人模式，未经他人审核", "管理员发布，未经审核", "恢复使用"):
        assert word in history
    assert [step["waived"] for step in shell.lines("kb", "show", document, "--history")].count("admin") == 1
    assert "商家承担" in shell("kb", "show", document, "--version", "2")
    shell("doctor")


def test_archive_retire_wordings_and_impact(shell: Shell, file: Path) -> None:
    document = shell("kb", "add", str(file), "--kind", "policy", "--publish").split()[-1]
    clause = str(shell.lines("kb", "show", document)[0]["clause_id"])
    shell("kb", "wordings", clause, "--add", "邮费谁掏", "--add", "寄回去要钱吗")
    [worded] = shell.lines("kb", "wordings", clause, "--set", "寄件费算谁的")
    assert [entry["text"] for entry in worded["added"]] == ["寄件费算谁的"]  # type: ignore[attr-defined]
    messages = [{"role": "customer", "text": "尺码不合适想退货，退回运费谁承担"}]
    shell("suggest", "--json", text=json.dumps({"id": "T-77", "messages": messages}))
    [cited] = shell.lines("kb", "impact", clause)
    assert (cited["ticket_id"], cited["standing"], cited["version"]) == ("T-77", "in_force", 1)
    shell("kb", "archive", document, "--note", "活动结束")
    assert "退货须知" not in shell("kb", "list")
    assert "已归档" in shell("kb", "list", "--all")
    assert "T-77" in shell("kb", "impact", document, "--version", "1", "--since", "2020-01-01")
    shell("kb", "retire", document)
    assert shell.lines("kb", "impact", document)[0]["standing"] == "withdrawn"
    shell("kb", "rollback", document, code=1)
    assert "[invalid_state]" in shell.told


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("kb", "diff", "doc_none"), 1, "doc_none"),
        (("kb", "impact", "cl_none"), 1, "cl_none"),
        (("kb", "submit", "doc_none", "--valid-from", "2026-02-30"), 2, "2026-02-30"),
        (("kb", "reject", "doc_none"), 2, "--note"),
        (("kb", "wordings", "cl_none", "--add", "甲", "--set", "乙"), 1, "--set"),
        (("kb", "search", "运费", "--kind", "poem"), 1, "kinds"),
        (("kb", "add", ".", "--title", "同名"), 1, "--title"),
    ],
)
def test_bad_arguments_are_named(shell: Shell, arguments: tuple[str, ...], code: int, named: str) -> None:
    assert shell(*arguments, code=code) == ""
    assert named in shell.told
