"""Defines how stored events reach their subscribers while they happen."""

from collections.abc import Callable, Sequence
from typing import Protocol

from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["EventBus", "EventSubscriber", "Subscription"]

EventSubscriber = Callable[[StoredEvent], None]
"""Called on the publishing thread; it must be quick. What it raises is logged and stops nobody else."""


class Subscription(Protocol):
    """A handle to end a subscription."""

    def cancel(self) -> None:
        """Call the subscriber no more; idempotent, and allowed inside the subscriber itself."""
        ...


class EventBus(Protocol):
    """Delivers every published event to every subscriber, in order. Thread-safe."""

    def publish(self, events: Sequence[StoredEvent]) -> None:
        """Call the subscribers, in the order in which they subscribed, once for each event in turn.

        A subscriber that raises is reported to the log; the others still get the event, and nothing is raised.
        """
        ...

    def subscribe(self, subscriber: EventSubscriber, session_id: SessionId | None = None) -> Subscription:
        """Call ``subscriber`` for every event from now on, of one session or, with None, of all."""
        ...
