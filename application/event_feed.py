"""Joins what the log holds of a session with what is published of it: one sequence, without hole or double."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol

from realtime_mlx_stt.domain.events import SessionFailed, SessionInterrupted, SessionStopped
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_bus import EventBus, EventSubscriber, Subscription
from realtime_mlx_stt.ports.event_store import EventStoreError, StoredEvent

__all__ = ["EventFeed", "SessionReader", "follow"]

_LOGGER = logging.getLogger(__name__)

_ENDS: Final = (SessionStopped, SessionFailed, SessionInterrupted)


class SessionReader(Protocol):
    """What can read a session's log again: an ``EventStore``, or one together with what waits to be stored.

    The latter looks at what waits before it reads the store: in between, some of it may be stored.
    """

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        """The session's events behind ``after_seq`` in order.

        Raises:
            EventStoreError: it could not be read.
        """
        ...


def follow(
    reader: SessionReader, bus: EventBus, session_id: SessionId, after_seq: int, subscriber: EventSubscriber
) -> Subscription:
    """Call ``subscriber`` for the session's events ``after_seq + 1`` and on: those of the past first, then live.

    Returns once the past has been handed over. A subscriber that may want to end it before that takes an
    ``EventFeed``.

    Raises:
        EventStoreError: the past could not be read; the subscriber is not called again.
    """
    feed = EventFeed(reader, bus, session_id, after_seq, subscriber)
    feed.begin()
    return feed


class EventFeed:
    """A ``Subscription`` that begins behind ``after_seq``. Thread-safe.

    The subscriber is called by one thread at a time: by that of ``begin`` for the past and for what is published
    meanwhile, afterwards by the publishing one. Publishing never waits for the past. What the subscriber raises is
    logged, and the next event is handed over all the same.

    An event that was published before the feed began and is not stored yet, because the store fails, cannot be
    read. Then nothing is handed over until the first event that is stored again: by then those before it are
    stored too, and the log is read once more. When the session ends first, what was heard live is handed over
    behind the hole, which shows in ``seq``. A reader that knows what waits to be stored leaves no such hole.
    """

    def __init__(
        self,
        reader: SessionReader,
        bus: EventBus,
        session_id: SessionId,
        after_seq: int,
        subscriber: EventSubscriber,
    ) -> None:
        self._reader = reader
        self._bus = bus
        self._session_id = session_id
        self._next_seq = max(after_seq, 0) + 1
        self._subscriber = subscriber
        self._lock = threading.Lock()
        self._published: deque[StoredEvent] = deque()
        self._behind_hole: deque[StoredEvent] = deque()
        self._subscription: Subscription | None = None
        self._is_handing_over = True
        self._is_cancelled = False

    def begin(self) -> None:
        """Hand over the past, and have the rest handed over when it is published. Called once.

        Raises:
            EventStoreError: the past could not be read; the feed is cancelled.
        """
        try:
            self._subscribe()
            self._read_on()
            self._hand_over()
        except BaseException:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Call the subscriber no more; idempotent, and allowed at any time, also inside the subscriber."""
        with self._lock:
            self._is_cancelled = True
            self._published.clear()
            subscription = self._subscription
        if subscription is not None:
            subscription.cancel()

    def _subscribe(self) -> None:
        subscription = self._bus.subscribe(self._take, self._session_id)
        with self._lock:
            self._subscription = subscription
            is_cancelled = self._is_cancelled
        if is_cancelled:
            subscription.cancel()

    def _take(self, stored: StoredEvent) -> None:
        """Hear of a published event. Whoever is handing over already hands over this one too."""
        with self._lock:
            self._published.append(stored)
            if self._is_handing_over:
                return
            self._is_handing_over = True
        self._hand_over()

    def _hand_over(self) -> None:
        """Hand over what has been published until nothing is left; for the one thread that is at it."""
        while (stored := self._next_published()) is not None:
            self._place(stored)

    def _next_published(self) -> StoredEvent | None:
        """The next published event; None, and nobody is handing over any more, when there is none."""
        with self._lock:
            if self._published and not self._is_cancelled:
                return self._published.popleft()
            self._is_handing_over = False
            return None

    def _place(self, stored: StoredEvent) -> None:
        self._behind_hole.append(stored)
        is_end = isinstance(stored.event, _ENDS)
        if self._has_hole() and (stored.position or is_end):
            self._try_to_read_on()
        if is_end or not self._has_hole():
            while self._behind_hole:
                self._tell(self._behind_hole.popleft())

    def _has_hole(self) -> bool:
        return self._behind_hole[0].seq > self._next_seq

    def _try_to_read_on(self) -> None:
        try:
            self._read_on()
        except EventStoreError as error:
            _LOGGER.warning("A hole in what is told of session %s stays: %s", self._session_id, error)

    def _read_on(self) -> None:
        for stored in self._reader.read(self._session_id, self._next_seq - 1):
            if self._is_cancelled:
                return
            self._tell(stored)

    def _tell(self, stored: StoredEvent) -> None:
        """Call the subscriber, unless the event was handed over before."""
        if self._is_cancelled or stored.seq < self._next_seq:
            return
        self._next_seq = stored.seq + 1
        try:
            self._subscriber(stored)
        except Exception:
            _LOGGER.exception("A subscriber failed on %s of session %s", stored.event.type, stored.session_id)
