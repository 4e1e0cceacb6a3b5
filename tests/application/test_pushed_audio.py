"""A session hears what a client pushes to it, whatever becomes of the client's connection."""

import threading
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, Rig, settings, silence, texts
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import converted_samples
from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.position_requests import commit_here, pause_here, resume_here
from realtime_mlx_stt.application.session.pushed_audio import AudioNotPushedError
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import (
    AudioEncoding,
    AudioFormatError,
    AudioPositionError,
    AudioSamples,
    PushRequest,
)
from realtime_mlx_stt.ports.event_store import StoredEvent

Kind = TypeVar("Kind", bound=e.SessionEvent)

SAID = np.concatenate([silence(1), spoken(1, 2, 3), silence(1.5), spoken(4, 5), silence(1)])


def pushed(request: PushRequest) -> PipelineConfig:
    return PipelineConfig(settings=settings(), source=request)


RATES = (8_000, 16_000, 44_100, 48_000)

FLOAT = pushed(PushRequest(encoding=AudioEncoding.PCM_F32LE, description="the browser"))


def push_all(rig: Rig, session_id: SessionId, audio: AudioSamples, frames: int = 320) -> None:
    for first in range(0, len(audio), frames):
        while rig.orchestrator.push_audio(session_id, audio[first : first + frames].tobytes(), first).is_full:
            rig.until_heard(session_id)


def of_kind(log: Iterable[StoredEvent], kind: type[Kind]) -> list[Kind]:
    return [stored.event for stored in log if isinstance(stored.event, kind)]


def test_pushed_floats_are_heard_as_those_of_any_source(rig: Rig) -> None:
    session_id, _ = rig.start(FLOAT)
    push_all(rig, session_id, SAID)
    rig.orchestrator.end_audio(session_id)
    log = rig.over(session_id)
    assert texts(log) == ["word1 word2 word3", "word4 word5"]
    assert log_violations(log) == ()
    (started,) = of_kind(log, e.SessionStarted)
    assert started.source == "the browser"
    (stopping,) = of_kind(log, e.SessionStopping)
    assert (stopping.reason, stopping.captured_samples) == (e.StopReason.SOURCE_ENDED, len(SAID))


def test_whole_numbers_are_heard_as_well(rig: Rig) -> None:
    session_id, _ = rig.start(pushed(PushRequest()))
    rig.orchestrator.push_audio(session_id, np.rint(SAID * 32_768).astype("<i2").tobytes())
    rig.orchestrator.end_audio(session_id)
    assert texts(rig.over(session_id)) == ["word1 word2 word3", "word4 word5"]


def test_audio_that_is_sent_again_changes_nothing_in_the_log(rig: Rig) -> None:
    logs = []
    for step in (len(SAID), 320):
        session_id, _ = rig.start(FLOAT)
        for end in range(step, len(SAID) + step, step):
            first = max(0, end - 7 * step)
            rig.orchestrator.push_audio(session_id, SAID[first:end].tobytes(), first)
            rig.until_heard(session_id)
        rig.orchestrator.end_audio(session_id)
        log = rig.over(session_id)
        heard = [stored.event for stored in log if not isinstance(stored.event, e.UtteranceTranscribed)]
        logs.append((heard, texts(log)))
    assert logs[0] == logs[1]


def test_a_hole_is_recorded_as_a_gap_and_the_ledger_adds_up(rig: Rig) -> None:
    session_id, _ = rig.start(FLOAT)
    speech = spoken(1, 2, 3, gap_seconds=0)
    rig.orchestrator.push_audio(session_id, np.concatenate([silence(1), speech]).tobytes())
    at = 16_000 + len(speech)
    rig.orchestrator.push_audio(session_id, spoken(4, 5).tobytes(), at + 8_000)
    rig.orchestrator.end_audio(session_id)
    log = rig.over(session_id)
    assert of_kind(log, e.AudioGapRecorded) == [
        e.AudioGapRecorded(start_sample=at, lost_samples=8_000, reason=e.GapReason.SKIPPED)
    ]
    assert texts(log) == ["word1 word2 word3", "word4 word5"]
    ledger = audio_ledger(stored.event for stored in log)
    assert ledger.captured_samples == at + 8_000 + len(spoken(4, 5))
    assert ledger.gap_samples == 8_000
    assert log_violations(log) == ()


