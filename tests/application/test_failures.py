"""Whatever fails, a start is undone in reverse, a session goes on without the part or says why it ended."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, WITHOUT_PARTIALS, Rig, settings, silence, texts
from tests.application.stand_ins import UnansweringEngines
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import WakeWordSettings
from realtime_mlx_stt.ports.audio_recording import RecordingError
from realtime_mlx_stt.ports.audio_source import (
    AudioDeviceBusyError,
    AudioDeviceNotFoundError,
    SourceFailed,
    SourceLost,
    SourceRecovered,
)
from realtime_mlx_stt.ports.event_store import EventStoreFullError, SequenceConflictError, StoredEvent
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UnknownLanguageError
from realtime_mlx_stt.ports.voice_activity import VoiceActivityError
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError

UTTERANCE = np.concatenate((spoken(1), silence(1)))


def refused(rig: Rig, config: PipelineConfig, error: type[RealtimeSttError]) -> list[str]:
    """What was opened and released by a start that fails; it leaves nothing else behind."""
    with pytest.raises(error):
        rig.start(config)
    session_id = SessionId("session-0001")
    assert rig.store.sessions() == ()
    assert not rig.is_claimed(session_id)
    assert not rig.has_subscribers(session_id)
    assert rig.orchestrator.running_sessions() == ()
    return rig.opened


def test_a_model_that_does_not_load_is_the_first_to_fail() -> None:
    rig = Rig(engines=ScriptedEngines(load_failure=SpeechToTextError("No room.")))
    assert refused(rig, WITHOUT_PARTIALS, SpeechToTextError) == []
    rig.orchestrator.close()


def test_a_language_that_the_model_does_not_write_loads_nothing(rig: Rig) -> None:
    transcription = replace(settings().transcription, language="de")
    config = PipelineConfig(settings=replace(settings(), transcription=transcription))
    assert refused(rig, config, UnknownLanguageError) == []


def test_a_detector_that_does_not_load_comes_after_the_model(rig: Rig) -> None:
    rig.voice_activity.open_error = VoiceActivityError("No model.")
    assert refused(rig, WITHOUT_PARTIALS, VoiceActivityError) == []


def test_a_source_that_cannot_be_opened_comes_after_the_detector(rig: Rig) -> None:
    rig.sources.open_error = AudioDeviceNotFoundError("No such device.")
    assert refused(rig, WITHOUT_PARTIALS, AudioDeviceNotFoundError) == ["voice activity opened"]


def test_an_unknown_wake_word_releases_the_source_again(rig: Rig) -> None:
    config = PipelineConfig(settings=settings(wake_word=WakeWordSettings(words=("nobody",))))
    assert refused(rig, config, UnknownWakeWordError) == [
        "voice activity opened",
        "source opened",
        "source stopped",
    ]


def test_a_source_that_does_not_start_is_released(rig: Rig) -> None:
    rig.sources.start_error = AudioDeviceBusyError("In use.")
    assert refused(rig, WITHOUT_PARTIALS, AudioDeviceBusyError)[-1] == "source stopped"
    assert rig.recordings.made == {}


def test_a_recording_that_cannot_be_written_stops_the_source_again(rig: Rig) -> None:
    rig.recordings.create_error = RecordingError("Read-only.")
    config = replace(WITHOUT_PARTIALS, record_audio=True)
    assert refused(rig, config, RecordingError)[-2:] == ["source started", "source stopped"]


def test_a_session_that_cannot_begin_releases_all_it_has(rig: Rig) -> None:
    rig.store.failure = SequenceConflictError("Somebody else has it.")
    config = replace(WITHOUT_PARTIALS, record_audio=True)
    assert refused(rig, config, SequenceConflictError)[-1] == "source stopped"
    (recording,) = rig.recordings.made.values()
    assert recording.is_closed


def test_initializing_opens_everything_once_and_leaves_nothing_open(rig: Rig) -> None:
    config = PipelineConfig(settings=settings(wake_word=WakeWordSettings(words=("hey_jarvis",))))
    rig.orchestrator.initialize_pipeline(config)
    assert rig.opened == ["voice activity opened", "source opened", "wake word opened", "source stopped"]


def test_a_failing_model_costs_the_utterance_and_not_the_session() -> None:
    engines = ScriptedEngines()
    rig = Rig(engines=engines)
    session_id, watch = rig.start()
    engines.failure = SpeechToTextError("It broke.")
    rig.source.hear(UTTERANCE)
    watch.until(e.TranscriptionFailed)
    engines.failure = None
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    failed = next(stored.event for stored in log if isinstance(stored.event, e.TranscriptionFailed))
    assert (failed.code, failed.message) == ("speech-to-text", "It broke.")
    assert texts(log) == ["word1"]
    assert log_violations(log) == ()
    rig.orchestrator.close()


def test_a_failing_detector_ends_the_session_and_says_why(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(spoken(1, gap_seconds=0))
    rig.until_heard(session_id)
    rig.voice_activity.run_error = VoiceActivityError("It broke.")
    rig.source.hear(spoken(2))
    log = rig.over(session_id)
    assert [stored.event.type for stored in log][-3:] == ["speech-ended", "transcription-failed", "session-failed"]
    failed = log[-1].event
    assert isinstance(failed, e.SessionFailed)
    assert (failed.code, failed.message) == ("voice-activity", "It broke.")
    assert rig.source.is_stopped
    assert log_violations(log) == ()


def test_a_defect_ends_the_session_and_is_named_as_one(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.voice_activity.run_error = ZeroDivisionError("a bug")
    rig.source.hear(spoken(1))
    failed = rig.over(session_id)[-1].event
    assert isinstance(failed, e.SessionFailed)
    assert failed.code == "session-worker"


def test_a_detector_that_fails_while_the_session_is_stopped_ends_it_all_the_same(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(spoken(1)[:700])
    rig.until_heard(session_id)
    rig.voice_activity.run_error = VoiceActivityError("It broke.")
    rig.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)
    assert rig.over(session_id)[-1].event == e.SessionFailed(
        code="voice-activity", message="It broke.", captured_samples=700
    )


def test_who_asks_for_something_that_meets_a_defect_is_told(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(spoken(1)[:700])
    rig.until_heard(session_id)
    rig.voice_activity.run_error = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        rig.orchestrator.pause(session_id)
    failed = rig.over(session_id)[-1].event
    assert isinstance(failed, e.SessionFailed)
    assert failed.code == "session-worker"


def test_a_source_that_is_lost_ends_the_utterance_and_goes_on_when_it_is_back(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(spoken(1, gap_seconds=0))
    lost_at = rig.source.position
    rig.source.deliver(SourceLost(at_sample=lost_at, error=AudioDeviceBusyError("Unplugged.")))
    rig.source.lose(16_000, e.GapReason.SOURCE_LOST)
    rig.source.deliver(SourceRecovered(at_sample=rig.source.position))
    rig.source.hear(np.concatenate((spoken(2), silence(1))))
    log = rig.finish(session_id)
    assert texts(log) == ["word1", "word2"]
    kinds = (e.AudioSourceLost, e.AudioGapRecorded, e.AudioSourceRecovered)
    assert [stored.event for stored in log if isinstance(stored.event, kinds)] == [
        e.AudioSourceLost(at_sample=lost_at, code="audio-device-busy", message="Unplugged."),
        e.AudioGapRecorded(start_sample=lost_at, lost_samples=16_000, reason=e.GapReason.SOURCE_LOST),
        e.AudioSourceRecovered(at_sample=lost_at + 16_000),
    ]
    assert log_violations(log) == ()


def test_a_source_that_will_not_come_back_ends_the_session(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(UTTERANCE)
    rig.source.deliver(SourceFailed(at_sample=rig.source.position, error=AudioDeviceNotFoundError("Gone.")))
    failed = rig.over(session_id)[-1].event
    assert failed == e.SessionFailed(
        code="audio-device-not-found", message="Gone.", captured_samples=rig.source.position
    )


def test_a_live_source_that_is_ahead_of_the_session_loses_samples_and_says_so(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.voice_activity.gate.clear()
    taken = [rig.source.offer(block) for block in np.split(np.full(40 * 16_000, 0.001, dtype=np.float32), 80)]
    rig.voice_activity.gate.set()
    assert not all(taken)
    rig.until_heard(session_id)
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    gaps = [stored.event for stored in log if isinstance(stored.event, e.AudioGapRecorded)]
    assert sum(gap.lost_samples for gap in gaps) == taken.count(False) * 8_000
    ledger = audio_ledger(stored.event for stored in log)
    assert ledger.captured_samples == rig.source.position
    assert ledger.gap_samples == taken.count(False) * 8_000
    assert ledger.silence_samples >= 0
    assert log_violations(log) == ()


def test_a_recording_that_breaks_is_left_out_and_the_session_goes_on(rig: Rig) -> None:
    session_id, watch = rig.start(replace(WITHOUT_PARTIALS, record_audio=True))
    rig.recordings.write_error = RecordingError("The disk is full.")
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    assert watch.types.count("service-degraded") == 1
    degraded = next(stored.event for stored in log if isinstance(stored.event, e.ServiceDegraded))
    assert (degraded.part, degraded.code) == ("recording", "recording")
    assert texts(log) == ["word1"]


def test_an_event_is_published_only_when_it_is_stored(rig: Rig) -> None:
    unstored: list[StoredEvent] = []

    def check(stored: StoredEvent) -> None:
        if stored not in rig.store.read(stored.session_id):
            unstored.append(stored)

    session_id, watch = rig.start(subscriber=check)
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    assert unstored == []
    assert tuple(watch.events) == log


def test_a_subscriber_that_fails_stops_neither_the_session_nor_the_others(rig: Rig) -> None:
    def fail(stored: StoredEvent) -> None:
        raise ZeroDivisionError(stored.seq)

    rig.orchestrator.subscribe(fail)
    session_id, watch = rig.start(subscriber=fail)
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    assert tuple(watch.events) == log
    assert texts(log) == ["word1"]


def test_while_the_store_fails_all_is_still_published_and_stored_later_in_order(rig: Rig) -> None:
    session_id, watch = rig.start()
    began_at = rig.clock.now()
    rig.store.failure = EventStoreFullError("The disk is full.")
    rig.clock.advance(100.0)
    rig.source.hear(UTTERANCE)
    watch.until(e.UtteranceTranscribed)
    assert [stored.event.type for stored in rig.store.read(session_id)] == ["session-started"]
    assert watch.types[1:3] == ["speech-started", "service-degraded"]
    rig.store.failure = None
    rig.clock.advance(1_000.0)
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    assert [stored.event for stored in log] == [stored.event for stored in watch.events]
    assert [stored.seq for stored in log] == list(range(1, len(log) + 1))
    degraded, restored = (
        next(stored for stored in log if isinstance(stored.event, kind))
        for kind in (e.ServiceDegraded, e.ServiceRestored)
    )
    assert isinstance(degraded.event, e.ServiceDegraded)
    assert (degraded.event.part, degraded.event.code) == ("event-store", "event-store-full")
    assert (degraded.recorded_at, restored.recorded_at) == (began_at + 100, began_at + 1_100)
    assert log_violations(log) == ()


def test_a_store_that_fails_to_the_end_is_tried_once_more_when_the_session_is_over(rig: Rig) -> None:
    session_id, watch = rig.start()
    rig.store.failure = EventStoreFullError("The disk is full.")

    def mend(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SessionStopped):
            rig.store.failure = None

    rig.orchestrator.subscribe(mend)
    rig.source.hear(UTTERANCE)
    log = rig.finish(session_id)
    assert [stored.event for stored in log] == [stored.event for stored in watch.events]
    assert log[-1].event.type == "session-stopped"


def test_a_store_that_stays_broken_costs_no_text(rig: Rig) -> None:
    rig.store.failure = EventStoreFullError("The disk is full.")
    session_id, watch = rig.start()
    rig.source.hear(UTTERANCE)
    assert rig.finish(session_id) == ()
    assert texts(watch.events) == ["word1"]
    assert log_violations([replace(stored, position=stored.seq) for stored in watch.events]) == ()


def test_a_session_that_another_writer_ended_is_given_up_and_its_end_is_told(rig: Rig) -> None:
    session_id, watch = rig.start()
    rig.store.append(session_id, 1, (e.SessionInterrupted(lost_utterances=()),), 0.0)
    rig.source.hear(UTTERANCE)
    log = rig.over(session_id)
    assert [stored.event.type for stored in log] == ["session-started", "session-interrupted"]
    assert tuple(watch.events) == log
    assert rig.source.is_stopped
    assert rig.orchestrator.running_sessions() == ()


def test_a_session_that_another_writer_ended_while_the_store_failed_releases_all_it_has(rig: Rig) -> None:
    session_id, watch = rig.start(replace(WITHOUT_PARTIALS, record_audio=True))
    rig.store.failure = EventStoreFullError("There is no room.")
    rig.source.hear(UTTERANCE)
    watch.until(e.UtteranceTranscribed)
    rig.store.failure = None
    rig.store.append(session_id, 1, (e.SessionInterrupted(lost_utterances=()),), 0.0)
    rig.source.end()
    assert rig.orchestrator.wait(session_id, TIMEOUT_SECONDS)
    assert rig.recordings.made[session_id].is_closed
    assert not rig.is_claimed(session_id)


def test_many_sessions_that_fail_leave_no_thread(rig: Rig) -> None:
    rig.voice_activity.run_error = VoiceActivityError("It broke.")
    for _ in range(10):
        session_id, _ = rig.start()
        rig.source.hear(spoken(1))
        rig.over(session_id)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("session-")]


def test_a_model_that_does_not_keep_up_is_told_and_bounds_what_waits() -> None:
    engines = UnansweringEngines()
    rig = Rig(engines=engines)
    session_id, watch = rig.start()
    utterance = np.concatenate((spoken(1, word_seconds=9.0), silence(1)))
    taken = 0
    while taken < 100 and rig.source.offer(utterance):
        taken += 1
        rig.until_heard(session_id)
    watch.until(e.ServiceDegraded)
    engines.gate.set()
    watch.until(e.ServiceRestored)
    log = rig.finish(session_id)
    assert 12 <= taken <= 16, "120 s of speech are owed and 30 s wait in the mailbox"
    parts = [stored.event.part for stored in log if isinstance(stored.event, e.ServiceDegraded | e.ServiceRestored)]
    assert parts == ["transcription", "transcription"]
    assert texts(log) == ["word1"] * taken
    assert log_violations(log) == ()
    rig.orchestrator.close()
