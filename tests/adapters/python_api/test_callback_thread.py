"""Whoever ends a program can wait for the callbacks that are owed, but not for ever."""

import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.adapters.python_api.process import Calls, FakeProcess, recorded_session, utterance
from tests.application.rig import TIMEOUT_SECONDS
from tests.application.stories import SESSION

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.python_api.session.callback_thread import CallbackThread, await_callbacks
from realtime_mlx_stt.application.log.stream import EventStream


def test_the_last_callbacks_are_waited_for_until_the_timeout(process: FakeProcess, calls: Calls) -> None:
    session, gate = recorded_session(calls, ("transcription",)), threading.Event()
    calls.then = lambda _name: assert_in_time(gate)
    session.start()
    process.rig.source.hear(utterance(1))
    process.rig.source.end()
    calls.until("transcription")
    assert not await_callbacks(0.01)
    gate.set()
    assert await_callbacks(TIMEOUT_SECONDS)


def test_a_callback_waits_for_none_of_its_own(process: FakeProcess, calls: Calls) -> None:
    session, answers = recorded_session(calls, ("transcription",)), list[bool]()
    calls.then = lambda _name: answers.append(await_callbacks(TIMEOUT_SECONDS))
    session.start()
    process.rig.source.hear(utterance(1))
    process.rig.source.end()
    assert session.wait_for_callbacks(TIMEOUT_SECONDS)
    assert answers == [False]


@pytest.fixture
def gate_of_new_threads() -> Iterator[threading.Event]:
    """Threads that are started run nothing until this is set."""
    gate = threading.Event()

    def wait(*_: Any) -> None:
        sys.setprofile(None)
        assert_in_time(gate)

    threading.setprofile(wait)
    yield gate
    threading.setprofile(None)
    gate.set()


def test_a_thread_that_has_just_been_started_is_waited_for(gate_of_new_threads: threading.Event) -> None:
    stream = EventStream(InMemoryEventStore(), BlinkerEventBus(), SESSION)
    thread = CallbackThread(stream, "callbacks", lambda _stored: None, lambda _error: None)
    thread.start()
    assert not await_callbacks(0.0)
    stream.close()
    gate_of_new_threads.set()
    assert await_callbacks(TIMEOUT_SECONDS)


def test_who_was_interrupted_while_waiting_can_wait_again() -> None:
    """A Ctrl-C in ``Thread.join`` lets every later join of that thread return at once."""
    stream = EventStream(InMemoryEventStore(), BlinkerEventBus(), SESSION)
    thread = CallbackThread(stream, "callbacks", lambda _stored: None, lambda _error: None)
    thread.start()
    pressing = threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        thread.join(TIMEOUT_SECONDS)
    assert not thread.join(0.0)
    stream.close()
    assert thread.join(TIMEOUT_SECONDS)
    pressing.join()


def test_there_is_nothing_to_wait_for_where_nothing_was_started() -> None:
    assert await_callbacks(0.0)


def assert_in_time(gate: threading.Event) -> None:
    assert gate.wait(TIMEOUT_SECONDS)
