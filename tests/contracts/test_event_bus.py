"""A bus delivers every event to every subscriber, in order, whatever the subscribers do."""

import gc
import logging
import threading
import weakref
from collections.abc import Callable

import pytest

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.domain.events import ListeningPaused, ListeningResumed
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_bus import EventBus, Subscription
from realtime_mlx_stt.ports.event_store import StoredEvent

FIRST = SessionId("first")
SECOND = SessionId("second")
TIMEOUT_SECONDS = 60.0


@pytest.fixture(params=[BlinkerEventBus])
def bus(request: pytest.FixtureRequest) -> EventBus:
    make: Callable[[], EventBus] = request.param
    return make()


def stored(seq: int, session_id: SessionId = FIRST) -> StoredEvent:
    event = ListeningPaused(at_sample=seq) if seq % 2 else ListeningResumed(at_sample=seq)
    return StoredEvent(session_id=session_id, seq=seq, position=seq, recorded_at=1.0, event=event)


def test_every_subscriber_hears_every_event_in_order(bus: EventBus) -> None:
    first: list[StoredEvent] = []
    second: list[StoredEvent] = []
    bus.subscribe(first.append)
    bus.subscribe(second.append)
    events = [stored(seq) for seq in range(1, 30)]
    bus.publish(events[:10])
    bus.publish(events[10:11])
    bus.publish(())
    bus.publish(events[11:])
    assert first == second == events


def test_subscribers_are_called_in_the_order_in_which_they_subscribed(bus: EventBus) -> None:
    calls: list[tuple[int, int]] = []
    subscriptions = [
        bus.subscribe(lambda event, number=number: calls.append((event.seq, number)))  # type: ignore[misc]
        for number in range(20)
    ]
    subscriptions[7].cancel()
    bus.publish((stored(1), stored(2)))
    numbers = [number for number in range(20) if number != 7]
    assert calls == [(seq, number) for seq in (1, 2) for number in numbers]


def test_who_subscribes_twice_is_called_twice(bus: EventBus) -> None:
    heard: list[StoredEvent] = []
    subscriber = heard.append
    once = bus.subscribe(subscriber)
    bus.subscribe(subscriber)
    bus.publish((stored(1),))
    assert len(heard) == 2
    once.cancel()
    bus.publish((stored(2),))
    assert len(heard) == 3


def test_what_was_published_before_is_not_delivered(bus: EventBus) -> None:
    heard: list[StoredEvent] = []
    bus.publish((stored(1),))
    bus.subscribe(heard.append)
    bus.publish((stored(2),))
    assert heard == [stored(2)]


def test_a_subscriber_to_one_session_hears_only_that(bus: EventBus) -> None:
    of_first: list[StoredEvent] = []
    of_all: list[StoredEvent] = []
    bus.subscribe(of_first.append, FIRST)
    bus.subscribe(of_all.append)
    bus.publish((stored(1, SECOND), stored(2, FIRST), stored(3, SECOND), stored(4, FIRST)))
    assert [event.seq for event in of_first] == [2, 4]
    assert [event.seq for event in of_all] == [1, 2, 3, 4]


def test_a_subscriber_that_fails_stops_nobody_and_is_logged(
    bus: EventBus, caplog: pytest.LogCaptureFixture
) -> None:
    before: list[StoredEvent] = []
    after: list[StoredEvent] = []

    def fail(_event: StoredEvent) -> None:
        raise ZeroDivisionError("on purpose")

    bus.subscribe(before.append)
    bus.subscribe(fail)
    bus.subscribe(after.append)
    with caplog.at_level(logging.ERROR):
        bus.publish((stored(1), stored(2)))
    assert before == after == [stored(1), stored(2)]
    assert [record.getMessage() for record in caplog.records] == [
        "A subscriber failed on listening-paused of session first",
        "A subscriber failed on listening-resumed of session first",
    ]
    assert "on purpose" in caplog.text


def test_a_cancelled_subscription_hears_nothing_more(bus: EventBus) -> None:
    heard: list[StoredEvent] = []
    subscription = bus.subscribe(heard.append)
    bus.publish((stored(1),))
    subscription.cancel()
    subscription.cancel()
    bus.publish((stored(2),))
    assert heard == [stored(1)]


