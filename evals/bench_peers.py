"""The same policy in guardrails-ai and NeMo Guardrails, in an environment of their own (`make bench-peers-env`).

They get the blocking patterns of the rulebook as plain regular expressions: our marks for amounts and times are written
out, and nothing normalises the text or judges scope for them.
"""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from copilot.domain.vocabulary import Severity
from copilot.guard.lexicon import Lexicon
from copilot.guard.tokens import MARKS, Kind
from copilot.rulebook.compliance import ComplianceRules
from evals.bench_texts import SIZES, Judged, Reply
from evals.stats import wilson
from evals.timing import by_clock, of_size, ratio

RUN = Path(__file__).parent / "peers" / "run.py"
_LIMIT = 1800
"""Seconds after which the peers are given up."""
_HAN = "零一二两三四五六七八九十百千万几半"
_WRITTEN: Mapping[Kind, str] = {
    "money": rf"[¥￥$]\s?\d[\d,.]*|(?:\d[\d,.]*|[{_HAN}]+)(?:元|块钱?|人民币|rmb)",
    "percent": rf"\d+(?:\.\d+)?%|百分之[{_HAN}]+",
    "multiple": rf"(?:\d+|[双{_HAN}]+)倍",
    "rate": rf"(?:\d+(?:\.\d)?|[{_HAN}]+)折|半价|对折",
    "points": rf"(?:\d+|[{_HAN}]+)个?(?:积分|京豆|淘金币|金币)",
    "duration": rf"(?:\d+|[{_HAN}]+)个?(?:工作日|自然日|小时|分钟|天|周|星期|月|年)(?:之内|以内|内)?",
    "moment": "今[天晚日]|明[天晚早日]|后天|当[天晚日]|次日|[本这下]周[一二三四五六日末]?|月[底初末]|(?:上|下|中)午|晚上",
    "full": "百分之?百|100%",
    "code": r"[0-9A-Za-z-]{10,}",
    "citation": r"\[\d{1,2}\]",
    "forfeit": rf"[假退损少错缺破慢坏晚][一1]赔(?:\d+|[{_HAN}]+)",
}
_MARKS = "".join(MARKS.values())
_MARK = re.compile(rf"\[([{_MARKS}]+)\]|([{_MARKS}])")
_BEHIND = re.compile(rf"\(\?<[!=][^()]*[{_MARKS}][^()]*\)")


def plain_patterns(rules: ComplianceRules) -> list[str]:
    """The patterns that block by themselves, as regular expressions over an ordinary text.

    Rules that only warn, or that need the ticket's entitlements, are left out: without scope or a ticket they would
    block good replies. So is what looks back at a value: written out, a value has no fixed width.
    """
    lexicon = Lexicon(rules.slots)
    patterns = [
        pattern
        for file in rules.files.values()
        for rule in file.rules
        if (rule.severity or file.severity) is Severity.BLOCK and not rule.only_with_entitlements
        for pattern in rule.patterns
    ]
    return [_MARK.sub(_written_out, _BEHIND.sub("", lexicon.expand(pattern))) for pattern in patterns]


def _written_out(match: "re.Match[str]") -> str:
    kinds = {mark: kind for kind, mark in MARKS.items()}
    return "(?:" + "|".join(_WRITTEN[kinds[mark]] for mark in match[1] or match[2]) + ")"


