"""Provides the clock by which a file is played at a given speed."""

import threading
import time
from typing import Protocol

__all__ = ["Pacing", "RealTimePacing"]


class Pacing(Protocol):
    """Time that only goes forward, and a way to wait for a moment of it."""

    def now(self) -> float:
        """Seconds since some moment."""
        ...

    def wait_until(self, moment: float, stopped: threading.Event) -> bool:
        """Wait until ``now()`` is ``moment`` or later; False, at once, when ``stopped`` is set."""
        ...


class RealTimePacing:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def wait_until(self, moment: float, stopped: threading.Event) -> bool:
        """Wait until ``now()`` is ``moment`` or later; False, at once, when ``stopped`` is set."""
        return not stopped.wait(max(0.0, moment - time.monotonic()))
