"""Whatever is appended, read and reopened in whatever order: every store is like a plain list of events."""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.contracts.event_examples import any_event

from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import SessionEvent, TranscriptRevised
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStore, SequenceConflictError, SessionSummary, StoredEvent

SESSIONS = st.sampled_from([SessionId("a"), SessionId("b"), SessionId("A"), SessionId("naïve; --")])
EVENTS = st.lists(any_event(), max_size=4)
TIMES = st.floats(0, 1e10)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One stored event in the model."""

    session_id: SessionId
    seq: int
    recorded_at: float
    event: SessionEvent


class StoreMachine(RuleBasedStateMachine):
    """Does the same to the stores and to a list; ``stores`` are two connections to one database, and memory."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "sessions.db"
        self.databases = [SqliteEventStore(self.path), SqliteEventStore(self.path)]
        self.memory = InMemoryEventStore()
        self.model: list[Entry] = []
        self.last_positions = {"database": 0, "memory": 0}

    def teardown(self) -> None:
        for database in getattr(self, "databases", ()):
            database.close()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @property
    def stores(self) -> tuple[EventStore, ...]:
        return (*self.databases, self.memory)

    def log(self, session_id: SessionId) -> list[Entry]:
        return [entry for entry in self.model if entry.session_id == session_id]

    @rule(session_id=SESSIONS, events=EVENTS, recorded_at=TIMES, connection=st.integers(0, 1))
    def append(
        self, session_id: SessionId, events: list[SessionEvent], recorded_at: float, connection: int
    ) -> None:
        last = len(self.log(session_id))
        expected = [
            Entry(session_id=session_id, seq=last + number, recorded_at=recorded_at, event=event)
            for number, event in enumerate(events, start=1)
        ]
        for name, store in (("database", self.databases[connection]), ("memory", self.memory)):
            stored = store.append(session_id, last, events, recorded_at)
            assert entries(stored) == expected
            for event in stored:
                assert event.position > self.last_positions[name], "a position is given once"
                self.last_positions[name] = event.position
        self.model.extend(expected)

    @rule(session_id=SESSIONS, connection=st.integers(0, 1))
    def delete(self, session_id: SessionId, connection: int) -> None:
        for store in (self.databases[connection], self.memory):
            assert store.delete(session_id) is bool(self.log(session_id))
        self.model = [entry for entry in self.model if entry.session_id != session_id]

    @rule(session_id=SESSIONS, events=EVENTS, offset=st.integers(-9, 9).filter(bool), connection=st.integers(0, 1))
    def append_at_a_wrong_place(
        self, session_id: SessionId, events: list[SessionEvent], offset: int, connection: int
    ) -> None:
        after_seq = len(self.log(session_id)) + offset
        for store in (self.databases[connection], self.memory):
            with pytest.raises(SequenceConflictError):
                store.append(session_id, after_seq, events, 1.0)

    @rule(session_id=SESSIONS, after_seq=st.integers(-2, 12))
    def read(self, session_id: SessionId, after_seq: int) -> None:
        expected = [entry for entry in self.log(session_id) if entry.seq > after_seq]
        for store in self.stores:
            assert entries(store.read(session_id, after_seq)) == expected

    @rule(behind=st.integers(0, 20))
    def read_all(self, behind: int) -> None:
        for store in self.stores:
            everything = list(store.read_all())
            assert entries(everything) == self.model
            skipped = everything[:behind]
            after_position = skipped[-1].position if skipped else 0
            assert list(store.read_all(after_position)) == everything[len(skipped) :]

    @rule(connection=st.integers(0, 1))
    def reopen(self, connection: int) -> None:
        self.databases[connection].close()
        self.databases[connection] = SqliteEventStore(self.path)

    @rule()
    def reopen_after_all_were_closed(self) -> None:
        for database in self.databases:
            database.close()
        self.databases = [SqliteEventStore(self.path), SqliteEventStore(self.path)]

    @invariant()
    def all_list_the_same_sessions(self) -> None:
        order = list(dict.fromkeys(entry.session_id for entry in self.model))
        expected = tuple(summary(self.log(session_id)) for session_id in order)
        for store in self.stores:
            assert store.sessions() == expected

    @invariant()
    def positions_grow(self) -> None:
        for store in self.stores:
            positions = [stored.position for stored in store.read_all()]
            assert positions == sorted(set(positions))


def entries(stored: Iterable[StoredEvent]) -> list[Entry]:
    return [
        Entry(session_id=event.session_id, seq=event.seq, recorded_at=event.recorded_at, event=event.event)
        for event in stored
    ]


def summary(log: list[Entry]) -> SessionSummary:
    return SessionSummary(
        session_id=log[0].session_id,
        events=len(log),
        first_recorded_at=log[0].recorded_at,
        last_recorded_at=log[-1].recorded_at,
        last_type=next(
            (entry.event.type for entry in reversed(log) if not isinstance(entry.event, TranscriptRevised)),
            TranscriptRevised.type,
        ),
    )


TestStores = StoreMachine.TestCase
TestStores.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