def measured(
    python: Path | None, policies: Mapping[str, Sequence[str]], replies: Sequence[Reply], cases: Sequence[Judged],
    rounds: int, ours: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """Each peer's times, how many times as long as ours they are, and what it blocked; else an `error`."""
    if python is None or not python.is_file():
        return {"error": "no environment; `make bench-peers-env` makes it"}
    try:
        answer = run(python, policies, replies, cases, rounds)
    except RuntimeError as error:
        return {"error": str(error)}
    found: dict[str, Any] = {key: answer[key] for key in ("python", "typer", "network_attempts")}
    found["by_name"] = {}
    for peer in answer["peers"]:
        times = _times(peer)
        found["by_name"][peer["name"]] = {
            "version": peer["version"], "interface": peer["interface"], "times": times,
            "times_as_long_as": {
                layers: {name: ratios(books[name], times[name]) for name in policies if name in books}
                for layers, books in ours.items()
            },
            "blocked": shares(cases, peer["blocked"]),
        }  # fmt: skip
    return found


def run(
    python: Path, policies: Mapping[str, Sequence[str]], replies: Sequence[Reply], cases: Sequence[Judged], rounds: int
) -> dict[str, Any]:
    """What the peers answered: times of the replies under every policy, and the cases blocked under the first.

    Raises:
        RuntimeError: they could not be run; says why in one line.
    """
    rows = [{"id": reply.id, "text": reply.text, "timed": True} for reply in replies]
    rows += [{"id": case.id, "text": case.text, "timed": False} for case in cases]
    with tempfile.TemporaryDirectory(prefix="copilot-peers-") as folder:
        home = Path(folder)
        (home / ".guardrailsrc").write_text("enable_metrics=false\n", encoding="utf-8")
        (home / "policies.json").write_text(json.dumps(policies, ensure_ascii=False), encoding="utf-8")
        command = [
            str(python.absolute()), str(RUN), "--policies", str(home / "policies.json"),
            "--judge", next(iter(policies)), "--rounds", str(rounds),
        ]  # fmt: skip
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        try:
            done = subprocess.run(
                command, input=text.encode(), capture_output=True, env=_environment(home), cwd=home, timeout=_LIMIT
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"the peers did not finish in {_LIMIT} s") from error
        except OSError as error:
            raise RuntimeError(f"{python}: {error.strerror}") from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(f"the peers failed with status {done.returncode}: {' '.join(last)}")
    answer: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
    return answer


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own, no telemetry, no download of price lists or models."""
    return {
        "PATH": os.environ.get("PATH", ""), "HOME": str(home), "LANG": "C.UTF-8", "PYTHONUTF8": "1",
        "OTEL_SDK_DISABLED": "true", "NEMO_GUARDRAILS_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HF_HUB_OFFLINE": "1",
    }  # fmt: skip


def _times(peer: Mapping[str, Any]) -> dict[str, Any]:
    """A peer's times by policy and size."""
    return {
        name: {
            "build_s": round(times["build_s"], 3),
            "yardstick_ms": yardstick_ms(times["yardstick"]),
            **{str(size): by_clock(of_size(times["wall"], size), of_size(times["processor"], size)) for size in SIZES},
        }
        for name, times in peer["policies"].items()
    }


def yardstick_ms(seconds: Sequence[float]) -> float:
    """The core at its fastest during the rounds."""
    return round(min(seconds) * 1000, 3)


def ratios(ours: Mapping[str, Any], peer: Mapping[str, Any]) -> dict[str, Any]:
    """By size: the peer's time divided by ours, over all rounds and over the fastest of each reply.

    The two run one after the other, and other load may slow the core for one of them: `fastest_p50` is in yardsticks
    of either.
    """
    slower = ours["yardstick_ms"] / peer["yardstick_ms"]
    pairs = [(str(size), ours[str(size)], peer[str(size)]) for size in SIZES]
    return {
        size: {
            **{name: ratio(times[name], own[name]) for name in ("p50_ms", "p95_ms")},
            "fastest_p50": ratio(times["fastest"]["p50_ms"] * slower, own["fastest"]["p50_ms"]),
        }
        for size, own, times in pairs
    }


def shares(cases: Iterable[Judged], blocked: Iterable[str]) -> dict[str, Any]:
    """By kind of case, how many replies were blocked: right for violations, a false alarm for the others."""
    hit = set(blocked)
    by_kind: dict[str, list[bool]] = {}
    for case in cases:
        by_kind.setdefault(case.kind, []).append(case.id in hit)
    return {
        kind: {"blocked": sum(members), "n": len(members), **wilson(sum(members), len(members)).as_dict()}
        for kind, members in sorted(by_kind.items())
    }
