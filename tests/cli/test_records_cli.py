"""records export and purge as whole processes; runs over many lines stay out of the count of groups."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.test_cli import TICKET, copilot, lines


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("records") / "home"
    copilot(home, "suggest", "--jsonl", text=json.dumps(TICKET).encode())
    return home


def test_export(home: Path, tmp_path: Path) -> None:
    done = copilot(home, "records", "export", "--format", "csv", "-o", str(tmp_path / "r.csv"))
    assert done.stdout == b""
    [row] = csv.DictReader(io.StringIO((tmp_path / "r.csv").read_bytes().decode("utf-8-sig"), newline=""))
    assert (row["工单号"], row["负责人"]) == ("T-1", "一线客服")
    copilot(home, "records", "export", "--format", "xlsx", "--since", "2020-01-01", "-o", str(tmp_path / "r.xlsx"))
    assert (tmp_path / "r.xlsx").read_bytes().startswith(b"PK")


def test_what_cannot_be_exported_is_one_line(home: Path, tmp_path: Path) -> None:
    done = copilot(home, "records", "export", "--since", "soon", "-o", str(tmp_path / "r.csv"), code=1)
    assert done.stderr.startswith(b"error [bad_request]: since: must be a day")
    done = copilot(home, "records", "export", "-o", str(tmp_path / "no" / "r.csv"), code=1)
    assert b"cannot be written" in done.stderr


def test_purge_counts_until_it_is_told_to_remove(home: Path) -> None:
    [answer] = lines(copilot(home, "records", "purge", "--jsonl"))
    assert (answer["suggestions"], answer["removed"], answer["retention_days"]) == (0, False, 1095)
    [answer] = lines(copilot(home, "records", "purge", "--yes", "--jsonl"))
    assert answer["removed"] is True


def test_the_same_lines_give_the_same_answers(home: Path) -> None:
    def ticket(customer: int) -> bytes:
        order = {"items": [{"sku": "A1"}]}
        messages = [{"role": "customer", "text": "电饭煲不通电，坏了"}]
        return json.dumps({"customer": {"id": f"C{customer}"}, "order": order, "messages": messages}).encode()

    answers = lines(copilot(home, "suggest", "--jsonl", text=b"\n".join(ticket(number) for number in range(6))))
    assert all(answer["classification"]["risk_flags"] == [] for answer in answers)  # type: ignore[index]
    assert len({json.dumps(answer["classification"]) for answer in answers}) == 1
