"""Times append and publish: 10 000 events in the small batches a session makes, into SQLite and in memory."""

import tempfile
import time
from pathlib import Path

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import HypothesisRevised, SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.ports.event_store import EventStore, StoredEvent

EVENTS = 10_000
BATCHES = (1, 2, 3)
"""Events in an append: what one window of audio brings about."""


def events_per_second(store: EventStore) -> float:
    """Append and publish ``EVENTS`` events to one subscriber."""
    bus = BlinkerEventBus()
    heard: list[StoredEvent] = []
    bus.subscribe(heard.append)
    session_id = SessionId("benchmark")
    began = time.perf_counter()
    while len(heard) < EVENTS:
        batch = [_event(len(heard) + number) for number in range(BATCHES[len(heard) % len(BATCHES)])]
        bus.publish(store.append(session_id, len(heard), batch, time.time()))
    return len(heard) / (time.perf_counter() - began)


def _event(number: int) -> SessionEvent:
    return HypothesisRevised(
        utterance_id=UtteranceId(1),
        revision=number + 1,
        stable_text="and so my fellow Americans ask not what",
        unstable_text="your country can do",
        heard_until_sample=512 * number,
    )


def main() -> None:
    """Print one line a store."""
    print(f"in memory: {events_per_second(InMemoryEventStore()):8.0f} events/s (aim: 20 000)")
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteEventStore(Path(folder) / "sessions.db")
        print(f"SQLite:    {events_per_second(store):8.0f} events/s (aim: 5 000)")
        store.close()


if __name__ == "__main__":
    main()
