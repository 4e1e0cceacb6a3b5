"""Whoever ends a program can wait for the callbacks that are owed, but not for ever."""

import threading

from tests.adapters.python_api.process import Calls, FakeProcess, recorded_session, utterance
from tests.application.rig import TIMEOUT_SECONDS

from realtime_mlx_stt.adapters.python_api.callback_thread import await_callbacks


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


def test_there_is_nothing_to_wait_for_where_nothing_was_started() -> None:
    assert await_callbacks(0.0)


def assert_in_time(gate: threading.Event) -> None:
    assert gate.wait(TIMEOUT_SECONDS)
