"""Makes changes of one session happen one after the other, without delaying other sessions."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from realtime_mlx_stt.adapters.web.problems import RefusedRequestError
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["MOST_WAITING", "SessionLocks", "TooManyChangesError"]

MOST_WAITING: Final = 8
"""How many may hold one session or wait for it; each occupies a thread of the server meanwhile."""


class TooManyChangesError(RefusedRequestError):
    """Too many changes of one session wait for each other, or for the model that the first of them needs."""

    code = "too-many-changes"
    http_status = 429


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
        """Hold the session exclusively while the context lasts.

        Raises:
            TooManyChangesError: too many wait for that already.
        """
        with self._lock:
            lock, users = self._held.get(session_id, (threading.Lock(), 0))
            if users >= MOST_WAITING:
                raise TooManyChangesError("Too many changes of this session are being made; wait for those.")
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
