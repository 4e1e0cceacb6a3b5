"""Keeps the log in a SQLite database: one row per event, shared by any number of threads and processes."""

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from weakref import WeakSet

from realtime_mlx_stt.adapters.event_store.sqlite_errors import translated
from realtime_mlx_stt.adapters.event_store.sqlite_file import open_database, open_for_reading, wipe_log
from realtime_mlx_stt.application.log.codec import EventCodec
from realtime_mlx_stt.domain.events import SessionEvent, TranscriptRevised
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import (
    EventStoreError,
    SequenceConflictError,
    SessionSummary,
    StoredEvent,
)

__all__ = ["SqliteEventStore"]

_PAGE_EVENTS: Final = 500
"""How many events are read at a time: a long log is never in memory as a whole, and no reader keeps writers
waiting.
"""

_INSERT: Final = "INSERT INTO events (session_id, seq, type, version, recorded_at, data) VALUES (?, ?, ?, ?, ?, ?)"
_DELETE: Final = "DELETE FROM events WHERE session_id = ?"
_LAST_SEQ: Final = "SELECT coalesce(max(seq), 0) FROM events WHERE session_id = ?"
_COLUMNS: Final = "session_id, seq, position, recorded_at, type, version, data"
_SESSION_PAGE: Final = f"SELECT {_COLUMNS} FROM events WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
_PAGE: Final = f"SELECT {_COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
_SESSIONS: Final = """
    SELECT session_id, count, first.recorded_at, last.recorded_at, coalesce(
        (
            SELECT type FROM events AS telling
            WHERE telling.session_id = first.session_id AND type <> ?
            ORDER BY seq DESC LIMIT 1
        ),
        last.type
    )
    FROM (
        SELECT session_id, count(*) AS count, min(seq) AS first_seq, max(seq) AS last_seq
        FROM events GROUP BY session_id
    )
    JOIN events AS first USING (session_id)
    JOIN events AS last USING (session_id)
    WHERE first.seq = first_seq AND last.seq = last_seq
    ORDER BY first.position
"""
"""The part that counts reads the index alone, so that the listing costs little however long the sessions are."""

_LARGEST_INTEGER: Final = 2**63 - 1
"""The largest number that SQLite can hold."""

_Row = tuple[str, int, int, float, str, int, str]


