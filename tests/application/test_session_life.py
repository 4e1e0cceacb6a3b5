"""A session begins, is steered and ends as it is asked to, and leaves nothing behind."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, WITHOUT_PARTIALS, Rig, settings, silence, texts
from tests.application.stand_ins import UnansweringEngines
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.session.pipeline import PipelineConfig, SourceProgress
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings, WakeWordSettings
from realtime_mlx_stt.domain.state import Listening
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError


def concatenated(*parts: AudioSamples) -> AudioSamples:
    return np.concatenate(parts)


def test_speech_between_silences_becomes_one_final_text(rig: Rig) -> None:
    log = rig.hear_all(concatenated(silence(1), spoken(1, 2, 3), silence(1)))
    assert [stored.event.type for stored in log] == [
        "session-started",
        "speech-started",
        "speech-ended",
        "utterance-transcribed",
        "session-stopping",
        "session-stopped",
    ]
    assert texts(log) == ["word1 word2 word3"]
    assert log_violations(log) == ()


def test_the_session_has_begun_when_start_returns(rig: Rig) -> None:
    session_id, watch = rig.start()
    assert watch.types == ["session-started"]
    (started,) = rig.store.read(session_id)
    assert isinstance(started.event, e.SessionStarted)
    assert (started.event.source, started.event.started_at) == ("the microphone", rig.clock.now())
    assert isinstance(rig.orchestrator.state(session_id), Listening)
    assert rig.orchestrator.running_sessions() == (session_id,)


def test_stopping_in_the_middle_of_speech_loses_no_last_word(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(concatenated(silence(1), spoken(1, 2, 3, gap_seconds=0)), block_samples=700)
    rig.orchestrator.stop_pipeline(session_id)
    log = rig.over(session_id)
    assert texts(log) == ["word1 word2 word3"]
    ended = next(stored.event for stored in log if isinstance(stored.event, e.SpeechEnded))
    assert (ended.reason, ended.end_sample) == (e.SpeechEndReason.STOPPED, rig.source.position)


def test_stopping_again_or_something_unknown_does_nothing(rig: Rig) -> None:
    session_id, _ = rig.start()
    for _ in range(3):
        rig.orchestrator.stop_pipeline(session_id)
    rig.orchestrator.stop_pipeline(SessionId("unknown"))
    assert [stored.event.type for stored in rig.over(session_id)][1:] == ["session-stopping", "session-stopped"]
    assert rig.opened.count("source stopped") == 1


def test_several_threads_may_stop_the_same_session(rig: Rig) -> None:
    session_id, watch = rig.start()
    stoppers = [threading.Thread(target=rig.orchestrator.stop_pipeline, args=(session_id,)) for _ in range(4)]
    for stopper in stoppers:
        stopper.start()
    for stopper in stoppers:
        stopper.join(TIMEOUT_SECONDS)
        assert not stopper.is_alive()
    assert watch.types.count("session-stopped") == 1


@pytest.mark.parametrize("at", [e.SessionStarted, e.SpeechStarted, e.UtteranceTranscribed])
def test_a_subscriber_may_stop_the_session(rig: Rig, at: type[e.SessionEvent]) -> None:
    def stop(stored: StoredEvent) -> None:
        if isinstance(stored.event, at):
            rig.orchestrator.stop_pipeline(stored.session_id)

    session_id, _ = rig.start(subscriber=stop)
    rig.source.hear(concatenated(silence(1), spoken(1, 2), silence(1)))
    log = rig.over(session_id)
    assert log[-1].event.type == "session-stopped"
    assert log_violations(log) == ()


def test_a_subscriber_that_waits_for_its_own_session_is_told_at_once(rig: Rig) -> None:
    answers: list[bool] = []

    def wait(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechStarted):
            answers.append(rig.orchestrator.wait(stored.session_id))

    session_id, _ = rig.start(subscriber=wait)
    rig.source.hear(spoken(1))
    rig.finish(session_id)
    assert answers == [False]


def test_a_subscriber_may_steer_its_own_session(rig: Rig) -> None:
    def pause(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.UtteranceTranscribed):
            rig.orchestrator.pause(stored.session_id)

    session_id, watch = rig.start(subscriber=pause)
    rig.source.hear(concatenated(spoken(1), silence(1)))
    watch.until(e.ListeningPaused)
    rig.orchestrator.stop_pipeline(session_id)


def test_waiting_ends_after_its_timeout_and_returns_at_once_for_what_is_over(rig: Rig) -> None:
    session_id, _ = rig.start()
    assert not rig.orchestrator.wait(session_id, timeout_seconds=0.0)
    rig.orchestrator.stop_pipeline(session_id)
    assert rig.orchestrator.wait(session_id)


def test_a_language_by_its_name_is_kept_by_its_code(rig: Rig) -> None:
    def language(name: str) -> SessionSettings:
        return replace(settings("base"), transcription=replace(settings("base").transcription, language=name))

    session_id, watch = rig.start(PipelineConfig(settings=language("German")))
    rig.orchestrator.change_settings(session_id, language("french"))
    watch.until(e.SettingsChanged)
    rig.orchestrator.stop_pipeline(session_id)
    kept = [each.event for each in watch.events if isinstance(each.event, e.SessionStarted | e.SettingsChanged)]
    assert [event.settings.transcription.language for event in kept] == ["de", "fr"]


@pytest.mark.parametrize("after_seq", [0, 1, 3, 99])
def test_a_subscriber_may_go_on_after_any_event(rig: Rig, after_seq: int) -> None:
    session_id, _ = rig.start()
    rig.source.hear(concatenated(spoken(1), silence(1)))
    rig.until_heard(session_id)
    stream = rig.orchestrator.follow(session_id, after_seq)
    rig.source.hear(concatenated(spoken(2), silence(1)))
    log = rig.finish(session_id)
    assert list(iter(stream.take, None)) == list(log[after_seq:])


def test_the_progress_of_a_running_session_is_known(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(silence(1))
    rig.until_heard(session_id)
    assert rig.orchestrator.progress(session_id) == SourceProgress(heard_samples=16_000, duration_samples=None)
    rig.finish(session_id)
    with pytest.raises(SessionNotRunningError):
        rig.orchestrator.progress(session_id)


def test_a_text_that_does_not_come_is_given_up_after_the_stops_timeout() -> None:
    engines = UnansweringEngines()
    rig = Rig(engines=engines)
    session_id, _ = rig.start()
    rig.source.hear(concatenated(spoken(1), silence(1)))
    rig.orchestrator.stop_pipeline(session_id, timeout_seconds=0.0)
    log = rig.over(session_id)
    failures = [stored.event for stored in log if isinstance(stored.event, e.TranscriptionFailed)]
    assert [failure.code for failure in failures] == ["transcription-abandoned"]
    assert log[-1].event.type == "session-stopped"
    engines.gate.set()
    rig.orchestrator.close()


def test_closing_stops_every_session_and_every_thread(rig: Rig) -> None:
    sessions = [rig.start()[0] for _ in range(3)]
    rig.orchestrator.close(TIMEOUT_SECONDS)
    rig.orchestrator.close(TIMEOUT_SECONDS)
    assert rig.orchestrator.running_sessions() == ()
    for session_id in sessions:
        assert [stored.event.type for stored in rig.store.read(session_id)][-1] == "session-stopped"
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("inference", "session-"))]


def test_what_a_session_held_is_released_when_it_ends(rig: Rig) -> None:
    session_id, _ = rig.start(replace(WITHOUT_PARTIALS, record_audio=True))
    assert rig.is_claimed(session_id)
    assert rig.has_subscribers(session_id)
    rig.finish(session_id)
    assert not rig.is_claimed(session_id)
    assert not rig.has_subscribers(session_id)
    assert rig.recordings.made[session_id].is_closed
    assert rig.source.is_stopped


def test_while_paused_nothing_is_heard_and_the_pause_is_a_gap(rig: Rig) -> None:
    session_id, _ = rig.start(replace(WITHOUT_PARTIALS, record_audio=True))
    rig.source.hear(concatenated(spoken(1), silence(1)))
    rig.orchestrator.pause(session_id)
    paused_at = rig.source.position
    rig.source.hear(concatenated(spoken(2), silence(1)))
    rig.orchestrator.resume(session_id)
    resumed_at = rig.source.position
    rig.source.hear(concatenated(spoken(3), silence(1)))
    log = rig.finish(session_id)
    assert texts(log) == ["word1", "word3"]
    gap = next(stored.event for stored in log if isinstance(stored.event, e.AudioGapRecorded))
    assert (gap.start_sample, gap.lost_samples, gap.reason) == (
        paused_at,
        resumed_at - paused_at,
        e.GapReason.PAUSED,
    )
    assert audio_ledger(stored.event for stored in log).captured_samples == rig.source.position
    audio = rig.recordings.made[session_id].audio
    assert len(audio) == rig.source.position
    assert not audio[paused_at:resumed_at].any()
    assert log_violations(log) == ()


def test_pausing_in_the_middle_of_speech_ends_the_utterance(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(spoken(1, 2, gap_seconds=0))
    rig.orchestrator.pause(session_id)
    rig.orchestrator.pause(session_id)
    log = rig.finish(session_id)
    assert texts(log) == ["word1 word2"]
    ended = next(stored.event for stored in log if isinstance(stored.event, e.SpeechEnded))
    assert ended.reason is e.SpeechEndReason.PAUSED


def test_push_to_talk_ends_the_utterance_where_it_is_committed(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(spoken(1, gap_seconds=0))
    rig.orchestrator.commit_utterance(session_id)
    committed_at = rig.source.position
    rig.source.hear(concatenated(spoken(2), silence(1)))
    log = rig.finish(session_id)
    assert texts(log) == ["word1", "word2"]
    first, second = (stored.event for stored in log if isinstance(stored.event, e.SpeechEnded))
    assert (first.reason, first.end_sample) == (e.SpeechEndReason.COMMITTED, committed_at)
    assert second.start_sample == committed_at
    assert log_violations(log) == ()


def test_committing_when_nobody_speaks_does_nothing(rig: Rig) -> None:
    session_id, watch = rig.start()
    rig.source.hear(silence(1))
    rig.orchestrator.commit_utterance(session_id)
    assert watch.types == ["session-started"]


def test_other_settings_hold_from_where_they_were_changed(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(concatenated(spoken(1), silence(1)))
    rig.orchestrator.change_settings(session_id, settings("base"))
    changed_at = rig.source.position
    rig.source.hear(concatenated(spoken(2), silence(1)))
    log = rig.finish(session_id)
    finals = [stored.event for stored in log if isinstance(stored.event, e.UtteranceTranscribed)]
    assert [(final.text, final.model) for final in finals] == [("word1", "tiny.en"), ("word2", "base")]
    changes = [stored.event for stored in log if isinstance(stored.event, e.SettingsChanged)]
    assert changes == [e.SettingsChanged(settings=settings("base"), at_sample=changed_at)]


def test_settings_that_cannot_be_had_change_nothing(rig: Rig) -> None:
    session_id, watch = rig.start()
    with pytest.raises(UnknownModelError):
        rig.orchestrator.change_settings(session_id, settings("huge"))
    with pytest.raises(UnknownWakeWordError):
        rig.orchestrator.change_settings(session_id, settings(wake_word=WakeWordSettings(words=("nobody",))))
    rig.orchestrator.change_settings(session_id, WITHOUT_PARTIALS.settings)
    assert watch.types == ["session-started"]


def test_what_is_asked_of_a_session_that_does_not_run_is_refused(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.orchestrator.stop_pipeline(session_id)
    for ask in (
        rig.orchestrator.pause,
        rig.orchestrator.resume,
        rig.orchestrator.commit_utterance,
        rig.orchestrator.state,
    ):
        with pytest.raises(SessionNotRunningError):
            ask(session_id)
    loads = len(rig.opened)
    with pytest.raises(SessionNotRunningError):
        rig.orchestrator.change_settings(session_id, settings("base"))
    assert len(rig.opened) == loads


def test_a_session_that_is_stopping_refuses_to_pause() -> None:
    engines = UnansweringEngines()
    rig = Rig(engines=engines)
    session_id, watch = rig.start()
    rig.source.hear(concatenated(spoken(1), silence(1)))
    rig.source.end()
    watch.until(e.SessionStopping)
    with pytest.raises(IllegalCommandError):
        rig.orchestrator.pause(session_id)
    engines.gate.set()
    assert texts(rig.over(session_id)) == ["word1"]
    rig.orchestrator.close()


def test_what_is_asked_too_late_is_refused_when_the_session_ends(rig: Rig) -> None:
    session_id, watch = rig.start()
    rig.voice_activity.gate.clear()
    rig.source.hear(silence(0.1))
    answers: list[str] = []

    def ask(question: Callable[[SessionId], None]) -> None:
        try:
            question(session_id)
        except SessionNotRunningError as error:
            answers.append(error.code)

    rig.source.end()
    asking = [threading.Thread(target=ask, args=(rig.orchestrator.commit_utterance,)) for _ in range(3)]
    for thread in asking:
        thread.start()
    rig.voice_activity.gate.set()
    for thread in asking:
        thread.join(TIMEOUT_SECONDS)
        assert not thread.is_alive()
    rig.over(session_id)
    assert answers == ["session-not-running"] * 3
    assert watch.types[-1] == "session-stopped"


def test_two_sessions_at_once_write_the_texts_they_write_alone(rig: Rig) -> None:
    sayings = ([1, 2, 3], [4, 5], [6], [7, 8, 9, 10])
    sessions = []
    for words in sayings:
        session_id, _ = rig.start()
        sessions.append((session_id, rig.source, concatenated(spoken(*words), silence(1))))
    speakers = [threading.Thread(target=source.hear, args=(audio,)) for _, source, audio in sessions]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join(TIMEOUT_SECONDS)
    for (session_id, source, _), words in zip(sessions, sayings, strict=True):
        source.end()
        assert texts(rig.over(session_id)) == [" ".join(f"word{word}" for word in words)]


def test_profiles_are_configured_through_the_orchestrator(rig: Rig) -> None:
    config = rig.orchestrator.configure_profile("vad-triggered", {"transcription": {"model": "base"}})
    assert isinstance(config, PipelineConfig)
    assert config.settings.transcription.model == "base"
