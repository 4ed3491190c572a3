"""`make confirmed`: writes copilot/rulebook/data/confirmed.yaml, which says that the rows agree with kb/sample.

It lists the rows whose clauses changed since the file was last written: look at each before the file is committed.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from copilot.bootstrap import build
from copilot.cli.home_commands import load_sample
from copilot.rulebook.confirmed import ConfirmedFile
from copilot.rulebook.loader import DATA, load
from copilot.rulebook.source import read
from copilot.rules import confirmations_from
from copilot.settings import Settings

TARGET = DATA / "confirmed.yaml"
_HEAD = """\
# Written by `make confirmed` from kb/sample: the clause texts (SHA-256) that the verdict of each row of
# entitlements.yaml was confirmed against. A row whose clause in force has another text answers needs_approval.
"""


def main() -> None:
    before = read(TARGET, ConfirmedFile)

    with (
        tempfile.TemporaryDirectory() as folder,
        build(Settings(home=Path(folder) / "home", embeddings="none"), rulebook=load()) as services,
    ):
        load_sample(services)
        found = confirmations_from(services.rulebook, services.knowledge)
    for line in changes(before, found):
        print(line)
    TARGET.write_text(written(found), encoding="utf-8")


def changes(before: ConfirmedFile, after: ConfirmedFile) -> Iterator[str]:
    """The rows and anchors that are confirmed against other texts than before."""
    for row, anchors in after.rows.items():
        for anchor, texts in anchors.items():
            if texts != before.of(row, anchor):
                yield f"{row}: {anchor}"


def written(file: ConfirmedFile) -> str:
    """The file's text."""
    rows = {row: {anchor: list(texts) for anchor, texts in anchors.items()} for row, anchors in file.rows.items()}
    return _HEAD + yaml.safe_dump({"rows": rows}, allow_unicode=True, sort_keys=False, width=200)


if __name__ == "__main__":
    main()
