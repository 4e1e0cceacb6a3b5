"""Sessions that are stopped together, at whatever moment the stop comes."""

import threading

from tests.adapters.python_api.process import MODEL, FakeProcess, utterance
from tests.application.rig import TIMEOUT_SECONDS

from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session.running_sessions import RunningSessions
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession


def test_a_stop_just_before_a_session_begins_is_not_lost(process: FakeProcess) -> None:
    sessions = RunningSessions()

    def start(session: TranscriptionSession) -> bool:
        sessions.stop()
        return session.start()

    assert not sessions.start(TranscriptionSession(MODEL), start)
    assert process.rig.source.is_stopped
    assert sessions.going_on() == []


def test_one_that_has_been_stopped_may_be_started_again(process: FakeProcess) -> None:
    sessions, session = RunningSessions(), TranscriptionSession(MODEL)
    for _ in range(2):
        assert sessions.start(session, TranscriptionSession.start)
        assert sessions.going_on() == [session]
        sessions.stop()
        assert sessions.going_on() == []


def test_the_last_callback_has_returned_when_they_are_stopped(process: FakeProcess) -> None:
    sessions, texts, moment = RunningSessions(), list[str](), threading.Event()

    def hear_slowly(result: TranscriptionResult) -> None:
        moment.wait(0.1)
        texts.append(result.text)

    sessions.start(TranscriptionSession(MODEL, on_transcription=hear_slowly), TranscriptionSession.start)
    process.rig.source.hear(utterance(1))
    sessions.stop()
    assert texts == ["word1"]


class InterruptedByStop(TranscriptionSession):
    """While it is asked whether it is going on, a signal handler stops everything."""

    sessions: RunningSessions | None = None

    def is_going_on(self) -> bool:
        sessions, self.sessions = self.sessions, None
        if sessions is not None:
            sessions.stop()
        return super().is_going_on()


def test_a_signal_handler_may_stop_them_on_a_thread_that_is_at_it(process: FakeProcess) -> None:
    sessions, session = RunningSessions(), InterruptedByStop(MODEL)
    sessions.start(session, TranscriptionSession.start)
    session.sessions = sessions
    asking = threading.Thread(target=sessions.going_on, daemon=True)
    asking.start()
    asking.join(TIMEOUT_SECONDS)
    assert not asking.is_alive()
    assert process.rig.source.is_stopped
