"""A clock for paced files that jumps to whatever moment is waited for."""

import threading

__all__ = ["ManualPacing"]


class ManualPacing:
    """Waits without waiting; ``moments`` are those that were waited for, counted from the first ``now``."""

    def __init__(self, lateness: dict[int, float] | None = None) -> None:
        self.moments: list[float] = []
        self._now = 1000.0
        self._lateness = {} if lateness is None else lateness
        """By how much the clock has run on when the n-th moment is waited for."""

    def now(self) -> float:
        return self._now

    def wait_until(self, moment: float, stopped: threading.Event) -> bool:
        self._now += self._lateness.get(len(self.moments), 0.0)
        self.moments.append(moment - 1000.0)
        self._now = max(self._now, moment)
        return not stopped.is_set()
