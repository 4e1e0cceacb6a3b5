"""Takes a session's events at the pace at which one client reads them."""

import time
from enum import Enum
from typing import Final

from realtime_mlx_stt.adapters.web.stream.messages import EventsSkipped
from realtime_mlx_stt.adapters.web.stream.stream_outlet import StreamOutlet
from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.domain.events import HypothesisRevised
from realtime_mlx_stt.ports.event_store import EventStoreError, StoredEvent

__all__ = ["MOST_UNSENT_BYTES", "EventFeed", "Feeding"]

MOST_UNSENT_BYTES: Final = 64_000
"""While this much waits for the network, no event is taken: new events wait in the log."""

_EVENTS_A_TURN: Final = 64
_RETRY_SECONDS: Final = 0.2
_STORE_TRIES: Final = 5


class Feeding(Enum):
    """The state of the feed."""

    WAITING = "for the session or for the client"
    MORE = "there is more to take at once"
    OVER = "the session's last event was sent"
    TOO_SLOW = "the client reads too slowly"


class EventFeed:
    """Sends what an event stream gives; for the connection's thread.

    A client that falls behind live events first loses hypotheses, and is told which; after ``most_behind_seconds``
    it is given up. A client that still reads past events loses nothing, and is given up only if it does not read at
    all.
    """

    def __init__(self, stream: EventStream, outlet: StreamOutlet, most_behind_seconds: float) -> None:
        self._stream = stream
        self._outlet = outlet
        self._most_behind_seconds = most_behind_seconds
        self._behind_since: float | None = None
        self._has_caught_up = False
        self._skipped_through = 0
        self._failed_tries = 0

    def advance(self) -> Feeding:
        """Send what there is, as far as the client reads it.

        Raises:
            EventStoreError: the log could not be read again and again.
        """
        for _ in range(_EVENTS_A_TURN):
            if self._outlet.waiting_bytes >= MOST_UNSENT_BYTES:
                return self._held_up()
            stored = self._taken()
            if stored is None:
                return Feeding.OVER if self._stream.is_over else self._all_taken()
            self._hand_over(stored)
        return Feeding.MORE

    def close(self) -> None:
        """Take nothing more."""
        self._stream.close()

    def _taken(self) -> StoredEvent | None:
        try:
            stored = self._stream.take()
        except EventStoreError:
            self._failed_tries += 1
            if self._failed_tries >= _STORE_TRIES:
                raise
            self._outlet.wake_within(_RETRY_SECONDS)
            return None
        self._failed_tries = 0
        if not self._has_caught_up:
            self._behind_since = None
        return stored

    def _hand_over(self, stored: StoredEvent) -> None:
        is_behind = self._has_caught_up and self._behind_since is not None
        if is_behind and isinstance(stored.event, HypothesisRevised):
            self._skipped_through = stored.seq
            self._outlet.leave_out()
            return
        if self._skipped_through:
            self._outlet.say(EventsSkipped(after=self._outlet.sent_seq, through=self._skipped_through))
            self._skipped_through = 0
        self._outlet.tell(stored)

    def _all_taken(self) -> Feeding:
        """Whether the client is up to date as well; not if much has been waiting for it since it was behind."""
        self._has_caught_up = True
        if self._behind_since is not None and self._outlet.waiting_bytes > MOST_UNSENT_BYTES // 2:
            return self._held_up()
        self._behind_since = None
        return Feeding.WAITING

    def _held_up(self) -> Feeding:
        now = time.monotonic()
        if self._behind_since is None:
            self._behind_since = now
        left_seconds = self._behind_since + self._most_behind_seconds - now
        if left_seconds <= 0:
            return Feeding.TOO_SLOW
        self._outlet.wake_within(left_seconds)
        self._outlet.wake_when_drained()
        return Feeding.WAITING
