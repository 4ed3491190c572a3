"""The command line: the same use cases as the API."""

from copilot.cli.main import main

__all__ = ["main"]
