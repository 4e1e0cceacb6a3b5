"""The clock by which texts wait for others: it goes while texts are written, and stands while none is."""

__all__ = ["WritingTime"]


class WritingTime:
    """How long texts have been written, all in all, in seconds of any clock. Not thread-safe."""

    def __init__(self) -> None:
        self._total_seconds = 0.0
        self._began_at: float | None = None

    def begin(self, now: float) -> None:
        """A text is begun."""
        self._began_at = now

    def end(self, now: float) -> float:
        """It is written; what it took."""
        total = self.until(now)
        seconds, self._total_seconds, self._began_at = total - self._total_seconds, total, None
        return seconds

    def until(self, now: float) -> float:
        """All that was spent by now, the text that is being written included."""
        return self._total_seconds + (0.0 if self._began_at is None else now - self._began_at)
