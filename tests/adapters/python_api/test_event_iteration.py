"""Iterating a session's events in an ``async for`` leaves the loop to others."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from tests.application.rig import TIMEOUT_SECONDS
from tests.application.stories import SESSION

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.python_api.session.event_iteration import SessionEvents
from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.domain.events import ListeningPaused, SessionStopped, StopReason
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreBusyError, StoredEvent

PAST = 500


class GatedStore(InMemoryEventStore):
    """A store in memory that holds an ended session, and is read only while ``gate`` is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.failure: EventStoreBusyError | None = None
        self.append(SESSION, 0, [ListeningPaused(at_sample=0)] * PAST, 0.0)
        self.append(SESSION, PAST, [SessionStopped(reason=StopReason.REQUESTED, captured_samples=0)], 0.0)

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        self.entered.set()
        assert self.gate.wait(TIMEOUT_SECONDS)
        if self.failure is not None:
            raise self.failure
        yield from super().read(session_id, after_seq)

    def follow(self, on_news: Callable[[], None] | None) -> EventStream:
        return EventStream(self, BlinkerEventBus(), SESSION, 0, on_news)


async def all_of(store: GatedStore) -> list[int]:
    return [stored.seq async for stored in SessionEvents(store.follow)]


def test_other_tasks_go_on_while_the_store_is_busy() -> None:
    store = GatedStore()

    async def both() -> list[int]:
        reading = asyncio.create_task(all_of(store))
        assert await asyncio.to_thread(store.entered.wait, TIMEOUT_SECONDS)
        store.gate.set()
        return await asyncio.wait_for(reading, TIMEOUT_SECONDS)

    assert asyncio.run(both()) == list(range(1, PAST + 2))


def test_other_tasks_have_their_turns_in_a_long_past() -> None:
    store, turns = GatedStore(), list[int]()
    store.gate.set()

    async def take_turns() -> None:
        while True:
            turns.append(len(turns))
            await asyncio.sleep(0)

    async def both() -> None:
        other = asyncio.create_task(take_turns())
        await all_of(store)
        other.cancel()

    asyncio.run(both())
    assert len(turns) > 10


def test_a_store_that_fails_ends_the_iteration_with_its_error() -> None:
    store = GatedStore()
    store.failure = EventStoreBusyError("Locked.")
    store.gate.set()
    with pytest.raises(EventStoreBusyError):
        asyncio.run(all_of(store))