def test_a_session_that_is_half_a_minute_behind_takes_nothing_until_it_is_not(rig: Rig) -> None:
    rig.voice_activity.gate.clear()
    session_id, _ = rig.start(FLOAT)
    second, seconds, pause = silence(1).tobytes(), 0, threading.Event()
    receipt = rig.orchestrator.push_audio(session_id, b"")
    for _ in range(1_000):
        receipt = rig.orchestrator.push_audio(session_id, second)
        seconds += not receipt.is_full
        if receipt.is_full and (seconds >= 30 or pause.wait(0.01)):
            break
    assert 30 <= seconds <= 42
    assert receipt.next_position == seconds * 16_000
    rig.voice_activity.gate.set()
    rig.until_heard(session_id)
    assert not rig.orchestrator.push_audio(session_id, second, receipt.next_position).is_full
    rig.orchestrator.end_audio(session_id)
    (*_, stopped) = rig.over(session_id)
    assert isinstance(stopped.event, e.SessionStopped)
    assert stopped.event.captured_samples == (seconds + 1) * 16_000


def test_a_stop_hears_all_that_was_taken(rig: Rig) -> None:
    session_id, _ = rig.start(FLOAT)
    rig.orchestrator.push_audio(session_id, np.concatenate([silence(1), spoken(1, 2, 3)]).tobytes())
    assert rig.orchestrator.stop_pipeline(session_id)
    log = rig.over(session_id)
    assert texts(log) == ["word1 word2 word3"]
    (stopping,) = of_kind(log, e.SessionStopping)
    assert stopping.reason is e.StopReason.REQUESTED


