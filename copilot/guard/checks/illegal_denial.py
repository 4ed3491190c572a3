"""Refusals of a right that the law gives."""

from copilot.guard.checks.rules import RuleCheck


class IllegalDenialCheck(RuleCheck):
    """Its patterns decide; nothing can back such a phrase."""
