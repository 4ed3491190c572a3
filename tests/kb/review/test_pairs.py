"""Contradictions are found, and hard pairs that only look like one are left alone."""

import pytest

from tests.kb.review.pairs import figures, rows


@pytest.mark.parametrize(("split", "least"), [("dev", 0.95), ("kept", 0.85)])
def test_precision_and_recall(split: str, least: float) -> None:
    judged = rows(split)
    found = figures(judged)
    assert len(judged) >= 40
    assert found.precision >= least, found.wrong
    assert found.recall >= least, found.wrong
