"""What commands share: settings and services, opened when a command needs them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from copilot.errors import BadRequest
from copilot.settings import Settings

if TYPE_CHECKING:
    from copilot.bootstrap import Services


class CliContext:
    def __init__(self, home: Path | None) -> None:
        from pydantic import ValidationError

        try:
            self.settings = Settings(home=home) if home else Settings()
        except ValidationError as error:
            names = "; ".join(f"COPILOT_{str(p['loc'][0]).upper()}: {p['msg']}" for p in error.errors())
            raise BadRequest(f"a setting cannot be used: {names}") from error
        _log_to_standard_error(self.settings.log_level)

    def services(self, *, read_only: bool = False) -> Services:
        """Opens the home; the caller closes it."""
        from copilot.bootstrap import build

        return build(self.settings, read_only=read_only)


def _log_to_standard_error(level: str) -> None:
    # Standard output carries answers only.
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
