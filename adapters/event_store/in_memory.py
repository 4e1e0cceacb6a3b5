"""Keeps the log in memory, for sessions that nobody wants to keep."""

import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from realtime_mlx_stt.domain.events import SessionEvent, TranscriptRevised
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import SequenceConflictError, SessionSummary, StoredEvent

__all__ = ["InMemoryEventStore", "InMemorySessionClaims"]


class InMemoryEventStore:
    """An ``EventStore`` that is gone with the program. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[StoredEvent] = []
        self._last_position = 0
        self._sessions: dict[SessionId, list[StoredEvent]] = {}

    def append(
        self, session_id: SessionId, after_seq: int, events: Sequence[SessionEvent], recorded_at: float
    ) -> tuple[StoredEvent, ...]:
        """Keep the events as ``after_seq + 1`` and on.

        Raises:
            SequenceConflictError: the session does not end at ``after_seq``.
        """
        with self._lock:
            log = self._sessions.get(session_id, [])
            if len(log) != after_seq:
                raise SequenceConflictError(
                    f"The log of session {session_id} ends at {len(log)}, not at {after_seq}: "
                    "another writer appended to it."
                )
            stored = tuple(
                StoredEvent(
                    session_id=session_id,
                    seq=after_seq + number,
                    position=self._last_position + number,
                    recorded_at=recorded_at,
                    event=event,
                )
                for number, event in enumerate(events, start=1)
            )
            if stored:
                self._sessions.setdefault(session_id, log).extend(stored)
                self._all.extend(stored)
                self._last_position = stored[-1].position
            return stored

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        """The session's events behind ``after_seq`` in order."""
        with self._lock:
            found = self._sessions.get(session_id, [])[max(after_seq, 0) :]
        return iter(found)

    def read_all(self, after_position: int = 0) -> Iterator[StoredEvent]:
        """Every session's events behind ``after_position``, in the order in which they were stored."""
        with self._lock:
            found = self._all[bisect_right(self._all, after_position, key=_position) :]
        return iter(found)

    def sessions(self) -> tuple[SessionSummary, ...]:
        """All sessions, the oldest first."""
        with self._lock:
            return tuple(_summary(log) for log in self._sessions.values())

    def delete(self, session_id: SessionId) -> bool:
        """Forget all events of the session; whether there were any."""
        with self._lock:
            if self._sessions.pop(session_id, None) is None:
                return False
            self._all = [stored for stored in self._all if stored.session_id != session_id]
            return True


class InMemorySessionClaims:
    """``SessionClaims`` for sessions that no other process can see. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claimed: set[SessionId] = set()

    def claim(self, session_id: SessionId) -> bool:
        """Claim the session; False when it is claimed already."""
        with self._lock:
            if session_id in self._claimed:
                return False
            self._claimed.add(session_id)
            return True

    def release(self, session_id: SessionId) -> None:
        """Give the claim back; nothing happens without one."""
        with self._lock:
            self._claimed.discard(session_id)


def _summary(log: Sequence[StoredEvent]) -> SessionSummary:
    return SessionSummary(
        session_id=log[0].session_id,
        events=len(log),
        first_recorded_at=log[0].recorded_at,
        last_recorded_at=log[-1].recorded_at,
        last_type=next((event.type for event in _telling(log)), log[-1].event.type),
    )


def _telling(log: Sequence[StoredEvent]) -> Iterator[SessionEvent]:
    """The events, the newest first, that tell what a session is doing."""
    return (stored.event for stored in reversed(log) if not isinstance(stored.event, TranscriptRevised))


def _position(stored: StoredEvent) -> int:
    return stored.position
