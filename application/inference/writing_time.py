"""The clock by which waiting texts are measured: it runs only while a text is being written."""

__all__ = ["WritingTime"]


class WritingTime:
    """The total time spent on writing texts, in seconds of any clock. Not thread-safe."""

    def __init__(self) -> None:
        self._total_seconds = 0.0
        self._began_at: float | None = None

    def begin(self, now: float) -> None:
        """Note that a text is begun."""
        self._began_at = now

    def end(self, now: float) -> float:
        """Note that the text is written; returns how long it took."""
        total = self.until(now)
        seconds, self._total_seconds, self._began_at = total - self._total_seconds, total, None
        return seconds

    def until(self, now: float) -> float:
        """The time spent up to now, including the text that is being written."""
        return self._total_seconds + (0.0 if self._began_at is None else now - self._began_at)
