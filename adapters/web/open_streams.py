"""Counts and limits what stays open for long: sockets, event streams and waiting requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from realtime_mlx_stt.adapters.web.problems import TooManyStreamsError

__all__ = ["OpenStreams"]


class OpenStreams:
    """How many are open now. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How many are open now."""
        with self._lock:
            return self._count

    def enter(self, most: int) -> bool:
        """Count one more and return True, unless ``most`` are open; whoever was counted calls ``leave`` once."""
        with self._lock:
            if self._count >= most:
                return False
            self._count += 1
            return True

    def leave(self) -> None:
        """Count one fewer."""
        with self._lock:
            self._count -= 1
            self._lock.notify_all()

    def await_none(self, timeout_seconds: float) -> bool:
        """Wait until none is open; False after the timeout."""
        with self._lock:
            return self._lock.wait_for(lambda: self._count == 0, timeout_seconds)

    def enter_or_refuse(self, most: int) -> None:
        """Count one more, as ``enter`` does.

        Raises:
            TooManyStreamsError: as many as allowed are open.
        """
        if not self.enter(most):
            raise TooManyStreamsError(
                f"As many streams, sockets and requests that wait are open as this server allows ({most})."
            )

    @contextmanager
    def entered(self, most: int) -> Iterator[None]:
        """Count one more while the context lasts.

        Raises:
            TooManyStreamsError: as many as allowed are open.
        """
        self.enter_or_refuse(most)
        try:
            yield
        finally:
            self.leave()
