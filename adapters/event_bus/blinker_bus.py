"""Implements the event bus on one blinker signal: events come in order, and no subscriber can stop another."""

import logging
from collections.abc import Sequence
from typing import Any

from blinker import Signal

from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_bus import EventSubscriber
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["BlinkerEventBus", "BusSubscription"]

_LOGGER = logging.getLogger(__name__)


class _InsertionOrdered(dict[Any, None]):
    """The part of a set that blinker uses, in the order of adding; a plain set would have any order."""

    def add(self, member: object) -> None:
        self[member] = None

    def discard(self, member: object) -> None:
        self.pop(member, None)

    def remove(self, member: object) -> None:
        del self[member]

    def copy(self) -> "_InsertionOrdered":
        return _InsertionOrdered(self)


class _OrderedSignal(Signal):
    set_class = _InsertionOrdered  # type: ignore[assignment]  # blinker only uses the methods above


class BlinkerEventBus:
    """An ``EventBus``. Subscribers are called on the publishing thread, in the order of a session's log.

    Sessions publish independently of each other. If one had to wait for another's slow subscriber, both could wait
    for ever when that subscriber waits for the first session.
    """

    def __init__(self) -> None:
        self._signal = _OrderedSignal()

    def publish(self, events: Sequence[StoredEvent]) -> None:
        """Call every subscriber once for each event in turn; what one raises is logged."""
        for stored in events:
            sender = type(stored.event)
            for receiver in self._signal.receivers_for(sender):
                try:
                    receiver(sender, stored=stored)
                except Exception:
                    _LOGGER.exception("A subscriber failed on %s of session %s", sender.type, stored.session_id)

    def subscribe(self, subscriber: EventSubscriber, session_id: SessionId | None = None) -> "BusSubscription":
        """Call ``subscriber`` for every event from now on, of one session or, with None, of all."""
        subscription = BusSubscription(self._signal, subscriber, session_id)
        self._signal.connect(subscription, weak=False)
        return subscription


class BusSubscription:
    """A ``Subscription``, and the signal's receiver on behalf of the subscriber."""

    def __init__(self, signal: Signal, subscriber: EventSubscriber, session_id: SessionId | None) -> None:
        self._signal = signal
        self._subscriber = subscriber
        self._session_id = session_id
        self._is_cancelled = False

    def __call__(self, _sender: type[SessionEvent], stored: StoredEvent) -> None:
        """Pass the event on if it is wanted."""
        if not self._is_cancelled and self._session_id in (None, stored.session_id):
            self._subscriber(stored)

    def cancel(self) -> None:
        """Call the subscriber no more."""
        self._is_cancelled = True
        self._signal.disconnect(self)
