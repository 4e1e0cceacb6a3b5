"""Whoever resumes after an event takes every later one once, in order, whenever and however slowly."""

import random
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.application.stand_ins import FallibleStore
from tests.application.stories import SESSION
from tests.fakes.clock import ManualClock

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.application.log.session_log import SessionLog
from realtime_mlx_stt.application.log.stream import MOST_WAITING, EventStream
from realtime_mlx_stt.application.session.messages import AudioProgress
from realtime_mlx_stt.application.session.position_requests import stop_here
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.events import ListeningPaused, SessionStopped, StopReason, TranscriptRevised
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.event_store import EventStore, EventStoreBusyError, EventStoreError, StoredEvent

TIMEOUT_SECONDS = 60.0
OTHER_SESSION = SessionId("session-2")


def nothing() -> None:
    """What happens while the log is read, as a rule."""


def taken(stream: EventStream) -> list[StoredEvent]:
    """All that can be taken now."""
    return list(iter(stream.take, None))


def seqs(stream: EventStream) -> list[int]:
    """The places in the log of all that can be taken now."""
    return [stored.seq for stored in taken(stream)]


class ReadableStore(FallibleStore):
    """The store in memory; ``before_read`` and ``while_read`` happen then, and reading may fail like appending."""

    def __init__(self) -> None:
        super().__init__()
        self.before_read: Callable[[], None] = nothing
        self.while_read: Callable[[], None] = nothing
        self.read_failure: EventStoreError | None = None
        self.reads = 0

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        self.reads += 1
        self.before_read()
        if self.read_failure is not None:
            raise self.read_failure
        for stored in super().read(session_id, after_seq):
            yield stored
            self.while_read()
        self.while_read()


@dataclass
class Story:
    """A session whose events are appended and published by hand."""

    store: ReadableStore = field(default_factory=ReadableStore)
    bus: BlinkerEventBus = field(default_factory=BlinkerEventBus)
    unpublished: list[StoredEvent] = field(default_factory=list)
    seq: int = 0

    def append(self, count: int = 1) -> None:
        events = [ListeningPaused(at_sample=self.seq + number) for number in range(count)]
        self.unpublished.extend(self.store.append(SESSION, self.seq, events, 0.0))
        self.seq += count

    def publish(self, count: int | None = None) -> None:
        count = len(self.unpublished) if count is None else count
        now, self.unpublished = self.unpublished[:count], self.unpublished[count:]
        self.bus.publish(now)

    def happen(self, count: int = 1) -> None:
        self.append(count)
        self.publish()

    def end(self) -> None:
        event = SessionStopped(reason=StopReason.REQUESTED, captured_samples=0)
        self.unpublished.extend(self.store.append(SESSION, self.seq, [event], 0.0))
        self.seq += 1
        self.publish()

    def follow(self, after_seq: int = 0) -> EventStream:
        return EventStream(self.store, self.bus, SESSION, after_seq)


@given(st.data())
def test_whatever_is_appended_published_and_taken_before_during_and_after_the_reading(data: st.DataObject) -> None:
    story = Story()

    def go_on() -> None:
        story.append(data.draw(st.integers(0, 2)))
        story.publish(data.draw(st.integers(0, len(story.unpublished))))

    def go_on_for_a_while() -> None:
        if story.seq < 12:
            go_on()

    story.append(data.draw(st.integers(0, 8)))
    story.publish(data.draw(st.integers(0, story.seq)))
    after_seq = data.draw(st.integers(0, story.seq + 3))
    story.store.before_read = story.store.while_read = go_on_for_a_while
    stream = story.follow(after_seq)
    events = [stored for _ in range(data.draw(st.integers(0, 5))) if (stored := stream.take())]
    go_on()
    events += taken(stream)
    story.publish()
    events += taken(stream)
    assert events == list(InMemoryEventStore.read(story.store, SESSION, after_seq))


def test_only_the_sessions_own_events_are_handed_over() -> None:
    story = Story()
    story.happen(2)
    stream = story.follow(after_seq=-1)
    story.bus.publish(story.store.append(OTHER_SESSION, 0, [ListeningPaused(at_sample=0)], 0.0))
    story.happen()
    assert seqs(stream) == [1, 2, 3]


def test_the_log_is_read_once_when_nothing_is_missing() -> None:
    story = Story()
    story.happen(2)
    stream = story.follow()
    assert seqs(stream) == [1, 2]
    for _ in range(5):
        story.happen()
        assert len(seqs(stream)) == 1
    assert story.store.reads == 1


def test_a_long_past_is_read_in_pages() -> None:
    story = Story()
    story.happen(2 * MOST_WAITING)
    assert seqs(story.follow()) == list(range(1, 2 * MOST_WAITING + 1))
    assert story.store.reads > 2


