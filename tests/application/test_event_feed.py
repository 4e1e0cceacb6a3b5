"""Whoever resumes after an event hears every later one once, in order, whenever it joins the session's thread."""

import logging
import random
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
from realtime_mlx_stt.application.event_feed import EventFeed, follow
from realtime_mlx_stt.application.messages import AudioProgress
from realtime_mlx_stt.application.position_requests import stop_here
from realtime_mlx_stt.application.session_log import SessionLog
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.events import ListeningPaused
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.event_store import EventStore, EventStoreBusyError, EventStoreError, StoredEvent

TIMEOUT_SECONDS = 20.0
OTHER_SESSION = SessionId("session-2")


def nothing() -> None:
    """What happens while the log is read, as a rule."""


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
class Heard:
    """A subscriber that keeps what it hears, and then does what the test wants of it."""

    events: list[StoredEvent] = field(default_factory=list)
    then: Callable[[StoredEvent], None] | None = None

    def __call__(self, stored: StoredEvent) -> None:
        self.events.append(stored)
        if self.then is not None:
            self.then(stored)

    @property
    def seqs(self) -> list[int]:
        return [stored.seq for stored in self.events]


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

    def follow(self, after_seq: int = 0, heard: Heard | None = None) -> Heard:
        heard = Heard() if heard is None else heard
        follow(self.store, self.bus, SESSION, after_seq, heard)
        return heard


@given(st.data())
def test_whatever_is_appended_or_published_before_during_and_after_the_reading(data: st.DataObject) -> None:
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
    heard = story.follow(after_seq)
    go_on()
    story.publish()
    assert heard.events == list(InMemoryEventStore.read(story.store, SESSION, after_seq))


def test_only_the_sessions_own_events_are_handed_over() -> None:
    story = Story()
    story.happen(2)
    heard = story.follow(after_seq=-1)
    story.bus.publish(story.store.append(OTHER_SESSION, 0, [ListeningPaused(at_sample=0)], 0.0))
    story.happen()
    assert heard.seqs == [1, 2, 3]


def test_the_log_is_read_once_when_nothing_is_missing() -> None:
    story = Story()
    story.happen(2)
    story.follow()
    story.happen(5)
    assert story.store.reads == 1


def test_a_subscriber_that_fails_is_logged_and_still_hears_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_stored: StoredEvent) -> None:
        raise ZeroDivisionError("on purpose")

    story = Story()
    story.happen(2)
    with caplog.at_level(logging.ERROR):
        heard = story.follow(heard=Heard(then=fail))
        story.happen(2)
    assert heard.seqs == [1, 2, 3, 4]
    assert [record.getMessage() for record in caplog.records] == [
        "A subscriber failed on listening-paused of session session-1"
    ] * 4


def test_a_log_that_cannot_be_read_is_an_error_and_nobody_is_called_afterwards() -> None:
    story, heard = Story(), Heard()
    story.happen(2)
    story.store.read_failure = EventStoreBusyError("Locked.")
    with pytest.raises(EventStoreBusyError):
        story.follow(heard=heard)
    story.happen()
    assert heard.seqs == []


def test_an_interrupt_while_the_past_is_handed_over_ends_the_feed() -> None:
    def interrupt(_stored: StoredEvent) -> None:
        raise KeyboardInterrupt

    story, heard = Story(), Heard(then=interrupt)
    story.happen(2)
    with pytest.raises(KeyboardInterrupt):
        story.follow(heard=heard)
    story.happen()
    assert heard.seqs == [1]


@pytest.mark.parametrize("at_seq", [2, 3, 5])
def test_it_can_be_cancelled_by_the_subscriber_in_the_past_meanwhile_and_live(at_seq: int) -> None:
    story = Story()
    story.happen(2)
    story.store.before_read = story.happen

    def cancel(stored: StoredEvent) -> None:
        if stored.seq == at_seq:
            feed.cancel()

    heard = Heard(then=cancel)
    feed = EventFeed(story.store, story.bus, SESSION, 0, heard)
    feed.begin()
    story.happen(4)
    feed.cancel()
    assert heard.seqs == list(range(1, at_seq + 1))


