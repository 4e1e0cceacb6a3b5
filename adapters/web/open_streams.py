"""Counts what stays open for long, sockets and event streams, so that there are never more than allowed."""

import threading

__all__ = ["OpenStreams"]


class OpenStreams:
    """How many are open now. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    @property
    def count(self) -> int:
        """How many are open."""
        with self._lock:
            return self._count

    def enter(self, most: int) -> bool:
        """Count one more, unless ``most`` are open; whoever was counted calls ``leave`` once."""
        with self._lock:
            if self._count >= most:
                return False
            self._count += 1
            return True

    def leave(self) -> None:
        """Count one less."""
        with self._lock:
            self._count -= 1
