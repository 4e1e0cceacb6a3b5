"""Every store keeps its sessions' events in order, without gaps, and gives them back as they were."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.application.stand_ins import FallibleStore
from tests.contracts.event_examples import events_of

from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import (
    EVENT_TYPES,
    ListeningPaused,
    ListeningResumed,
    SessionEvent,
    SessionInterrupted,
    TranscriptRevised,
)
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.ports.event_store import EventStore, SequenceConflictError, SessionSummary, StoredEvent

FIRST = SessionId("first")
SECOND = SessionId("second")
TIMEOUT_SECONDS = 60.0

StoreMaker = Callable[[Path], EventStore]


def _sqlite(folder: Path) -> SqliteEventStore:
    return SqliteEventStore(folder / "sessions.db")


def _in_memory(_folder: Path) -> InMemoryEventStore:
    return InMemoryEventStore()


def _fake(_folder: Path) -> FallibleStore:
    return FallibleStore()


STORES: tuple[StoreMaker, ...] = (_sqlite, _in_memory, _fake)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventStore]:
    made: EventStore = request.param(tmp_path)
    yield made
    if isinstance(made, SqliteEventStore):
        made.close()


@pytest.fixture(scope="module", params=STORES)
def shared_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventStore]:
    made: EventStore = request.param(tmp_path_factory.mktemp("store"))
    yield made
    if isinstance(made, SqliteEventStore):
        made.close()


def paused(*samples: int) -> tuple[SessionEvent, ...]:
    return tuple(ListeningPaused(at_sample=sample) for sample in samples)


def seqs(stored: Sequence[StoredEvent] | Iterator[StoredEvent]) -> list[int]:
    return [event.seq for event in stored]


def test_an_append_returns_what_is_read_afterwards(store: EventStore) -> None:
    stored = store.append(FIRST, 0, paused(1, 2), 12.5)
    assert [(event.seq, event.event, event.recorded_at, event.session_id) for event in stored] == [
        (1, ListeningPaused(at_sample=1), 12.5, FIRST),
        (2, ListeningPaused(at_sample=2), 12.5, FIRST),
    ]
    assert tuple(store.read(FIRST)) == stored
    assert tuple(store.read_all()) == stored


def test_seq_counts_within_the_session_and_position_over_all(store: EventStore) -> None:
    appended = [
        *store.append(FIRST, 0, paused(1), 1.0),
        *store.append(SECOND, 0, paused(2, 3), 2.0),
        *store.append(FIRST, 1, paused(4, 5), 3.0),
        *store.append(SECOND, 2, paused(6), 4.0),
    ]
    assert seqs(store.read(FIRST)) == [1, 2, 3]
    assert seqs(store.read(SECOND)) == [1, 2, 3]
    assert list(store.read_all()) == appended
    positions = [event.position for event in appended]
    assert positions == sorted(set(positions))
    assert positions[0] >= 1


def test_reading_goes_on_behind_a_seq_or_a_position(store: EventStore) -> None:
    for number in range(10):
        store.append((FIRST, SECOND)[number % 2], number // 2, paused(number), 1.0)
    everything = list(store.read_all())
    for number in range(11):
        position = everything[number - 1].position if number else 0
        assert list(store.read_all(position)) == everything[number:]
    assert seqs(store.read(FIRST, 2)) == [3, 4, 5]
    assert seqs(store.read(FIRST, 5)) == []


@pytest.mark.parametrize("before_all", [-1, -3, -(2**70)])
def test_before_the_first_event_is_the_beginning(store: EventStore, before_all: int) -> None:
    store.append(FIRST, 0, paused(1, 2, 3, 4), 1.0)
    assert seqs(store.read(FIRST, before_all)) == [1, 2, 3, 4]
    assert seqs(store.read_all(before_all)) == [1, 2, 3, 4]


@pytest.mark.parametrize("behind_all", [5, 2**63 - 1, 2**63, 10**30])
def test_behind_the_last_event_is_nothing(store: EventStore, behind_all: int) -> None:
    store.append(FIRST, 0, paused(1, 2, 3, 4), 1.0)
    assert list(store.read(FIRST, behind_all)) == []
    assert list(store.read_all(behind_all)) == []


@pytest.mark.parametrize("after_seq", [-1, 0, 1, 3, 10**30])
def test_only_one_writer_can_append_after_a_seq(store: EventStore, after_seq: int) -> None:
    store.append(FIRST, 0, paused(1, 2), 1.0)
    with pytest.raises(SequenceConflictError) as raised:
        store.append(FIRST, after_seq, paused(7, 8), 2.0)
    assert raised.value.code == "event-store-conflict"
    assert seqs(store.read(FIRST)) == [1, 2]
    assert seqs(store.append(FIRST, 2, paused(3), 3.0)) == [3]


def test_a_session_begins_at_seq_0(store: EventStore) -> None:
    with pytest.raises(SequenceConflictError):
        store.append(FIRST, 1, paused(1), 1.0)
    assert list(store.read_all()) == []
    assert store.sessions() == ()


def test_an_append_of_nothing_stores_nothing_but_is_checked(store: EventStore) -> None:
    assert store.append(FIRST, 0, (), 1.0) == ()
    assert store.sessions() == ()
    with pytest.raises(SequenceConflictError):
        store.append(FIRST, 1, (), 1.0)


def test_an_unknown_session_has_no_events(store: EventStore) -> None:
    store.append(FIRST, 0, paused(1), 1.0)
    assert list(store.read(SECOND)) == []
    assert list(store.read(SessionId("First"))) == []
    assert list(store.read(SessionId(""))) == []


def test_sessions_are_listed_as_they_began(store: EventStore) -> None:
    store.append(SECOND, 0, paused(1), 10.0)
    store.append(FIRST, 0, paused(2), 11.0)
    store.append(SECOND, 1, (ListeningResumed(at_sample=5), SessionInterrupted(lost_utterances=())), 12.0)
    assert store.sessions() == (
        SessionSummary(
            session_id=SECOND,
            events=3,
            first_recorded_at=10.0,
            last_recorded_at=12.0,
            last_type="session-interrupted",
        ),
        SessionSummary(
            session_id=FIRST,
            events=1,
            first_recorded_at=11.0,
            last_recorded_at=11.0,
            last_type="listening-paused",
        ),
    )


def revision() -> TranscriptRevised:
    return TranscriptRevised(
        utterance_id=UtteranceId(1), text="ask", words=(), language="en", confidence=0.9, model="base"
    )


def test_a_later_pass_over_a_text_hides_not_how_the_session_ended(store: EventStore) -> None:
    store.append(FIRST, 0, (*paused(1), SessionInterrupted(lost_utterances=())), 1.0)
    store.append(SECOND, 0, (revision(),), 1.0)
    for seq in (2, 3):
        store.append(FIRST, seq, (revision(),), 2.0)
    first, second = store.sessions()
    assert (first.events, first.last_recorded_at, first.last_type) == (4, 2.0, "session-interrupted")
    assert second.last_type == "transcript-revised"


def test_a_deleted_session_is_gone_and_the_others_are_as_they_were(store: EventStore) -> None:
    store.append(FIRST, 0, paused(1, 2), 1.0)
    kept = store.append(SECOND, 0, paused(3), 2.0)
    store.append(FIRST, 2, paused(4), 3.0)
    assert store.delete(FIRST)
    assert list(store.read(FIRST)) == []
    assert tuple(store.read_all()) == kept
    assert [summary.session_id for summary in store.sessions()] == [SECOND]
    assert seqs(store.append(SECOND, 1, paused(5), 4.0)) == [2]


def test_what_is_not_there_cannot_be_deleted(store: EventStore) -> None:
    store.append(FIRST, 0, paused(1), 1.0)
    assert not store.delete(SECOND)
    assert not store.delete(SessionId(""))
    assert store.delete(FIRST)
    assert not store.delete(FIRST)


def test_the_positions_of_deleted_events_are_not_given_again(store: EventStore) -> None:
    store.append(FIRST, 0, paused(1), 1.0)
    last = store.append(SECOND, 0, paused(2, 3), 1.0)[-1].position
    assert store.delete(SECOND)
    (stored,) = store.append(SECOND, 0, paused(4), 2.0)
    assert stored.position > last
    assert tuple(store.read_all(last)) == (stored,)
    assert store.delete(FIRST)
    assert store.delete(SECOND)
    assert store.append(FIRST, 0, paused(5), 3.0)[0].position > stored.position


def test_whoever_still_writes_a_deleted_session_meets_a_conflict(store: EventStore) -> None:
    store.append(FIRST, 0, paused(1, 2), 1.0)
    store.delete(FIRST)
    with pytest.raises(SequenceConflictError):
        store.append(FIRST, 2, paused(3), 2.0)
    assert list(store.read_all()) == []


def test_a_reader_of_what_is_deleted_has_read_its_beginning(store: EventStore) -> None:
    store.append(FIRST, 0, paused(*range(1200)), 1.0)
    store.append(SECOND, 0, paused(1), 1.0)
    reading, reading_all = store.read(FIRST), store.read_all()
    found, found_all = [next(reading)], [next(reading_all)]
    store.delete(FIRST)
    found.extend(reading)
    found_all.extend(reading_all)
    assert seqs(found) == list(range(1, len(found) + 1))
    assert seqs(event for event in found_all if event.session_id == FIRST) == seqs(found)
    assert found_all[-1].session_id == SECOND


def test_sessions_are_deleted_while_others_are_written_and_read(store: EventStore) -> None:
    store.append(FIRST, 0, paused(*range(300)), 1.0)
    doomed = [SessionId(f"doomed-{number}") for number in range(40)]
    for name in doomed:
        store.append(name, 0, paused(1, 2, 3), 1.0)
    with ThreadPoolExecutor(3) as threads:
        writing = threads.submit(lambda: [store.append(SECOND, seq, paused(seq), 1.0) for seq in range(60)])
        reading = threads.submit(lambda: [(list(store.read(FIRST)), list(store.read_all())) for _ in range(20)])
        deleting = threads.submit(lambda: [store.delete(name) for name in doomed])
    assert len(writing.result()) == 60
    assert deleting.result() == [True] * len(doomed)
    for found, found_all in reading.result():
        assert seqs(found) == list(range(1, 301))
        positions = [event.position for event in found_all]
        assert positions == sorted(set(positions))
    assert {summary.session_id: summary.events for summary in store.sessions()} == {FIRST: 300, SECOND: 60}


def test_a_clock_that_is_set_back_does_not_turn_first_and_last_around(store: EventStore) -> None:
    store.append(FIRST, 0, paused(1), 100.0)
    store.append(FIRST, 1, paused(2), 300.0)
    store.append(FIRST, 2, paused(3), 50.0)
    (summary,) = store.sessions()
    assert (summary.first_recorded_at, summary.last_recorded_at) == (100.0, 50.0)


def test_an_iteration_goes_on_while_others_append(store: EventStore) -> None:
    store.append(FIRST, 0, paused(*range(1200)), 1.0)
    reading, reading_all = store.read(FIRST), store.read_all()
    found, found_all = [next(reading)], [next(reading_all)]
    store.append(FIRST, 1200, paused(1200), 2.0)
    store.append(SECOND, 0, paused(0), 2.0)
    found.extend(reading)
    found_all.extend(reading_all)
    assert seqs(found) in (list(range(1, 1201)), list(range(1, 1202)))
    assert found_all[:1200] == found[:1200]
    positions = [event.position for event in found_all]
    assert positions == sorted(set(positions))


def test_many_threads_append_and_read_at_once(store: EventStore) -> None:
    names = [SessionId(f"thread-{number}") for number in range(6)]
    begin = threading.Barrier(len(names) + 1)
    failures: list[BaseException] = []

    def run(name: SessionId) -> None:
        try:
            begin.wait(TIMEOUT_SECONDS)
            for seq in range(0, 60, 2):
                stored = store.append(name, seq, paused(seq, seq + 1), float(seq))
                assert seqs(stored) == [seq + 1, seq + 2]
                assert seqs(store.read(name, seq)) == [seq + 1, seq + 2]
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    begin.wait(TIMEOUT_SECONDS)
    while any(thread.is_alive() for thread in threads):
        seen = list(store.read_all())
        assert [event.position for event in seen] == sorted({event.position for event in seen})
        for name in names:
            count = sum(event.session_id == name for event in seen)
            assert seqs(event for event in seen if event.session_id == name) == list(range(1, count + 1))
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert failures == []
    assert {summary.session_id: summary.events for summary in store.sessions()} == dict.fromkeys(names, 60)


def test_of_many_writers_of_one_session_each_seq_has_one_winner(store: EventStore) -> None:
    begin = threading.Barrier(4)
    won: list[tuple[int, int]] = []

    def run(writer: int) -> None:
        begin.wait(TIMEOUT_SECONDS)
        seq = 0
        while seq < 40:
            try:
                store.append(FIRST, seq, paused(writer), 1.0)
                won.append((seq + 1, writer))
            except SequenceConflictError:
                pass
            seq += 1

    threads = [threading.Thread(target=run, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert sorted(won) == [(event.seq, event.event.at_sample) for event in store.read(FIRST)]  # type: ignore[union-attr]
    assert [seq for seq, _ in sorted(won)] == list(range(1, len(won) + 1))


_NUMBERS = itertools.count()


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.type)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_events_of_every_kind_come_back_equal(
    shared_store: EventStore, kind: type[SessionEvent], data: st.DataObject
) -> None:
    session_id = SessionId(f"{kind.type}-{next(_NUMBERS)}")
    event = data.draw(events_of(kind))
    recorded_at = data.draw(st.floats(0, 1e11))
    shared_store.append(session_id, 0, (event,), recorded_at)
    (found,) = shared_store.read(session_id)
    assert found.event == event
    assert type(found.event) is kind
    assert found.recorded_at == recorded_at
