"""Keeps when a connection's handler wants to be woken."""

import time
from typing import Final

from realtime_mlx_stt.adapters.web.websocket.wake_signal import WakeSignal

__all__ = ["WakeRequests"]


class WakeRequests:
    """What wakes a handler; for the connection's thread, except that any thread may set the signal.

    ``signal``: wakes it soon.
    """

    def __init__(self) -> None:
        self.signal: Final = WakeSignal()
        self._at = float("inf")
        self._is_due_when_drained = False

    @property
    def next_due_at(self) -> float:
        """When it is to be woken whatever happens, by the monotonic clock."""
        return self._at

    def add_within(self, seconds: float) -> None:
        """Wake it once within this time; the shortest such time counts."""
        self._at = min(self._at, time.monotonic() + seconds)

    def add_when_drained(self) -> None:
        """Wake it once when the network has taken all that was sent."""
        self._is_due_when_drained = True

    def take_due(self, now: float) -> bool:
        """Whether its time has come; that request is done then."""
        is_due = now >= self._at
        if is_due:
            self._at = float("inf")
        return is_due

    def take_drained(self) -> bool:
        """Whether it waits for what is the case now: all is taken; that request is done then."""
        is_due, self._is_due_when_drained = self._is_due_when_drained, False
        return is_due
