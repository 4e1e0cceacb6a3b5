"""How much this package logs; it touches no logger but its own, and nothing unless a program asks."""

import logging
import sys
from typing import Final

__all__ = ["enable_verbose_logging", "setup_minimal_logging"]

_PACKAGE: Final = "realtime_mlx_stt"
_FORMAT: Final = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"


def setup_minimal_logging(level: int = logging.ERROR) -> None:
    """Log only what is at least at ``level``."""
    logging.getLogger(_PACKAGE).setLevel(level)


def enable_verbose_logging() -> None:
    """Log from ``INFO`` on, and to stderr if the program has set up no logging of its own. Idempotent."""
    logger = logging.getLogger(_PACKAGE)
    logger.setLevel(logging.INFO)
    if not logger.hasHandlers():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(_FORMAT))
        logger.addHandler(handler)