def test_a_reader_that_is_far_too_slow_costs_little_and_misses_nothing() -> None:
    story = Story()
    stream = story.follow()
    assert seqs(stream) == []
    story.happen(3 * MOST_WAITING)
    assert len(stream._published) == MOST_WAITING
    assert stream.take() is not None
    story.happen(5)
    story.end()
    assert seqs(stream) == list(range(2, 3 * MOST_WAITING + 7))
    assert stream.is_over


def test_a_log_that_cannot_be_read_is_an_error_and_is_tried_again_with_the_next_event() -> None:
    story = Story()
    story.happen(2)
    story.store.read_failure = EventStoreBusyError("Locked.")
    stream = story.follow()
    with pytest.raises(EventStoreBusyError):
        stream.take()
    assert stream.wait(0.0) is None
    assert story.store.reads == 1
    story.store.read_failure = None
    story.happen()
    assert seqs(stream) == [1, 2, 3]


def test_a_closed_stream_hands_over_nothing_and_waits_for_nothing() -> None:
    story = Story()
    story.happen(2)
    stream = story.follow()
    stream.close()
    story.happen()
    assert stream.is_over
    assert stream.take() is None
    assert stream.wait() is None


def test_who_waits_is_woken_up_by_an_event_and_by_the_close() -> None:
    story, answers = Story(), list[StoredEvent | None]()
    stream = story.follow()

    def wait() -> None:
        answers.extend((stream.wait(TIMEOUT_SECONDS), stream.wait(TIMEOUT_SECONDS)))

    thread = threading.Thread(target=wait)
    thread.start()
    story.happen()
    while not answers and thread.is_alive() and stream._next_seq == 1:
        thread.join(0.001)
    stream.close()
    thread.join(TIMEOUT_SECONDS)
    assert [stored.seq if stored else None for stored in answers] == [1, None]


def test_waiting_ends_after_its_timeout() -> None:
    assert Story().follow().wait(0.01) is None


def test_a_session_that_ends_ends_its_stream() -> None:
    story = Story()
    stream = story.follow()
    story.happen()
    story.end()
    assert [stored.seq for stored in iter(lambda: stream.wait(TIMEOUT_SECONDS), None)] == [1, 2]
    assert stream.is_over
    late = story.follow(after_seq=1)
    assert seqs(late) == [2]
    assert late.is_over


@pytest.mark.parametrize("beyond", [0, 1, 2, 500])
@pytest.mark.parametrize("revisions", [0, 2])
def test_a_stream_from_the_end_of_a_session_or_behind_it_is_over_at_once(beyond: int, revisions: int) -> None:
    story = Story()
    story.happen(2)
    story.end()
    story.store.append(SESSION, 3, [revision()] * revisions, 0.0)
    stream = story.follow(after_seq=3 + beyond)
    assert stream.wait() is None
    assert stream.is_over


@pytest.mark.parametrize("beyond", [1, 2, 500])
def test_a_stream_from_behind_what_a_running_session_comes_to_is_over_with_the_session(beyond: int) -> None:
    story = Story()
    story.happen(2)
    stream = story.follow(after_seq=2 + beyond)
    assert stream.take() is None
    assert not stream.is_over
    story.end()
    assert stream.wait() is None
    assert stream.is_over


def test_a_stream_from_a_place_before_the_end_hears_of_the_end() -> None:
    story = Story()
    story.happen(3)
    stream = story.follow(after_seq=3)
    assert seqs(stream) == []
    story.end()
    assert seqs(stream) == [4]


def test_whether_it_begins_behind_the_end_is_asked_again_when_the_store_did_not_say() -> None:
    story = Story()
    story.happen()
    story.end()
    story.store.read_failure = EventStoreBusyError("Locked.")
    stream = story.follow(after_seq=2)
    with pytest.raises(EventStoreBusyError):
        stream.take()
    story.store.read_failure = None
    assert stream.wait() is None
    assert stream.is_over


def revision() -> TranscriptRevised:
    """What may still be said of a session that is over."""
    return TranscriptRevised(
        utterance_id=UtteranceId(1), text="better", words=(), language=None, confidence=0.9, model="tiny"
    )


def test_a_place_before_the_beginning_is_the_beginning() -> None:
    story = Story()
    stream = story.follow(after_seq=-3)
    assert seqs(stream) == []
    story.happen(2)
    story.end()
    assert seqs(stream) == [1, 2, 3]
    assert story.store.reads == 1


