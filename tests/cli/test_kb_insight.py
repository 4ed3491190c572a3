"""kb conflicts, gaps and ask on the command line: readable text, or one JSON object a line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from copilot.bootstrap import Services
from copilot.cli.context import CliContext
from copilot.cli.kb import insight
from copilot.errors import BadRequest, NotFound
from copilot.insight import Insights

IN_FORCE = "# 规则\n### 退货期限\n商品签收后7天内，外观完好的，可以申请无理由退货。\n"
DRAFT = (
    "# 新规则\n### 无理由退货\n买家收到商品之日起十五日内，外观完好的，支持无理由退货。特价商品拆封后一律不退不换。\n"
)
app = typer.Typer()
insight.register(app)


class Given(CliContext):
    """A context over services that are open already."""

    def __init__(self, home: Path, services: Services) -> None:
        super().__init__(home)
        self._services = services

    @contextmanager
    def services(self, *, read_only: bool = False) -> Iterator[Services]:  # type: ignore[override]
        yield self._services


@pytest.fixture
def insights(empty: Services) -> Iterator[Insights]:
    made = empty.insights
    yield made
    made.close()


@pytest.fixture
def draft(empty: Services) -> str:
    empty.knowledge.add_text("规则.md", IN_FORCE.encode(), kind="policy", publish=True, actor="local")
    return empty.knowledge.add_text("新规则.md", DRAFT.encode(), kind="faq", actor="local").document_id


def run(services: Services, home: Path, *arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(app, arguments, obj=Given(home, services), input=text)


def objects(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("insights")
def test_conflicts_of_a_version(empty: Services, tmp_path: Path, draft: str) -> None:
    result = run(empty, tmp_path, "conflicts", draft, "--version", "1")
    assert result.exit_code == 0, result.output
    for words in ("矛盾：1 处", "【十五日】", "【7天】", "以后一条为准", "制度优先于常见问题", "违法拒绝", "一律不退"):
        assert words in result.stdout
    (review,) = objects(run(empty, tmp_path, "conflicts", draft, "--jsonl"))
    assert review.keys() == {"review", "forbidden"}


@pytest.mark.usefixtures("insights", "draft")
def test_conflicts_of_everything(empty: Services, tmp_path: Path) -> None:
    assert "0 处矛盾" in run(empty, tmp_path, "conflicts").stdout
    empty.knowledge.add_text("新规则.md", DRAFT.encode(), kind="faq", publish=True, actor="local")
    assert "1 处矛盾" in run(empty, tmp_path, "conflicts").stdout
    assert len(objects(run(empty, tmp_path, "conflicts", "--jsonl"))) == 1


@pytest.mark.usefixtures("draft")
def test_gaps_and_a_draft(empty: Services, tmp_path: Path, insights: Insights) -> None:
    assert "没有发现" in run(empty, tmp_path, "gaps").stdout
    for text in ("礼品卡过期了还能用吗", "礼品卡过期能不能用"):
        insights._insight.asked(text, platform="jd", source="search", top=None, score=0, confident=False)
    shown = run(empty, tmp_path, "gaps", "--min-count", "2").stdout
    assert "2 次，平台 jd" in shown
    assert run(empty, tmp_path, "gaps", "--since", "2027-01-01", "--jsonl").stdout == ""
    assert "起草" in run(empty, tmp_path, "gaps", "--draft", "1").stdout
    missing = run(empty, tmp_path, "gaps", "--draft", "7")
    assert isinstance(missing.exception, NotFound)


@pytest.mark.usefixtures("insights", "draft")
def test_ask(empty: Services, tmp_path: Path) -> None:
    shown = run(empty, tmp_path, "ask", "签收后几天内可以申请无理由退货", "--as-of", "2026-06-01").stdout
    assert "7天内" in shown
    assert "[1] 《规则》v1" in shown
    assert "没有找到" in run(empty, tmp_path, "ask", "火星上怎样种土豆").stdout
    feed = '{"id": "a", "query": "无理由退货几天"}\n{broken\n'
    answers = run(empty, tmp_path, "ask", "--jsonl", text=feed)
    assert answers.exit_code == 3
    assert [line["id"] for line in objects(answers)] == ["a", None]


@pytest.mark.usefixtures("insights")
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ask",), "--jsonl"),
        (("ask", "退货", "--platform", "JD!"), "platform"),
        (("conflicts", "--version", "2"), "--version"),
    ],
)
def test_what_cannot_be_used_is_named(empty: Services, tmp_path: Path, arguments: tuple[str, ...], named: str) -> None:
    result = run(empty, tmp_path, *arguments)
    assert isinstance(result.exception, BadRequest)
    assert named in result.exception.message
