"""Aftersales Copilot: classified, cited, compliant suggestions for after-sales agents."""

__version__ = "0.1.0"
