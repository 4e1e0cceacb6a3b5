"""Closing is for good, and nothing that waits for something else can keep it, or a stop, from ending in time."""

import threading

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, WITHOUT_PARTIALS, Rig, silence, texts
from tests.application.slow_to_load import SlowToLoad
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.application.session.running_sessions import OrchestratorClosedError
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioSourceError
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError

SPEECH = np.concatenate((silence(1), spoken(1, 2), silence(1)))


def test_nothing_is_started_after_the_close(rig: Rig) -> None:
    assert rig.orchestrator.close(TIMEOUT_SECONDS)
    with pytest.raises(OrchestratorClosedError):
        rig.orchestrator.start_pipeline(WITHOUT_PARTIALS)
    with pytest.raises(OrchestratorClosedError):
        rig.orchestrator.initialize_pipeline(WITHOUT_PARTIALS)


def test_a_start_that_waits_for_its_model_while_all_is_closed_starts_nothing() -> None:
    engines = SlowToLoad()
    rig = Rig(engines=engines)
    refusals: list[Exception] = []

    def start() -> None:
        try:
            rig.start()
        except OrchestratorClosedError as error:
            refusals.append(error)

    starter = threading.Thread(target=start)
    starter.start()
    assert engines.entered.wait(TIMEOUT_SECONDS)
    rig.orchestrator.close(timeout_seconds=0.0)
    engines.gate.set()
    starter.join(TIMEOUT_SECONDS)
    assert len(refusals) == 1
    assert rig.orchestrator.running_sessions() == ()
    assert rig.source.is_stopped
    assert not rig.is_claimed(SessionId("session-0001"))


def test_a_close_from_a_subscriber_loses_no_text_and_leaves_no_thread(rig: Rig) -> None:
    def close(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechEnded):
            assert not rig.orchestrator.close()

    before = set(threading.enumerate())
    session_id, _ = rig.start(subscriber=close)
    rig.source.hear(SPEECH)
    log = rig.over(session_id)
    assert texts(log) == ["word1 word2"]
    assert log[-1].event.type == "session-stopped"
    assert rig.orchestrator.close(TIMEOUT_SECONDS)
    assert set(threading.enumerate()) <= before


def test_subscribers_that_ask_each_other_s_session_for_something_hang_nobody(rig: Rig) -> None:
    sessions: list[SessionId] = []
    meeting = threading.Barrier(2)

    def pause_the_other(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechStarted):
            meeting.wait(TIMEOUT_SECONDS)
            (other,) = [session for session in sessions if session != stored.session_id]
            rig.orchestrator.pause(other)

    watches = []
    for _ in range(2):
        session_id, watch = rig.start(subscriber=pause_the_other)
        sessions.append(session_id)
        watches.append(watch)
    for source in rig.sources.made:
        source.hear(SPEECH)
    for watch in watches:
        watch.until(e.ListeningPaused)
    assert rig.orchestrator.close(TIMEOUT_SECONDS)


def test_a_stop_says_when_a_subscriber_holds_the_session_up(rig: Rig) -> None:
    gate = threading.Event()

    def hang(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechStarted):
            assert gate.wait(TIMEOUT_SECONDS)

    session_id, watch = rig.start(subscriber=hang)
    rig.source.hear(SPEECH)
    watch.until(e.SpeechStarted)
    assert not rig.orchestrator.stop_pipeline(session_id, timeout_seconds=0.0)
    gate.set()
    assert rig.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)
    assert rig.over(session_id)[-1].event.type == "session-stopped"


def test_a_check_finds_what_is_wrong_before_a_model_is_loaded(rig: Rig) -> None:
    rig.orchestrator.check_pipeline(WITHOUT_PARTIALS)
    rig.sources.open_error = AudioSourceError("There is no microphone.")
    with pytest.raises(AudioSourceError):
        rig.orchestrator.check_pipeline(WITHOUT_PARTIALS)
    with pytest.raises(UnknownWakeWordError):
        rig.orchestrator.check_pipeline(
            rig.orchestrator.configure_profile("wake-word", {"wake_word": {"words": ["abracadabra"]}})
        )
    assert isinstance(rig.engines, ScriptedEngines)
    assert rig.engines.load_threads == []
    assert all(source.is_stopped for source in rig.sources.made)
