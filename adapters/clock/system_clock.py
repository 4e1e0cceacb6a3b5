"""Tells the machine's own time."""

import time

__all__ = ["SystemClock"]


class SystemClock:
    """A ``Clock`` that tells the time of this machine. Thread-safe."""

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()
