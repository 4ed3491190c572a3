"""Absolute or unmeasurable claims about goods and service: patterns alone decide."""

from copilot.guard.checks.rules import RuleCheck


class AbsoluteClaimCheck(RuleCheck):
    """Its patterns decide; nothing can back such a phrase."""
