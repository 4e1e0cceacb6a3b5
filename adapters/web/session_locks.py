"""Has what is done to one session done one after the other, and holds up no other session."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["SessionLocks"]


class SessionLocks:
    """A lock for each session that somebody holds or waits for. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[SessionId, tuple[threading.Lock, int]] = {}

    @property
    def held(self) -> int:
        """How many sessions are held now."""
        with self._lock:
            return len(self._held)

    @contextmanager
    def holding(self, session_id: SessionId) -> Iterator[None]:
        """Be the only one to hold the session while the context lasts."""
        with self._lock:
            lock, users = self._held.get(session_id, (threading.Lock(), 0))
            self._held[session_id] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            self._leave(session_id)

    def _leave(self, session_id: SessionId) -> None:
        with self._lock:
            lock, users = self._held[session_id]
            if users == 1:
                del self._held[session_id]
            else:
                self._held[session_id] = (lock, users - 1)
