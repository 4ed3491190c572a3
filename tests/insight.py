"""Services with the insight use cases on them."""

from copilot.bootstrap import Services
from copilot.guard.engine import Guard
from copilot.insight import Insights
from tests.conftest import fixed_clock
from tests.kb.review.wiring import insight_of


def with_insights(services: Services) -> Insights:
    """The insight use cases over these services; close them when done."""
    names = {name: rule.label for name, rule in services.rulebook.vocabulary.platforms.items()}
    made = Insights(
        insight_of(services.knowledge), services.knowledge, Guard(services.rulebook.compliance), services.engine,
        fixed_clock, names,
    )  # fmt: skip
    services.insights = made  # type: ignore[misc, attr-defined, unused-ignore]
    return made