def test_the_end_is_heard_however_much_waits_before_it() -> None:
    story = Story()
    stream = story.follow()
    assert seqs(stream) == []
    story.happen(MOST_WAITING + 5)
    story.end()
    story.store.read_failure = EventStoreBusyError("Locked.")
    assert [stream.take() is not None for _ in range(MOST_WAITING)] == [True] * MOST_WAITING
    for _ in range(3):
        with pytest.raises(EventStoreBusyError):
            stream.take()
    assert seqs(stream) == [MOST_WAITING + 6]
    assert stream.is_over


def test_a_store_that_fails_once_when_the_session_is_over_costs_no_event() -> None:
    story = Story()
    stream = story.follow()
    assert seqs(stream) == []
    story.happen(MOST_WAITING + 5)
    story.end()
    assert [stream.take() is not None for _ in range(MOST_WAITING)] == [True] * MOST_WAITING
    story.store.read_failure = EventStoreBusyError("Locked.")
    with pytest.raises(EventStoreBusyError):
        stream.take()
    story.store.read_failure = None
    rest = [stored.seq for stored in iter(lambda: stream.wait(TIMEOUT_SECONDS), None)]
    assert rest == list(range(MOST_WAITING + 1, MOST_WAITING + 7))


def test_a_store_that_has_failed_is_given_a_moment_before_it_is_asked_again() -> None:
    story = Story()
    story.happen()
    stream = story.follow()
    story.end()
    story.store.read_failure = EventStoreBusyError("Locked.")
    with pytest.raises(EventStoreBusyError):
        stream.wait()
    assert stream.wait(0.0) is None
    assert story.store.reads == 1
    with pytest.raises(EventStoreBusyError):
        stream.wait()


def test_a_store_that_fails_is_asked_no_more_than_three_times_while_nothing_happens() -> None:
    story = Story()
    story.happen()
    story.store.read_failure = EventStoreBusyError("Locked.")
    stream = story.follow()
    for _ in range(3):
        with pytest.raises(EventStoreBusyError):
            stream.take()
    assert seqs(stream) == []
    assert story.store.reads == 3
    story.end()
    for _ in range(3):
        with pytest.raises(EventStoreBusyError):
            stream.take()
    assert seqs(stream) == [2]


def test_an_end_that_comes_while_the_log_is_read_has_it_read_again() -> None:
    story = Story()
    stream = story.follow()

    def end_unheard_but_for_the_end() -> None:
        story.store.while_read = nothing
        story.append(2)
        story.unpublished.clear()
        story.end()

    story.store.while_read = end_unheard_but_for_the_end
    assert [stored.seq for stored in iter(lambda: stream.wait(TIMEOUT_SECONDS), None)] == [1, 2, 3]


def test_a_read_that_succeeds_gives_the_store_its_tries_back() -> None:
    story = Story()
    story.happen()
    stream = story.follow()
    for _ in range(2):
        story.store.read_failure = EventStoreBusyError("Locked.")
        for _ in range(2):
            with pytest.raises(EventStoreBusyError):
                stream.take()
        story.store.read_failure = None
        assert stream.take() is not None
        story.happen(MOST_WAITING + 1)
        assert len([stream.take() for _ in range(MOST_WAITING)]) == MOST_WAITING


def test_what_overflowed_is_read_although_the_store_failed_at_first() -> None:
    story = Story()
    stream = story.follow()
    assert seqs(stream) == []
    story.happen(MOST_WAITING + 5)
    assert [stream.take() is not None for _ in range(MOST_WAITING)] == [True] * MOST_WAITING
    story.store.read_failure = EventStoreBusyError("Locked.")
    with pytest.raises(EventStoreBusyError):
        stream.take()
    story.store.read_failure = None
    story.append()
    story.bus.publish([replace(stored, position=0) for stored in story.unpublished])
    assert seqs(stream) == list(range(MOST_WAITING + 1, MOST_WAITING + 7))


def test_news_is_told_of_whenever_there_may_be_something_to_take() -> None:
    story, news = Story(), list[int]()
    stream = EventStream(story.store, story.bus, SESSION, 0, lambda: news.append(story.seq))
    story.happen()
    story.end()
    assert news == [1, 2]
    assert seqs(stream) == [1, 2]
    assert news == [1, 2, 2]


@dataclass
class Outage:
    """A session that goes on while its store fails."""

    store: ReadableStore = field(default_factory=ReadableStore)
    bus: BlinkerEventBus = field(default_factory=BlinkerEventBus)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.log = SessionLog(SESSION, self.store, self.bus, self.clock)
        self.log.execute(c.StartSession(settings=SessionSettings(), source="microphone", at=self.clock.now()))
        self.store.failure = EventStoreBusyError("Locked.")
        self.go_on()

    def go_on(self) -> None:
        self.log.execute(c.PauseListening(at_sample=0, voiced_samples=0))
        self.log.execute(c.ResumeListening(at_sample=0))

    def stop(self) -> None:
        self.log.execute(stop_here(AudioProgress(at_sample=0, voiced_samples=0)))

    def follow(self) -> EventStream:
        return EventStream(self.store, self.bus, SESSION)


