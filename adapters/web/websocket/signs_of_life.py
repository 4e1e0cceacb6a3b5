"""Knows when a client is to be pinged, and when it has been silent for too long."""

import time
from typing import Final

__all__ = ["SignsOfLife"]

_PING_SECONDS: Final = 20.0


class SignsOfLife:
    """When a client was heard and pinged; times are those of the monotonic clock. For one thread.

    ``idle_seconds``: how long nothing at all may come.
    """

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._ping_seconds = min(_PING_SECONDS, idle_seconds / 3)
        self._heard_at = self._pinged_at = time.monotonic()

    @property
    def next_due_at(self) -> float:
        """When a ping is due, or the silence too long."""
        return min(self._pinged_at + self._ping_seconds, self._heard_at + self._idle_seconds)

    def heard(self) -> None:
        """Note that something came."""
        self._heard_at = time.monotonic()

    def are_missing(self, now: float) -> bool:
        """Whether nothing has come for too long."""
        return now >= self._heard_at + self._idle_seconds

    def take_due_ping(self, now: float) -> bool:
        """Whether a ping is due; it counts as sent then."""
        is_due = now >= self._pinged_at + self._ping_seconds
        if is_due:
            self._pinged_at = now
        return is_due
