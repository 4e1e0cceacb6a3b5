"""A session replays from its log, and its recording, heard again, gives the same utterances."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, WITHOUT_PARTIALS, Rig, settings, silence
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.application.replay.replay import (
    RerunTimeoutError,
    SessionNotFoundError,
    replay_log,
    rerun_recording,
)
from realtime_mlx_stt.application.replay.session_comparison import SessionComparison
from realtime_mlx_stt.application.session.audio_schedule import ScheduledEntry
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, WakeWordSettings
from realtime_mlx_stt.domain.state import Stopped
from realtime_mlx_stt.ports.audio_source import AudioDeviceBusyError, SourceLost, SourceRecovered
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError

RECORDED = replace(WITHOUT_PARTIALS, record_audio=True)
WAKE_WORD = np.full(2_000, 0.9, dtype=np.float32)
UTTERANCE = np.concatenate((silence(0.5), spoken(1, 2), silence(1)))


def test_a_log_replays_to_its_state_transcript_and_ledger(rig: Rig) -> None:
    log = rig.hear_all(UTTERANCE)
    replay = replay_log(rig.store, log[0].session_id)
    assert (replay.events, replay.violations) == (len(log), ())
    assert isinstance(replay.state, Stopped)
    assert replay.transcript.text == "word1 word2"
    assert replay.ledger.captured_samples == len(UTTERANCE)


def test_a_session_that_never_was_is_not_found(rig: Rig) -> None:
    with pytest.raises(SessionNotFoundError):
        replay_log(rig.store, SessionId("nobody"))
    with pytest.raises(SessionNotFoundError):
        rerun_recording(rig.orchestrator, (), Path("nothing.wav"))


def rerun(rig: Rig, log: tuple[StoredEvent, ...]) -> SessionComparison:
    recording = rig.recordings.path(log[0].session_id)
    return rerun_recording(rig.orchestrator, log, recording, TIMEOUT_SECONDS)


def test_a_recording_heard_again_gives_the_same(rig: Rig) -> None:
    session_id, _ = rig.start(RECORDED)
    for _ in range(3):
        rig.source.hear(UTTERANCE, block_samples=1_000)
    comparison = rerun(rig, rig.finish(session_id))
    assert len(comparison.utterances) == 3
    assert comparison.is_same


def test_all_that_was_asked_and_all_that_befell_it_is_repeated_at_the_same_samples(rig: Rig) -> None:
    waking = settings("base", wake_word=WakeWordSettings(words=("hey_jarvis",), timeout_seconds=2.0))
    session_id, _ = rig.start(RECORDED)
    o, source = rig.orchestrator, rig.source
    source.hear(np.concatenate((silence(0.3), spoken(1, gap_seconds=0))), block_samples=333)
    o.commit_utterance(session_id)
    source.hear(UTTERANCE, block_samples=777)
    source.lose(12_345)
    source.hear(np.concatenate((UTTERANCE, spoken(3, gap_seconds=0))), block_samples=500)
    o.pause(session_id)
    source.hear(UTTERANCE, block_samples=510)
    o.resume(session_id)
    source.hear(spoken(4, gap_seconds=0))
    source.deliver(SourceLost(at_sample=source.position, error=AudioDeviceBusyError("Unplugged.")))
    source.lose(5_000, e.GapReason.SOURCE_LOST)
    source.deliver(SourceRecovered(at_sample=source.position))
    source.hear(UTTERANCE)
    o.change_settings(session_id, waking)
    source.hear(np.concatenate((UTTERANCE, WAKE_WORD, UTTERANCE, spoken(5, gap_seconds=0))))
    source.hear(np.concatenate((WAKE_WORD, silence(2.5), WAKE_WORD, spoken(6))), block_samples=100)
    o.stop_pipeline(session_id)
    log = rig.over(session_id)
    assert {stored.event.type for stored in log} >= {
        "audio-gap-recorded",
        "audio-source-lost",
        "listening-paused",
        "settings-changed",
        "wake-word-detected",
        "wake-word-expired",
    }
    comparison = rerun(rig, log)
    assert comparison.other_differences == ()
    assert comparison.is_same
    assert len(comparison.utterances) >= 7


def test_partials_and_speculation_make_no_difference(rig: Rig) -> None:
    session_id, _ = rig.start(PipelineConfig(settings=SessionSettings(), record_audio=True))
    for _ in range(3):
        rig.source.hear(UTTERANCE)
    assert rerun(rig, rig.finish(session_id)).is_same


def log_with_settings(rig: Rig, asked: SessionSettings) -> tuple[StoredEvent, ...]:
    """The log of a recorded session whose settings were changed to these, which may be those of another machine."""
    session_id, _ = rig.start(RECORDED)
    rig.source.hear(UTTERANCE)
    rig.orchestrator.change_settings(session_id, settings("base"))
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    return tuple(
        replace(stored, event=replace(stored.event, settings=asked))
        if isinstance(stored.event, e.SettingsChanged)
        else stored
        for stored in log
    )


def test_a_wake_word_that_is_not_installed_here_is_an_error_and_not_a_rerun_without_end(rig: Rig) -> None:
    log = log_with_settings(rig, settings(wake_word=WakeWordSettings(words=("nobody_knows",))))
    with pytest.raises(UnknownWakeWordError, match="nobody_knows"):
        rerun(rig, log)
    assert not rig.orchestrator.running_sessions()


def test_a_schedule_that_cannot_be_kept_starts_no_session(rig: Rig) -> None:
    asked = settings(wake_word=WakeWordSettings(words=("nobody_knows",)))
    schedule = (ScheduledEntry(at_sample=100, action=asked),)
    with pytest.raises(UnknownWakeWordError):
        rig.start(replace(WITHOUT_PARTIALS, lockstep=True, schedule=schedule))
    assert rig.source.is_stopped
    assert not rig.orchestrator.running_sessions()
    assert rig.store.sessions() == ()


def test_a_model_that_is_not_here_is_an_error_before_anything_is_heard_again(rig: Rig) -> None:
    log = log_with_settings(rig, settings("nobody-has-it"))
    with pytest.raises(UnknownModelError):
        rerun(rig, log)
    assert len(rig.store.sessions()) == 1


def test_heard_again_a_crashed_session_rescues_what_the_crash_cost(rig: Rig) -> None:
    session_id, _ = rig.start(RECORDED)
    for _ in range(3):
        rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    before = [stored.event for stored in log[: [s.event.type for s in log].index("speech-ended") + 1]]
    crash = e.SessionInterrupted(lost_utterances=(UtteranceId(1),))
    crashed = tuple(replace(log[0], seq=seq, event=event) for seq, event in enumerate((*before, crash), start=1))
    comparison = rerun(rig, crashed)
    assert comparison.is_same
    assert [heard.text for heard in comparison.rescued] == ["word1 word2"] * 3


def test_another_recording_is_told_apart(rig: Rig) -> None:
    session_id, _ = rig.start(RECORDED)
    rig.source.hear(np.concatenate((UTTERANCE, UTTERANCE)))
    log = rig.finish(session_id)
    recording = rig.recordings.path(session_id)
    rig.sources.files[recording] = np.concatenate((UTTERANCE, silence(0.5), spoken(1, 3), silence(1)))
    first, second = rerun_recording(rig.orchestrator, log, recording, TIMEOUT_SECONDS).utterances
    assert (first.has_same_boundaries, first.has_same_text) == (True, True)
    assert (second.has_same_boundaries, second.has_same_text) == (True, False)


def test_a_rerun_that_takes_too_long_is_stopped(rig: Rig) -> None:
    session_id, _ = rig.start(RECORDED)
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    recording = rig.recordings.path(session_id)
    rig.voice_activity.gate.clear()
    rig.sources.files[recording] = silence(1)
    with pytest.raises(RerunTimeoutError):
        rerun_recording(rig.orchestrator, log, recording, timeout_seconds=0.0)
    rig.voice_activity.gate.set()
