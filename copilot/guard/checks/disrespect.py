"""Blame, mockery, threats and orders."""

from copilot.guard.checks.rules import RuleCheck


class DisrespectCheck(RuleCheck):
    """Its patterns decide; nothing can back such a phrase."""
