"""Tells everything that goes on for long, sockets and event streams, that the server is about to end."""

import threading
from collections.abc import Callable

__all__ = ["ServerClosing"]


class ServerClosing:
    """Begun once and for all; whoever registered is called then, or at once if that is past. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = threading.Event()
        self._told: dict[object, Callable[[], None]] = {}

    @property
    def is_begun(self) -> bool:
        """Whether the server is about to end."""
        return self._begun.is_set()

    def begin(self) -> None:
        """Tell everybody; idempotent. Callbacks are called on this thread and must not wait."""
        with self._lock:
            if self._begun.is_set():
                return
            self._begun.set()
            told = tuple(self._told.values())
            self._told.clear()
        for tell in told:
            tell()

    def on_begin(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Call ``tell`` when the server is about to end; returns what forgets it again."""
        key = object()
        with self._lock:
            if not self._begun.is_set():
                self._told[key] = tell
                return lambda: self._forget(key)
        tell()
        return lambda: None

    def _forget(self, key: object) -> None:
        with self._lock:
            self._told.pop(key, None)
