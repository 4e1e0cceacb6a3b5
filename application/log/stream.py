"""Joins a session's stored events with those that are published now; the reader takes them at its own pace."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice, takewhile
from typing import Final, Protocol

from realtime_mlx_stt.domain.events import SESSION_ENDS, TranscriptRevised
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["EventStream", "SessionReader"]

MOST_WAITING: Final = 1000
"""How many published events wait for a slow reader; it reads later ones from the log."""

_PAGE_EVENTS: Final = 200
_MAY_FOLLOW_AN_END: Final = (*SESSION_ENDS, TranscriptRevised)
_READ_TRIES: Final = 3
"""How often the log is read in vain, although nothing happens, before events that are missing at the end are given
up.
"""

_RETRY_SECONDS: Final = 0.2


class SessionReader(Protocol):
    """Whatever can read a session's log again: an ``EventStore``."""

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        """The session's events behind ``after_seq`` in order.

        Raises:
            EventStoreError: it could not be read.
        """
        ...


class EventStream:
    """A session's events from ``after_seq + 1`` on: the past ones, then the live ones, without gaps or repetitions.

    One thread takes; ``close`` may be called on any. Publishing never waits for the reader, however slow it is, and
    the memory used is bounded. ``on_news`` is called on the publishing thread whenever there may be something to
    take, and must be quick.

    An event that was published before the stream began and is not stored yet, because the store fails, cannot be
    read. Then nothing is handed over until the first event that is stored again: by then those before it are stored
    too, and the log is read once more. If the session ends first, the events that were heard live are handed over
    without the missing ones, which shows in ``seq``; a log that cannot be read is tried three times before that.

    Where ``after_seq`` is at the session's end or behind it, nothing is handed over and the stream is over as soon
    as that is known. It is also over when the session was deleted before it was read to its end.
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
        self._taken: StoredEvent | None = None
        self._may_begin_behind_end = after_seq > 0
        self._on_news = on_news
        self._changed = threading.Condition()
        self._page: deque[StoredEvent] = deque()
        self._published: deque[StoredEvent] = deque()
        self._has_news = True
        self._is_behind = True
        self._has_read_after_end = False
        self._failed_tries = 0
        self._retry_at = 0.0
        self._is_over = False
        self._subscription = bus.subscribe(self._hear, session_id)

    @property
    def is_over(self) -> bool:
        """Whether nothing comes any more: the session's last event has been taken, or the stream is closed."""
        return self._is_over

    def take(self) -> StoredEvent | None:
        """The next event if there is one by now.

        Raises:
            EventStoreError: the past could not be read; it is tried again with the next two calls, and with the
                next event that is published.
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
        self._taken = stored
        if isinstance(stored.event, SESSION_ENDS):
            self.close()
        return stored

    def wait(self, timeout_seconds: float | None = None) -> StoredEvent | None:
        """The next event, waiting for it; None after the timeout, and when the stream is over.

        Raises:
            EventStoreError: as ``take`` does; the next call tries again after a pause.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        if not self._pause(deadline):
            return None
        while (stored := self.take()) is None and not self._is_over:
            patience = None if deadline is None else max(0.0, deadline - time.monotonic())
            with self._changed:
                if not self._changed.wait_for(lambda: self._has_news or self._is_over, patience):
                    return None
        return stored

    def close(self) -> None:
        """Hand over nothing more, and wake the reader; idempotent."""
        self._subscription.cancel()
        with self._changed:
            self._is_over = True
            self._published.clear()
            self._changed.notify_all()
        self._tell_of_news()

    def _hear(self, stored: StoredEvent) -> None:
        with self._changed:
            if len(self._published) < MOST_WAITING or isinstance(stored.event, SESSION_ENDS):
                self._published.append(stored)
            else:
                self._is_behind = True
            if isinstance(stored.event, SESSION_ENDS):
                self._failed_tries = 0
            self._has_news = True
            self._changed.notify_all()
        self._tell_of_news()

    def _pause(self, deadline: float | None) -> bool:
        """Pause before a store that has just failed is asked again; False if the deadline is sooner."""
        until = self._retry_at if deadline is None else min(deadline, self._retry_at)
        with self._changed:
            self._changed.wait_for(lambda: self._is_over, max(0.0, until - time.monotonic()))
        return until == self._retry_at

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
        """The published event that follows; those that were already read from the log are dropped.

        The session's end is the last event of all. If it is dropped, the stream began behind the end, and is
        closed.
        """
        with self._changed:
            dropped = None
            while self._published and self._published[0].seq < self._next_seq:
                dropped = self._published.popleft()
            if self._published and self._published[0].seq == self._next_seq:
                return self._published.popleft()
        if dropped is not None and isinstance(dropped.event, SESSION_ENDS):
            self.close()
        return None

    def _must_read(self) -> bool:
        """Whether the log may hold what follows: events did not fit, or there is a hole and the store works."""
        with self._changed:
            if self._is_over:
                return False
            return self._is_behind or any(stored.position for stored in self._published) or self._has_end()

    def _read_page(self) -> None:
        with self._changed:
            self._is_behind = False
            has_end = self._has_end()
        try:
            if self._may_begin_behind_end and self._begins_behind_end():
                self.close()
                return
            self._may_begin_behind_end = False
            self._page.extend(islice(self._reader.read(self._session_id, self._next_seq - 1), _PAGE_EVENTS))
            is_deleted = not self._page and self._is_deleted()
        except BaseException:
            self._note_failed_try()
            raise
        self._failed_tries = 0
        self._has_read_after_end = has_end
        if is_deleted:
            self.close()
        if len(self._page) == _PAGE_EVENTS:
            self._is_behind = True

    def _is_deleted(self) -> bool:
        """Whether the last event that was handed over is no longer stored."""
        taken = self._taken
        if taken is None or not taken.position:
            return False
        return next(self._reader.read(self._session_id, taken.seq - 1), None) is None

    def _begins_behind_end(self) -> bool:
        """Whether the stream begins behind the session's end. The whole log is read only where that is likely."""
        after_seq = self._next_seq - 1
        last = next(self._reader.read(self._session_id, after_seq - 1), None)
        if last is not None and not isinstance(last.event, _MAY_FOLLOW_AN_END):
            return False
        past = takewhile(lambda stored: stored.seq <= after_seq, self._reader.read(self._session_id))
        return any(isinstance(stored.event, SESSION_ENDS) for stored in past)

    def _note_failed_try(self) -> None:
        """Have the log read again with the next event, or with one of the next calls if no event comes any more."""
        with self._changed:
            self._is_behind = True
            self._failed_tries += 1
            self._has_news = self._has_news or self._failed_tries < _READ_TRIES
            self._retry_at = time.monotonic() + _RETRY_SECONDS

    def _next_behind_hole(self) -> StoredEvent | None:
        """The next published event although one before it is missing: the session is over, and that one is lost.

        Only after the log has been read in vain, or could not be read several times.
        """
        with self._changed:
            has_tried = self._failed_tries >= _READ_TRIES or (self._has_read_after_end and not self._is_behind)
            return self._published.popleft() if has_tried and self._has_end() else None

    def _has_end(self) -> bool:
        return bool(self._published) and isinstance(self._published[-1].event, SESSION_ENDS)
