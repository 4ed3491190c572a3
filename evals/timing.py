"""Percentiles, rates and ratios of measured times, and the machine that they were measured on."""

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def timings(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds, the mean, and how many checks one after another take a second.

    Raises:
        ValueError: nothing was measured.
    """
    if not seconds:
        raise ValueError("no times were measured")
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99]) * 1000
    mean = float(np.mean(seconds))
    return {
        "p50_ms": round(float(p50), 4), "p95_ms": round(float(p95), 4), "p99_ms": round(float(p99), 4),
        "mean_ms": round(mean * 1000, 4), "per_second": round(1 / mean, 1), "n": len(seconds),
    }  # fmt: skip


def by_clock(wall: Sequence[Sequence[float]], processor: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Of the rounds of each reply: what the user waits, what one core works, and the fastest round of each reply.

    The last two tell what the program costs where other load makes it wait or slows the core.
    """
    return {
        **timings([second for rounds in wall for second in rounds]),
        "processor": timings([second for rounds in processor for second in rounds]),
        "fastest": timings([min(rounds) for rounds in wall]),
    }


def of_size(seconds: Mapping[str, Sequence[float]], size: int, kind: str = "") -> list[Sequence[float]]:
    """The rounds of each reply of that size, and of that kind where one is named; `kind-size-number` is its id."""
    found: list[Sequence[float]] = []
    for name, rounds in seconds.items():
        own_kind, own_size, _ = name.split("-")
        if own_size == str(size) and kind in ("", own_kind):
            found.append(rounds)
    return found


def ratio(other: float, ours: float) -> float:
    """How many times as long the other takes, to two significant places: such a figure holds no more."""
    return float(f"{other / ours:.2g}")


def machine() -> dict[str, object]:
    """Processor, cores and Python, and how many processes wanted a core over the last minute."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": platform.platform(), "processor": _processor(), "cores": usable,
        "python": platform.python_version(), "load_1_minute": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    if known.is_file():
        for line in known.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
