"""Internal matter shown to the customer."""

from copilot.guard.checks.rules import RuleCheck


class InternalLeakCheck(RuleCheck):
    """Its patterns decide; nothing can back such a phrase."""
