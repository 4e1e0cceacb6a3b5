"""Describes this machine in one line."""

import platform
from pathlib import Path
from typing import Final

__all__ = ["describe_machine"]

_PROCESSORS: Final = Path("/proc/cpuinfo")


def describe_machine() -> str:
    """Its system, its processor where the system tells it, and the Python that runs."""
    return f"{platform.system()} {platform.machine()}, {_processor()}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = _PROCESSORS.read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} cores of {names[0]}" if names else "unknown processor"
