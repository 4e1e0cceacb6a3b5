"""A clock that is set by hand, and session names that count."""

import threading

from realtime_mlx_stt.domain.identifiers import SessionId


class ManualClock:
    """Stands still until it is told to go on."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self._now = now
        self._monotonic = 0.0

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._monotonic += seconds

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic


class CountingSessionIds:
    """``session-0001``, ``session-0002`` and so on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given = 0

    def new(self) -> SessionId:
        with self._lock:
            self._given += 1
            return SessionId(f"session-{self._given:04d}")
