"""Joins what the log holds of a session with what is published of it, to be taken at the reader's own pace."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, Protocol

from realtime_mlx_stt.domain.events import SessionFailed, SessionInterrupted, SessionStopped
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["EventStream", "SessionReader"]

MOST_WAITING: Final = 1000
"""So many published events wait for a slow reader; those behind them it reads from the log."""

_PAGE_EVENTS: Final = 200
_ENDS: Final = (SessionStopped, SessionFailed, SessionInterrupted)


class SessionReader(Protocol):
    """What can read a session's log again: an ``EventStore``."""

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        """The session's events behind ``after_seq`` in order.

        Raises:
            EventStoreError: it could not be read.
        """
        ...


class EventStream:
    """A session's events ``after_seq + 1`` and on: those of the past, then live, without hole or double.

    One thread takes; ``close`` may be called on any. Publishing never waits for the reader, however slow it is, and
    the memory it costs is bounded. ``on_news`` is called on the publishing thread whenever there may be something
    to take, and must be quick.

    An event that was published before the stream began and is not stored yet, because the store fails, cannot be
    read. Then nothing is handed over until the first event that is stored again: by then those before it are
    stored too, and the log is read once more. When the session ends first, what was heard live is handed over
    behind the hole, which shows in ``seq``.
    """

    def __init__(
        self,
        reader: SessionReader,
        bus: EventBus,
        session_id: SessionId,
        after_seq: int = 0,
        on_news: Callable[[], None] | None = None,
    ) -> None:
        self._reader = reader
        self._session_id = session_id
        self._next_seq = max(after_seq, 0) + 1
        self._on_news = on_news
        self._changed = threading.Condition()
        self._page: deque[StoredEvent] = deque()
        self._published: deque[StoredEvent] = deque()
        self._has_news = True
        self._is_behind = True
        self._is_over = False
        self._subscription = bus.subscribe(self._hear, session_id)

    @property
    def is_over(self) -> bool:
        """Whether nothing comes any more: the session's last event has been taken, or the stream is closed."""
        return self._is_over

    def take(self) -> StoredEvent | None:
        """The next event if there is one by now.

        Raises:
            EventStoreError: the past could not be read; it is tried again with the next event that is published.
        """
        with self._changed:
            has_news, self._has_news = self._has_news, False
            if self._is_over:
                return None
        stored = self._next(has_news)
        if stored is None:
            return None
        self._has_news = True
        self._next_seq = stored.seq + 1
        if isinstance(stored.event, _ENDS):
            self.close()
        return stored

    def wait(self, timeout_seconds: float | None = None) -> StoredEvent | None:
        """The next event, waiting for it; None after the timeout, and when the stream is over.

        Raises:
            EventStoreError: as ``take`` does.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while (stored := self.take()) is None and not self._is_over:
            patience = None if deadline is None else max(0.0, deadline - time.monotonic())
            with self._changed:
                if not self._changed.wait_for(lambda: self._has_news or self._is_over, patience):
                    return None
        return stored

    def close(self) -> None:
        """Hand over nothing more, and wake up who waits; idempotent."""
        self._subscription.cancel()
        with self._changed:
            self._is_over = True
            self._published.clear()
            self._changed.notify_all()
        self._tell_of_news()

    def _hear(self, stored: StoredEvent) -> None:
        with self._changed:
            if len(self._published) < MOST_WAITING or isinstance(stored.event, _ENDS):
                self._published.append(stored)
            else:
                self._is_behind = True
            self._has_news = True
            self._changed.notify_all()
        self._tell_of_news()

    def _tell_of_news(self) -> None:
        if self._on_news is not None:
            self._on_news()

    def _next(self, has_news: bool) -> StoredEvent | None:
        stored = self._next_read() or self._next_published()
        if stored is None and has_news and self._must_read():
            self._read_page()
            stored = self._next_read() or self._next_published()
        return stored or self._next_behind_hole()

    def _next_read(self) -> StoredEvent | None:
        return self._page.popleft() if self._page else None

    def _next_published(self) -> StoredEvent | None:
        """The published event that follows; those that were read from the log before are dropped."""
        with self._changed:
            while self._published and self._published[0].seq < self._next_seq:
                self._published.popleft()
            if self._published and self._published[0].seq == self._next_seq:
                return self._published.popleft()
            return None

    def _must_read(self) -> bool:
        """Whether the log may hold what follows: events did not fit, or there is a hole and the store works."""
        with self._changed:
            return self._is_behind or any(stored.position for stored in self._published) or self._has_end()

    def _read_page(self) -> None:
        with self._changed:
            self._is_behind = False
        try:
            self._page.extend(islice(self._reader.read(self._session_id, self._next_seq - 1), _PAGE_EVENTS))
        except BaseException:
            self._is_behind = True
            raise
        if len(self._page) == _PAGE_EVENTS:
            self._is_behind = True

    def _next_behind_hole(self) -> StoredEvent | None:
        """The next published event though one before it is missing: the session is over, and it will not come."""
        with self._changed:
            return self._published.popleft() if self._has_end() else None

    def _has_end(self) -> bool:
        return bool(self._published) and isinstance(self._published[-1].event, _ENDS)
