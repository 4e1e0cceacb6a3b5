"""An event that this program cannot read is an error of the store's, and spares all the others."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.application.stories import began
from tests.fakes.clock import ManualClock

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemorySessionClaims
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.application.log.recovery import recover_interrupted_sessions
from realtime_mlx_stt.domain.events import ListeningPaused
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError

SESSION = SessionId("session")
OTHER = SessionId("other")

CHANGES = {
    "a kind that is not known": "SET type = 'session-dreamt'",
    "a newer version": "SET version = 2",
    "a version that nothing lifts": "SET version = 0",
    "no JSON": "SET data = '{'",
    "another shape": "SET data = '[]'",
    "a field that is missing": "SET data = '{}'",
    "a field of another type": """SET data = '{"at_sample": "soon"}'""",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.db"
    with closing(SqliteEventStore(path)) as store:
        store.append(SESSION, 0, [ListeningPaused(at_sample=number) for number in range(3)], 1.0)
        store.append(OTHER, 0, [began()], 2.0)
    return path


def change(path: Path, assignment: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"UPDATE events {assignment} WHERE position = 2")
        database.commit()


@pytest.mark.parametrize("assignment", CHANGES.values(), ids=CHANGES.keys())
def test_reading_it_is_an_error_of_the_port(path: Path, assignment: str) -> None:
    change(path, assignment)
    with closing(SqliteEventStore(path)) as store:
        with pytest.raises(EventStoreError) as raised:
            list(store.read(SESSION))
        assert raised.value.code == "event-undecodable"
        with pytest.raises(EventStoreError):
            list(store.read_all())


@pytest.mark.parametrize("assignment", CHANGES.values(), ids=CHANGES.keys())
def test_everything_else_goes_on(path: Path, assignment: str) -> None:
    change(path, assignment)
    with closing(SqliteEventStore(path)) as store:
        assert [summary.events for summary in store.sessions()] == [3, 1]
        assert len(list(store.read(OTHER))) == 1
        assert [stored.seq for stored in store.read(SESSION, 2)] == [3]
        assert store.append(SESSION, 3, [ListeningPaused(at_sample=3)], 3.0)[0].seq == 4


def test_recovery_leaves_its_session_open_and_closes_the_others(path: Path) -> None:
    change(path, CHANGES["a newer version"])
    with closing(SqliteEventStore(path)) as store:
        claims = InMemorySessionClaims()
        recovered = recover_interrupted_sessions(store, claims, BlinkerEventBus(), ManualClock())
        assert recovered == (OTHER,)
        last_types = [summary.last_type for summary in store.sessions()]
        assert last_types == ["listening-paused", "session-interrupted"]
        assert claims.claim(SESSION)
        assert claims.claim(OTHER)


def test_bytes_that_are_no_text_are_an_error_of_the_port(path: Path) -> None:
    change(path, "SET data = CAST(x'FF7B7D' AS TEXT)")
    with closing(SqliteEventStore(path)) as store, pytest.raises(EventStoreError):
        list(store.read(SESSION))


def test_a_field_that_this_version_does_not_know_is_passed_over(path: Path) -> None:
    change(path, """SET data = '{"at_sample": 1, "mood": "calm"}'""")
    with closing(SqliteEventStore(path)) as store:
        assert next(store.read(SESSION, 1)).event == ListeningPaused(at_sample=1)
