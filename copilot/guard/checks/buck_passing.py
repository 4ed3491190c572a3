"""Hiding behind rules, bosses, systems or other departments."""

from copilot.guard.checks.rules import RuleCheck


class BuckPassingCheck(RuleCheck):
    """Its patterns decide; nothing can back such a phrase."""
