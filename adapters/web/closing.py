"""Tells everything that lasts, such as sockets and event streams, that the server is about to end."""

import threading
from collections.abc import Callable

__all__ = ["ServerClosing"]


class ServerClosing:
    """The two steps of the end: it is announced; when the last texts have been told, it begins. Thread-safe.

    Each step is taken once and for all; whoever registered for it is called then, or at once if it is past.
    """

    def __init__(self) -> None:
        self._announcement = _Step()
        self._beginning = _Step()

    @property
    def is_announced(self) -> bool:
        """Whether the end is announced: sessions are being stopped, and their last events are still to be told."""
        return self._announcement.is_taken

    @property
    def is_begun(self) -> bool:
        """Whether the end has begun: nothing more is to be told, so everything that lasts ends."""
        return self._beginning.is_taken

    def announce(self) -> None:
        """Announce the end; idempotent. Callbacks are called on this thread and must not wait."""
        self._announcement.take()

    def begin(self) -> None:
        """Begin the end, announced or not; idempotent. Callbacks are called on this thread and must not wait."""
        self._announcement.take()
        self._beginning.take()

    def on_announcement(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Call ``tell`` when the end is announced; returns a function that cancels this."""
        return self._announcement.on_taken(tell)

    def on_begin(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Call ``tell`` when the end begins; returns a function that cancels this."""
        return self._beginning.on_taken(tell)


class _Step:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = threading.Event()
        self._told: dict[object, Callable[[], None]] = {}

    @property
    def is_taken(self) -> bool:
        return self._taken.is_set()

    def take(self) -> None:
        with self._lock:
            if self._taken.is_set():
                return
            self._taken.set()
            told = tuple(self._told.values())
            self._told.clear()
        for tell in told:
            tell()

    def on_taken(self, tell: Callable[[], None]) -> Callable[[], None]:
        key = object()
        with self._lock:
            if not self._taken.is_set():
                self._told[key] = tell
                return lambda: self._forget(key)
        tell()
        return lambda: None

    def _forget(self, key: object) -> None:
        with self._lock:
            self._told.pop(key, None)