def at_rate(samples: AudioSamples, rate: int) -> bytes:
    """The samples as a client of that rate sends them, the nearest each."""
    frames = len(samples) * rate // 16_000
    return bytes(samples[np.arange(frames) * 16_000 // rate].astype("<f4").tobytes())


@pytest.mark.parametrize("rate", RATES)
def test_a_commit_ends_the_utterance_exactly_behind_what_was_pushed_before_it(rig: Rig, rate: int) -> None:
    rig.voice_activity.gate.clear()
    session_id, _ = rig.start(pushed(PushRequest(encoding=AudioEncoding.PCM_F32LE, sample_rate_hz=rate)))
    before, behind = at_rate(np.concatenate([silence(1), spoken(40)])[:-1_234], rate), at_rate(spoken(50, 50), rate)
    rig.orchestrator.push_audio(session_id, before)
    commit = rig.orchestrator.place(session_id, commit_here)
    rig.orchestrator.push_audio(session_id, behind)
    rig.voice_activity.gate.set()
    commit()
    rig.orchestrator.end_audio(session_id)
    log = rig.over(session_id)
    first, second = of_kind(log, e.SpeechEnded)
    place = converted_samples(len(before) // 4, rate)
    assert (first.reason, first.end_sample) == (e.SpeechEndReason.COMMITTED, place)
    assert second.start_sample >= place
    assert of_kind(log, e.SessionStopping)[0].captured_samples == converted_samples(
        (len(before) + len(behind)) // 4, rate
    )
    assert log_violations(log) == ()


@pytest.mark.parametrize("rate", RATES)
def test_a_commit_needs_no_audio_behind_it(rig: Rig, rate: int) -> None:
    session_id, _ = rig.start(pushed(PushRequest(encoding=AudioEncoding.PCM_F32LE, sample_rate_hz=rate)))
    said = at_rate(np.concatenate([silence(1), spoken(40)])[:-1_234], rate)
    rig.orchestrator.push_audio(session_id, said)
    rig.orchestrator.commit_utterance(session_id)
    (ended,) = of_kind(rig.store.read(session_id), e.SpeechEnded)
    assert ended.end_sample == converted_samples(len(said) // 4, rate)
    assert rig.orchestrator.stop_pipeline(session_id)


def test_a_pause_and_its_end_lie_where_they_were_asked_for_between_what_was_pushed(rig: Rig) -> None:
    rig.voice_activity.gate.clear()
    session_id, _ = rig.start(pushed(PushRequest(encoding=AudioEncoding.PCM_F32LE, sample_rate_hz=44_100)))
    answers = []
    for command in (pause_here, resume_here):
        rig.orchestrator.push_audio(session_id, at_rate(spoken(40, 40), 44_100))
        answers.append(rig.orchestrator.place(session_id, command))
    rig.orchestrator.push_audio(session_id, at_rate(silence(1), 44_100))
    rig.voice_activity.gate.set()
    for answer in answers:
        answer()
    each = converted_samples(len(at_rate(spoken(40, 40), 44_100)) // 4, 44_100)
    rig.orchestrator.end_audio(session_id)
    (gap,) = of_kind(rig.over(session_id), e.AudioGapRecorded)
    assert (gap.start_sample, gap.lost_samples, gap.reason) == (each, each, e.GapReason.PAUSED)


def test_a_command_in_audio_that_is_never_heard_is_answered(rig: Rig) -> None:
    rig.voice_activity.gate.clear()
    session_id, _ = rig.start(FLOAT)
    rig.orchestrator.push_audio(session_id, SAID.tobytes())
    commit = rig.orchestrator.place(session_id, commit_here)
    rig.voice_activity.run_error = ZeroDivisionError("for a test")
    rig.voice_activity.gate.set()
    rig.over(session_id)
    with pytest.raises(SessionNotRunningError):
        commit()
    with pytest.raises(SessionNotRunningError):
        rig.orchestrator.place(session_id, commit_here)


def test_a_client_that_is_gone_fails_its_session_with_the_text_of_what_it_was_saying(rig: Rig) -> None:
    session_id, _ = rig.start(pushed(PushRequest(encoding=AudioEncoding.PCM_F32LE, patience_seconds=0.5)))
    rig.orchestrator.push_audio(session_id, np.concatenate([silence(1), spoken(1, 2)]).tobytes())
    log = rig.over(session_id)
    assert texts(log) == ["word1 word2"]
    (lost,) = of_kind(log, e.AudioSourceLost)
    assert lost.code == "audio-client-gone"
    assert isinstance(log[-1].event, e.SessionFailed)
    assert log[-1].event.code == "audio-client-gone"


def test_audio_where_it_cannot_be_is_refused_and_the_session_goes_on(rig: Rig) -> None:
    session_id, _ = rig.start(FLOAT)
    with pytest.raises(AudioPositionError):
        rig.orchestrator.push_audio(session_id, bytes(4), 10**9)
    with pytest.raises(AudioFormatError):
        rig.orchestrator.push_audio(session_id, bytes(3))
    assert rig.orchestrator.push_audio(session_id, bytes(4)).next_position == 1


def test_a_session_with_a_microphone_takes_no_audio_from_a_client(rig: Rig) -> None:
    session_id, _ = rig.start()
    with pytest.raises(AudioNotPushedError, match="the microphone"):
        rig.orchestrator.push_audio(session_id, bytes(4))
    with pytest.raises(AudioNotPushedError):
        rig.orchestrator.end_audio(session_id)


def test_a_session_that_is_over_or_was_never_there_takes_no_audio(rig: Rig) -> None:
    session_id, _ = rig.start(FLOAT)
    assert rig.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)
    for name in (session_id, SessionId("nobody")):
        with pytest.raises(SessionNotRunningError):
            rig.orchestrator.push_audio(name, b"")
        with pytest.raises(SessionNotRunningError):
            rig.orchestrator.end_audio(name)


def test_audio_behind_its_end_is_refused_while_texts_are_still_owed(rig: Rig) -> None:
    rig.voice_activity.gate.clear()
    session_id, _ = rig.start(FLOAT)
    rig.orchestrator.push_audio(session_id, silence(1).tobytes())
    rig.orchestrator.end_audio(session_id)
    rig.orchestrator.end_audio(session_id)
    with pytest.raises(SessionNotRunningError, match="end of the audio"):
        rig.orchestrator.push_audio(session_id, bytes(4))
    rig.voice_activity.gate.set()
    rig.over(session_id)
