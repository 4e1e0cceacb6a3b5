"""A store that fails is left alone for a while: a locked database may take seconds to say that it is."""

from collections.abc import Sequence

import pytest
from tests.application.stand_ins import FallibleStore
from tests.application.stories import SESSION
from tests.fakes.clock import ManualClock

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.application.log.session_log import SessionLog
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.event_store import EventStoreBusyError, StoredEvent


class CountingStore(FallibleStore):
    """Counts how often it is asked to append."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0

    def append(
        self, session_id: SessionId, after_seq: int, events: Sequence[SessionEvent], recorded_at: float
    ) -> tuple[StoredEvent, ...]:
        self.tries += 1
        return super().append(session_id, after_seq, events, recorded_at)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def log(store: CountingStore, clock: ManualClock) -> SessionLog:
    made = SessionLog(SESSION, store, BlinkerEventBus(), clock)
    made.execute(c.StartSession(settings=SessionSettings(), source="microphone", at=clock.now()))
    store.failure = EventStoreBusyError("Locked.")
    store.tries = 0
    return made


def pause_and_resume(log: SessionLog) -> None:
    log.execute(c.PauseListening(at_sample=0, voiced_samples=0))
    log.execute(c.ResumeListening(at_sample=0))


def test_it_is_tried_once_and_then_again_after_five_seconds(
    log: SessionLog, store: CountingStore, clock: ManualClock
) -> None:
    for _ in range(20):
        pause_and_resume(log)
    assert store.tries == 1
    clock.advance(4.9)
    pause_and_resume(log)
    assert store.tries == 1
    clock.advance(0.2)
    pause_and_resume(log)
    assert store.tries == 2
    assert len(tuple(store.read(SESSION))) == 1


def test_what_was_held_is_stored_once_it_answers(log: SessionLog, store: CountingStore, clock: ManualClock) -> None:
    pause_and_resume(log)
    store.failure = None
    pause_and_resume(log)
    assert len(tuple(store.read(SESSION))) == 1
    clock.advance(5.0)
    pause_and_resume(log)
    types = [stored.event.type for stored in store.read(SESSION)]
    assert types.count("listening-paused") == types.count("listening-resumed") == 3
    assert types.count("service-degraded") == types.count("service-restored") == 1


def test_at_the_end_it_is_tried_whenever_that_is(log: SessionLog, store: CountingStore) -> None:
    pause_and_resume(log)
    store.failure = None
    log.save_held()
    assert [stored.seq for stored in store.read(SESSION)] == [1, 2, 3, 4, 5]
