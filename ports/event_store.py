"""Defines the log: append-only, without gaps in a session, with positions that grow over the whole store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = [
    "EventStore",
    "EventStoreBusyError",
    "EventStoreCorruptError",
    "EventStoreError",
    "EventStoreFullError",
    "EventStoreVersionError",
    "SequenceConflictError",
    "SessionClaims",
    "SessionSummary",
    "StoredEvent",
]


class EventStoreError(PortError):
    """The log cannot be read or written."""

    code = "event-store"


class SequenceConflictError(EventStoreError):
    """Another writer appended to the session first; nothing of this append was stored."""

    code = "event-store-conflict"


class EventStoreFullError(EventStoreError):
    """The disk is full; nothing of this append was stored."""

    code = "event-store-full"


class EventStoreBusyError(EventStoreError):
    """Another program holds the database locked."""

    code = "event-store-busy"


class EventStoreCorruptError(EventStoreError):
    """The file is not a database of this product, or is damaged; it is left untouched."""

    code = "event-store-corrupt"


class EventStoreVersionError(EventStoreError):
    """The database was written by a newer version; it is left untouched."""

    code = "event-store-version"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event with its place: ``seq`` from 1 without gaps in its session, ``position`` over the whole store.

    ``recorded_at`` is the time of the append in seconds since 1970, UTC.
    """

    session_id: SessionId
    seq: int
    position: int
    recorded_at: float
    event: SessionEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One session at a glance.

    ``last_type`` is the wire name of its last event, which tells whether it is over. A `transcript-revised` may
    come at any time and does not tell that, so the event before it counts, unless there is no other.
    """

    session_id: SessionId
    events: int
    first_recorded_at: float
    last_recorded_at: float
    last_type: str


class EventStore(Protocol):
    """A log of all sessions: events are only appended, and only whole sessions are deleted.

    Thread-safe; several processes may share one.
    """

    def append(
        self, session_id: SessionId, after_seq: int, events: Sequence[SessionEvent], recorded_at: float
    ) -> tuple[StoredEvent, ...]:
        """Store the events as ``after_seq + 1`` and on, all or none; durable against a crash on return.

        Raises:
            SequenceConflictError: the session does not end at ``after_seq``.
            EventStoreError: it could not be written.
        """
        ...

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        """The session's events behind ``after_seq`` in order; none for an unknown session.

        Raises:
            EventStoreError: it could not be read.
        """
        ...

    def read_all(self, after_position: int = 0) -> Iterator[StoredEvent]:
        """Every session's events behind ``after_position``, in the order in which they were stored."""
        ...

    def sessions(self) -> tuple[SessionSummary, ...]:
        """All sessions, the oldest first."""
        ...

    def delete(self, session_id: SessionId) -> bool:
        """Delete all events of the session, or none; durable against a crash on return. Returns whether any were.

        Whoever is reading them gets a part of them from the beginning on. Their positions are not given again.
        Whether the session is running is for the caller to know: its next append would be a conflict.

        Raises:
            EventStoreError: it could not be written; all events are there.
        """
        ...


class SessionClaims(Protocol):
    """Tells a session that is running from one that a crash left open. A claim dies with its process."""

    def claim(self, session_id: SessionId) -> bool:
        """Claim the session for this process; False when a running process, this one included, holds it."""
        ...

    def release(self, session_id: SessionId) -> None:
        """Give the claim back; nothing happens without one."""
        ...