class SqliteEventStore:
    """An ``EventStore`` in the file at ``path``, which is made with its folder when it is not there. Thread-safe.

    An append is one transaction in the write-ahead log: what it returned survives the death of the program at any
    instant. After a power cut the last moments may be missing, never a part of an append (``synchronous=NORMAL``).
    With ``is_read_only`` nothing is made or changed, and the file may be where nothing can be written.

    Raises:
        EventStoreError: the file cannot be opened, is another program's, is damaged, or is of a newer version;
            it is left as it was.
    """

    def __init__(self, path: Path, *, is_read_only: bool = False) -> None:
        self._path = path
        self._codec = EventCodec()
        self._lock = threading.Lock()
        self._database = open_for_reading(path) if is_read_only else open_database(path)
        _FORK.watch(self)

    def append(
        self, session_id: SessionId, after_seq: int, events: Sequence[SessionEvent], recorded_at: float
    ) -> tuple[StoredEvent, ...]:
        """Store the events as ``after_seq + 1`` and on, all or none.

        Raises:
            SequenceConflictError: the session does not end at ``after_seq``.
            EventStoreError: it could not be written.
        """
        rows = [(event, self._encoded(event)) for event in events]
        with self._lock, translated(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._check_end(session_id, after_seq)
                stored = tuple(
                    self._insert(session_id, after_seq + number, event, data, recorded_at)
                    for number, (event, data) in enumerate(rows, start=1)
                )
                self._database.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        return stored

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        """The session's events behind ``after_seq`` in order."""
        while page := self._page(_SESSION_PAGE, (session_id, _place(after_seq), _PAGE_EVENTS)):
            yield from page
            after_seq = page[-1].seq

    def read_all(self, after_position: int = 0) -> Iterator[StoredEvent]:
        """Every session's events behind ``after_position``, in the order in which they were stored."""
        while page := self._page(_PAGE, (_place(after_position), _PAGE_EVENTS)):
            yield from page
            after_position = page[-1].position

    def sessions(self) -> tuple[SessionSummary, ...]:
        """All sessions, the oldest first."""
        with self._lock, translated(self._path):
            rows = self._database.execute(_SESSIONS, (TranscriptRevised.type,)).fetchall()
        return tuple(
            SessionSummary(
                session_id=SessionId(session_id),
                events=events,
                first_recorded_at=first,
                last_recorded_at=last,
                last_type=last_type,
            )
            for session_id, events, first, last, last_type in rows
        )

    def delete(self, session_id: SessionId) -> bool:
        """Delete all events of the session, or none; whether there were any.

        Their bytes are overwritten in the file; in the log beside it as soon as nobody reads there any more.

        Raises:
            EventStoreError: it could not be written; all events are there.
        """
        with self._lock, translated(self._path):
            deleted = self._database.execute(_DELETE, (session_id,)).rowcount
            if deleted:
                wipe_log(self._database)
        return deleted > 0

    def close(self) -> None:
        """Close the file; idempotent. Nothing can be read or written afterwards."""
        with self._lock:
            self._database.close()

    def _encoded(self, event: SessionEvent) -> str:
        try:
            return self._codec.encode(event).decode()
        except UnicodeEncodeError as error:
            raise EventStoreError(
                f"An event {event.type} holds what is no text and cannot be stored ({error})."
            ) from error

    def _check_end(self, session_id: SessionId, after_seq: int) -> None:
        (last_seq,) = self._database.execute(_LAST_SEQ, (session_id,)).fetchone()
        if last_seq != after_seq:
            raise SequenceConflictError(
                f"The log of session {session_id} ends at {last_seq}, not at {after_seq}: "
                "another writer appended to it."
            )

    def _insert(
        self, session_id: SessionId, seq: int, event: SessionEvent, data: str, recorded_at: float
    ) -> StoredEvent:
        values = (session_id, seq, event.type, event.version, recorded_at, data)
        position = self._database.execute(_INSERT, values).lastrowid
        return StoredEvent(
            session_id=session_id, seq=seq, position=position or 0, recorded_at=recorded_at, event=event
        )

    def _roll_back(self) -> None:
        """Undo what was begun; after a full disk SQLite has done so already."""
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _page(self, query: str, values: tuple[object, ...]) -> list[StoredEvent]:
        with self._lock, translated(self._path):
            rows: list[_Row] = self._database.execute(query, values).fetchall()
        return [self._stored(row) for row in rows]

    def _stored(self, row: _Row) -> StoredEvent:
        session_id, seq, position, recorded_at, type_name, version, data = row
        return StoredEvent(
            session_id=SessionId(session_id),
            seq=seq,
            position=position,
            recorded_at=recorded_at,
            event=self._codec.decode(type_name, version, data.encode()),
        )


class _Fork:
    """Lets a process fork only while it is not inside SQLite, and closes the databases in the child.

    A connection must not be used on both sides of a fork, nor may the child open the file beside it: SQLite would
    take its parent's locks for the child's. Closing there leaves the file as it is, since the parent has it open.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stores: WeakSet[SqliteEventStore] = WeakSet()
        self._held: list[SqliteEventStore] = []

    def watch(self, store: SqliteEventStore) -> None:
        with self._lock:
            self._stores.add(store)

    def begin(self) -> None:
        self._lock.acquire()
        self._held = list(self._stores)
        for store in self._held:
            store._lock.acquire()

    def go_on(self) -> None:
        for store in self._held:
            store._lock.release()
        self._held = []
        self._lock.release()

    def begin_anew(self) -> None:
        for store in self._held:
            store._database.close()
        self._stores.clear()
        self.go_on()


_FORK: Final = _Fork()
os.register_at_fork(before=_FORK.begin, after_in_parent=_FORK.go_on, after_in_child=_FORK.begin_anew)


def _place(after: int) -> int:
    """The place as a number that SQLite can hold, with the same events before and after it."""
    return max(0, min(after, _LARGEST_INTEGER))