def test_a_feed_that_is_cancelled_before_it_begins_hands_over_nothing() -> None:
    story, heard = Story(), Heard()
    story.happen(2)
    feed = EventFeed(story.store, story.bus, SESSION, 0, heard)
    feed.cancel()
    feed.begin()
    story.happen()
    assert heard.seqs == []


def test_what_a_subscriber_brings_about_comes_after_the_event_it_was_called_for() -> None:
    story = Story()
    story.happen(2)
    heard = Heard(then=lambda stored: story.happen() if stored.seq < 6 else None)
    story.follow(heard=heard)
    assert heard.seqs == [1, 2, 3, 4, 5, 6, 7]


def test_the_past_does_not_hold_up_whoever_publishes() -> None:
    story, is_held, may_go_on = Story(), threading.Event(), threading.Event()
    story.happen(2)

    def hold(stored: StoredEvent) -> None:
        if stored.seq == 1:
            is_held.set()
            assert may_go_on.wait(TIMEOUT_SECONDS)

    heard = Heard(then=hold)
    thread = threading.Thread(target=story.follow, args=(0, heard))
    thread.start()
    assert is_held.wait(TIMEOUT_SECONDS)
    story.happen(3)
    assert heard.seqs == [1]
    may_go_on.set()
    thread.join(TIMEOUT_SECONDS)
    assert heard.seqs == [1, 2, 3, 4, 5]


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

    def follow(self) -> Heard:
        heard = Heard()
        follow(self.store, self.bus, SESSION, 0, heard)
        return heard


def test_what_was_not_stored_when_it_joined_is_read_as_soon_as_it_is() -> None:
    outage = Outage()
    heard = outage.follow()
    outage.go_on()
    assert heard.seqs == [1]
    outage.store.failure = None
    outage.clock.advance(5.0)
    outage.go_on()
    assert heard.events == list(outage.store.read(SESSION))
    outage.go_on()
    assert heard.seqs == list(range(1, len(heard.events) + 1))
    assert len(heard.events) > 9


def test_who_heard_of_it_before_the_outage_misses_nothing_and_waits_for_nothing() -> None:
    outage = Outage()
    outage.store.failure = None
    outage.log.save_held()
    heard = outage.follow()
    outage.store.failure = EventStoreBusyError("Locked.")
    outage.go_on()
    outage.go_on()
    stored = len(list(outage.store.read(SESSION)))
    assert heard.seqs == list(range(1, len(heard.events) + 1))
    assert len(heard.events) == stored + 5


def test_a_session_that_ends_without_its_store_is_told_behind_a_hole_that_shows() -> None:
    outage = Outage()
    heard = outage.follow()
    outage.go_on()
    outage.store.read_failure = EventStoreBusyError("Locked.")
    outage.stop()
    assert heard.seqs[0] == 1
    assert heard.seqs[1:] == list(range(5, 5 + len(heard.seqs) - 1))
    assert heard.events[-1].event.type == "session-stopped"


def test_a_reader_that_knows_what_waits_to_be_stored_leaves_no_hole() -> None:
    outage = Outage()
    waiting: list[StoredEvent] = []

    class Reader:
        def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
            yield from outage.store.read(session_id, after_seq)
            yield from (stored for stored in waiting if stored.seq > after_seq)

    outage.bus.subscribe(waiting.append)
    outage.go_on()
    heard = Heard()
    follow(Reader(), outage.bus, SESSION, 4, heard)
    outage.go_on()
    assert heard.seqs == [5, 6, 7, 8]


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
    joined: list[tuple[int, Heard]] = field(default_factory=list)
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
            heard = Heard()
            feed = follow(self.store, self.bus, SESSION, after_seq, heard)
            if len(self.joined) < 60:
                self.joined.append((after_seq, heard))
                if len(self.joined) > 10:
                    self.are_few_there.set()
            else:
                feed.cancel()
                assert heard.seqs == list(range(after_seq + 1, after_seq + 1 + len(heard.seqs)))

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
    for after_seq, heard in session.joined:
        assert heard.seqs == list(range(after_seq + 1, session.events + 1))
