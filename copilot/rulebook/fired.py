"""Names of the playbook's parts that hold for a ticket, for the trace."""

from collections.abc import Iterator, Mapping
from typing import Any

from copilot.rulebook.models import Playbook


def playbook_rules(key: str, playbook: Playbook, view: Mapping[str, Any]) -> Iterator[str]:
    """`key` is issue_type/subtype. Sentences and acts have no ids of their own: they are counted from 1."""
    for need in playbook.needs:
        if need.when.holds(view):
            yield f"need:{key}.{need.field}"
    for number, say in enumerate(playbook.say, start=1):
        if say.holds(view):
            yield f"say:{key}.{number}"
    spoken = next((number for number, act in enumerate(playbook.acts, start=1) if act.when.holds(view)), None)
    if spoken is not None:
        yield f"act:{key}.{spoken}"
    for step in playbook.steps:
        if step.when.holds(view):
            yield f"step:{key}.{step.action}"