def test_a_subscriber_may_cancel_its_own_subscription(bus: EventBus) -> None:
    heard: list[int] = []
    others: list[int] = []
    own: list[Subscription] = []

    def once(event: StoredEvent) -> None:
        heard.append(event.seq)
        own[0].cancel()

    own.append(bus.subscribe(once))
    bus.subscribe(lambda event: others.append(event.seq))
    bus.publish((stored(1), stored(2)))
    assert (heard, others) == ([1], [1, 2])


def test_a_subscriber_may_cancel_one_that_comes_after_it(bus: EventBus) -> None:
    heard: list[int] = []
    later: list[Subscription] = []
    bus.subscribe(lambda _event: later[0].cancel())
    later.append(bus.subscribe(lambda event: heard.append(event.seq)))
    bus.publish((stored(1), stored(2)))
    assert heard == []


def test_a_subscriber_may_subscribe_another_which_hears_the_next_event(bus: EventBus) -> None:
    heard: list[int] = []

    def subscribe_another(event: StoredEvent) -> None:
        if event.seq == 1:
            bus.subscribe(lambda later: heard.append(later.seq))

    bus.subscribe(subscribe_another)
    bus.publish((stored(1), stored(2), stored(3)))
    assert heard == [2, 3]


def test_a_subscriber_may_publish(bus: EventBus) -> None:
    heard: list[int] = []

    def publish_another(event: StoredEvent) -> None:
        if event.session_id == FIRST:
            bus.publish((stored(event.seq + 100, SECOND),))

    bus.subscribe(publish_another)
    bus.subscribe(lambda event: heard.append(event.seq), SECOND)
    bus.publish((stored(1), stored(2)))
    assert heard == [101, 102]


def test_a_subscriber_lives_as_long_as_its_subscription_even_if_nobody_else_knows_it(bus: EventBus) -> None:
    heard: list[int] = []

    class Subscriber:
        def hear(self, event: StoredEvent) -> None:
            heard.append(event.seq)

    subscriber = Subscriber()
    gone = weakref.ref(subscriber)
    subscription = bus.subscribe(subscriber.hear)
    del subscriber
    gc.collect()
    bus.publish((stored(1),))
    assert heard == [1]
    subscription.cancel()
    del subscription
    gc.collect()
    assert gone() is None


def test_subscriptions_that_come_and_go_leave_nothing_behind(bus: EventBus) -> None:
    def come_and_go(times: int) -> None:
        for _ in range(times):
            subscription = bus.subscribe(heard.append, FIRST)
            bus.publish((stored(1),))
            subscription.cancel()
            heard.clear()

    heard: list[StoredEvent] = []
    come_and_go(10)
    gc.collect()
    before = len(gc.get_objects())
    come_and_go(2000)
    gc.collect()
    assert len(gc.get_objects()) < before + 100


def test_many_threads_publish_and_each_sessions_events_stay_in_order(bus: EventBus) -> None:
    names = [SessionId(f"session-{number}") for number in range(8)]
    all_heard: list[StoredEvent] = []
    heard: dict[SessionId, list[int]] = {name: [] for name in names}
    bus.subscribe(all_heard.append)
    for name in names:
        bus.subscribe(lambda event, name=name: heard[name].append(event.seq), name)  # type: ignore[misc]
    begin = threading.Barrier(len(names))
    failures: list[BaseException] = []

    def publish(name: SessionId) -> None:
        try:
            begin.wait(TIMEOUT_SECONDS)
            for seq in range(1, 201):
                passing = bus.subscribe(lambda _event: None)
                bus.publish((stored(seq, name),))
                passing.cancel()
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=publish, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert failures == []
    assert heard == {name: list(range(1, 201)) for name in names}
    for name in names:
        assert [event.seq for event in all_heard if event.session_id == name] == list(range(1, 201))


def test_a_slow_subscriber_of_one_session_does_not_hold_up_another(bus: EventBus) -> None:
    is_held, may_go_on = threading.Event(), threading.Event()
    heard: list[int] = []

    def hold(_event: StoredEvent) -> None:
        is_held.set()
        assert may_go_on.wait(TIMEOUT_SECONDS)

    bus.subscribe(hold, FIRST)
    bus.subscribe(lambda event: heard.append(event.seq), SECOND)
    thread = threading.Thread(target=bus.publish, args=((stored(1),),))
    thread.start()
    assert is_held.wait(TIMEOUT_SECONDS)
    bus.publish((stored(2, SECOND),))
    assert heard == [2]
    may_go_on.set()
    thread.join(TIMEOUT_SECONDS)
