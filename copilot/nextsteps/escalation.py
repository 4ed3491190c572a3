"""Who answers for the ticket and who must know now, with every reason."""

from collections.abc import Mapping
from typing import Any

from copilot.domain.base import Model
from copilot.domain.suggestion import Route
from copilot.domain.vocabulary import Owner
from copilot.rulebook.models import EscalationFile

_ROUTINE = "常规诉求，由一线客服处理"


class Routing(Model):
    route: Route
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    """Anchors of the clauses behind the rules that fired."""


class Escalation:
    def __init__(self, file: EscalationFile) -> None:
        self._rows = file.rows

    def run(self, view: Mapping[str, Any]) -> Routing:
        """The first row with an owner sets it; every row that holds adds whom to notify and why."""
        fired = [row for row in self._rows if row.when.holds(view)]
        owner = next((row.owner for row in fired if row.owner is not None), Owner.FRONTLINE)
        notify = dict.fromkeys(party for row in fired for party in row.also_notify if party is not owner)
        reason = "；".join(dict.fromkeys(row.reason for row in fired)) or _ROUTINE
        return Routing(
            route=Route(owner=owner, also_notify=tuple(notify), reason=reason),
            rules=tuple(row.id for row in fired),
            sources=tuple(dict.fromkeys(row.source for row in fired)),
        )