def test_what_was_not_stored_when_it_joined_is_read_as_soon_as_it_is() -> None:
    outage = Outage()
    stream = outage.follow()
    outage.go_on()
    assert seqs(stream) == [1]
    outage.store.failure = None
    outage.clock.advance(5.0)
    outage.go_on()
    events = taken(stream)
    assert events == list(outage.store.read(SESSION, 1))
    outage.go_on()
    events += taken(stream)
    assert [stored.seq for stored in events] == list(range(2, len(events) + 2))
    assert len(events) > 8


def test_who_heard_of_it_before_the_outage_misses_nothing_and_waits_for_nothing() -> None:
    outage = Outage()
    outage.store.failure = None
    outage.log.save_held()
    stream = outage.follow()
    outage.store.failure = EventStoreBusyError("Locked.")
    outage.go_on()
    outage.go_on()
    stored = len(list(outage.store.read(SESSION)))
    heard = seqs(stream)
    assert heard == list(range(1, len(heard) + 1))
    assert len(heard) == stored + 5


def test_a_session_that_ends_without_its_store_is_told_behind_a_hole_that_shows() -> None:
    outage = Outage()
    stream = outage.follow()
    assert seqs(stream) == [1]
    outage.go_on()
    outage.store.read_failure = EventStoreBusyError("Locked.")
    outage.stop()
    for _ in range(3):
        with pytest.raises(EventStoreBusyError):
            stream.wait(TIMEOUT_SECONDS)
    events = taken(stream)
    assert [stored.seq for stored in events] == list(range(5, 5 + len(events)))
    assert events[-1].event.type == "session-stopped"


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns far more often than they usually do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


@dataclass
class RunningSession:
    """A session's thread, and threads that follow it again and again from places around where it is.

    Half-way it waits for a few to have joined, however the threads take their turns.
    """

    store: EventStore
    events: int
    bus: BlinkerEventBus = field(default_factory=BlinkerEventBus)
    published: int = 0
    joined: list[tuple[int, EventStream]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    are_few_there: threading.Event = field(default_factory=threading.Event)

    def run(self, seed: int) -> None:
        chance, seq = random.Random(seed), 0
        while seq < self.events:
            assert seq < self.events // 2 or self.are_few_there.wait(TIMEOUT_SECONDS)
            count = min(chance.randint(1, 4), self.events - seq)
            stored = self.store.append(SESSION, seq, [ListeningPaused(at_sample=0)] * count, 0.0)
            self.bus.publish(stored)
            self.published = seq = seq + count

    def join_until_it_ends(self, seed: int) -> None:
        chance = random.Random(seed)
        while self.published < self.events:
            after_seq = max(0, min(self.events, self.published + chance.randint(-30, 10)))
            stream = EventStream(self.store, self.bus, SESSION, after_seq)
            if len(self.joined) < 60:
                self.joined.append((after_seq, stream))
                if len(self.joined) > 10:
                    self.are_few_there.set()
            else:
                heard = seqs(stream)
                stream.close()
                assert heard == list(range(after_seq + 1, after_seq + 1 + len(heard)))

    def over(self, followers: int) -> None:
        """Run to the end with so many threads that follow; what fails on a thread is a failure here."""

        def guarded(run: Callable[[int], None], seed: int) -> None:
            try:
                run(seed)
            except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
                self.failures.append(error)

        runs = [self.run, *[self.join_until_it_ends] * followers]
        threads = [threading.Thread(target=guarded, args=(run, seed)) for seed, run in enumerate(runs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT_SECONDS)
        assert not any(thread.is_alive() for thread in threads)
        assert self.failures == []


@pytest.fixture(params=["in memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventStore]:
    if request.param == "in memory":
        yield InMemoryEventStore()
    else:
        made = SqliteEventStore(tmp_path / "sessions.db")
        yield made
        made.close()


@pytest.mark.usefixtures("hasty_threads")
def test_followers_that_join_a_running_session_anywhere_hear_all_that_follows(store: EventStore) -> None:
    session = RunningSession(store, events=1_500)
    session.over(followers=3)
    assert len(session.joined) > 10
    for after_seq, stream in session.joined:
        assert seqs(stream) == list(range(after_seq + 1, session.events + 1))
