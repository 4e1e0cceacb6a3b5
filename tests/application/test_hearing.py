"""What is heard depends on the audio alone: on its words, pauses and wake words, and not on how it is cut."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.application.rig import WITHOUT_PARTIALS, Rig, Watch, settings, silence, texts
from tests.application.stand_ins import UnansweringEngines
from tests.fakes.speech_to_text import ScriptedEngines, spoken
from tests.fakes.voice_activity import LOUD, FakeVoiceActivityDetector
from tests.fakes.wake_word import FakeWakeWordDetector

from realtime_mlx_stt.application.hearing.audio_listener import AudioListener
from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.settings import (
    EndpointingSettings,
    SessionSettings,
    TranscriptionSettings,
    WakeWordSettings,
)
from realtime_mlx_stt.domain.wake_gate import WakeWordHeard
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

WAKE_WORD = np.full(2_000, 0.9, dtype=np.float32)
WAKING = PipelineConfig(settings=settings(wake_word=WakeWordSettings(words=("hey_jarvis",), timeout_seconds=2.0)))
WINDOW = PipelineConfig(
    settings=settings(
        wake_word=WakeWordSettings(words=("hey_jarvis",), timeout_seconds=3.0, single_utterance=False)
    )
)
WORD_AS_SPEECH = np.concatenate((spoken(9, word_seconds=0.3), WAKE_WORD))
"""The wake word at its real length: it has been noticed as speech before it is heard as the word."""


def speech(*parts: AudioSamples) -> AudioSamples:
    return np.concatenate(parts)


def facts(log: Sequence[StoredEvent]) -> list[tuple[str, dict[str, object]]]:
    """The events without the model's seconds, which are the clock's."""
    return [
        (
            stored.event.type,
            {
                field.name: getattr(stored.event, field.name)
                for field in fields(stored.event)
                if field.name != "inference_seconds"
            },
        )
        for stored in log
    ]


def heard_in_blocks(audio: AudioSamples, cuts: Sequence[int], config: PipelineConfig) -> tuple[StoredEvent, ...]:
    rig = Rig()
    session_id, _ = rig.start(replace(config, lockstep=True))
    for part in np.split(audio, cuts):
        rig.source.hear(part, block_samples=max(1, len(part)))
    log = rig.finish(session_id)
    rig.orchestrator.close()
    return log


STORY = speech(
    silence(0.7),
    spoken(1, 2),
    silence(1),
    spoken(3, word_seconds=0.1),
    silence(0.9),
    WAKE_WORD,
    silence(0.3),
    spoken(4, 5, 6),
    silence(0.4),
    spoken(7),
    silence(2.6),
    WAKE_WORD,
    silence(2.3),
    spoken(8, 9, gap_seconds=0),
)


@pytest.mark.parametrize("config", [WITHOUT_PARTIALS, WAKING, WINDOW])
@given(cuts=st.lists(st.integers(0, len(STORY)), max_size=40).map(sorted))
@hypothesis_settings(max_examples=40, deadline=None)
def test_the_same_audio_in_other_blocks_gives_the_same_events(config: PipelineConfig, cuts: list[int]) -> None:
    log = heard_in_blocks(STORY, cuts, config)
    assert facts(log) == facts(heard_in_blocks(STORY, (), config))
    assert log_violations(log) == ()
    ledger = audio_ledger(stored.event for stored in log)
    assert ledger.captured_samples == len(STORY)
    assert ledger.utterance_samples > 0
    assert ledger.silence_samples >= 0


def test_single_samples_are_blocks_too() -> None:
    audio = speech(spoken(1), silence(0.7))
    one_by_one = heard_in_blocks(audio, range(1, len(audio)), WITHOUT_PARTIALS)
    assert facts(one_by_one) == facts(heard_in_blocks(audio, (), WITHOUT_PARTIALS))
    assert texts(one_by_one) == ["word1"]


def test_only_what_follows_the_wake_word_is_written(rig: Rig) -> None:
    audio = speech(spoken(1, 2), silence(1), WAKE_WORD, silence(0.3), spoken(3, 4), silence(1), spoken(5))
    log = rig.hear_all(audio, WAKING)
    assert texts(log) == ["word3 word4"]
    detected = next(stored.event for stored in log if isinstance(stored.event, e.WakeWordDetected))
    assert detected.word == "hey_jarvis"
    first = next(stored.event for stored in log if isinstance(stored.event, e.SpeechStarted))
    assert first.start_sample >= detected.at_sample


def test_without_the_wake_word_nothing_is_written(rig: Rig) -> None:
    log = rig.hear_all(speech(spoken(1, 2, 3), silence(1)), WAKING)
    assert [stored.event.type for stored in log] == ["session-started", "session-stopping", "session-stopped"]


def test_a_wake_word_that_nothing_follows_expires(rig: Rig) -> None:
    log = rig.hear_all(speech(WAKE_WORD, silence(3), spoken(1), silence(1)), WAKING)
    detected = next(stored.event for stored in log if isinstance(stored.event, e.WakeWordDetected))
    expired = next(stored.event for stored in log if isinstance(stored.event, e.WakeWordExpired))
    assert 0 <= expired.at_sample - detected.deadline_sample < 512
    assert texts(log) == []


def test_everything_that_begins_in_the_window_is_written(rig: Rig) -> None:
    """After 3 s nothing is heard, but what has begun before is heard to its end."""
    window = speech(silence(0.3), spoken(2), silence(0.8), spoken(3), silence(0.7), spoken(4, 5, 6))
    log = rig.hear_all(speech(spoken(1), silence(1), WAKE_WORD, window, silence(1), spoken(7), silence(1)), WINDOW)
    assert texts(log) == ["word2", "word3", "word4 word5 word6"]
    ends = [stored.event for stored in log if isinstance(stored.event, e.SpeechEnded)]
    assert [end.awaits_wake_word for end in ends][-3:] == [False, False, True]
    assert not any(isinstance(stored.event, e.WakeWordExpired) for stored in log)


def test_the_wake_word_said_again_is_no_text_and_gives_the_whole_window_anew(rig: Rig) -> None:
    audio = speech(
        WAKE_WORD, silence(2.5), WORD_AS_SPEECH, silence(0.2), spoken(1), silence(1.2), spoken(2), silence(4)
    )
    log = rig.hear_all(audio, WINDOW)
    assert texts(log) == ["word1", "word2"]
    rules = [stored.event.rule for stored in log if isinstance(stored.event, e.UtteranceRejected)]
    assert rules.count(e.RejectionRule.WAKE_WORD) == 1
    woken = [stored.event for stored in log if isinstance(stored.event, e.WakeWordDetected)]
    (expired,) = (stored.event for stored in log if isinstance(stored.event, e.WakeWordExpired))
    assert len(woken) == 2
    assert 0 <= expired.at_sample - woken[-1].deadline_sample < 512


def test_the_wake_word_said_again_is_no_text_where_one_utterance_is_heard_either(rig: Rig) -> None:
    again = PipelineConfig(settings=settings(wake_word=WakeWordSettings(words=("hey_jarvis",))))
    for gap_seconds in (0.0, 0.1, 0.4):
        audio = speech(
            WAKE_WORD, silence(2.5), WORD_AS_SPEECH, silence(gap_seconds), spoken(1), silence(1), spoken(2)
        )
        assert texts(rig.hear_all(audio, again)) == ["word1"]


def test_the_wake_word_in_the_midst_of_speech_lengthens_the_window(rig: Rig) -> None:
    speaking = speech(spoken(1, 2), WAKE_WORD, silence(0.2), spoken(3))
    audio = speech(WAKE_WORD, silence(1.8), speaking, silence(1), spoken(4), silence(4), spoken(5))
    log = rig.hear_all(audio, WINDOW)
    assert [text.split()[-1] for text in texts(log)] == ["word3", "word4"]
    assert len([stored for stored in log if isinstance(stored.event, e.WakeWordDetected)]) == 2


def test_a_wake_word_may_be_asked_for_and_no_longer_asked_for_while_the_session_runs(rig: Rig) -> None:
    session_id, _ = rig.start()
    rig.source.hear(speech(spoken(1), silence(1)))
    rig.orchestrator.change_settings(session_id, WAKING.settings)
    rig.source.hear(speech(spoken(2), silence(1), WAKE_WORD, silence(0.3), spoken(3), silence(1)))
    rig.orchestrator.change_settings(session_id, WITHOUT_PARTIALS.settings)
    rig.source.hear(speech(spoken(4), silence(1)))
    assert texts(rig.finish(session_id)) == ["word1", "word3", "word4"]


class AttentiveDetector(FakeWakeWordDetector):
    """Remembers how often it was asked."""

    frames = 0

    def scores(self, frame: AudioSamples) -> Mapping[str, float]:
        self.frames += 1
        return super().scores(frame)


def test_the_same_wake_words_are_still_heard_by_the_detector_that_has_heard_the_seconds_before() -> None:
    detectors = [AttentiveDetector(("hey_jarvis",)) for _ in range(3)]
    listener = AudioListener(FakeVoiceActivityDetector(), detectors[0], WAKING.settings)
    german = replace(WAKING.settings, transcription=TranscriptionSettings(language="de"))
    alexa = replace(german, wake_word=WakeWordSettings(words=("alexa",)))
    for settings_now, detector in ((WAKING.settings, detectors[0]), (german, detectors[1]), (alexa, detectors[2])):
        listener.change(settings_now, detector)
        list(listener.hear(silence(0.608)))
    # 0.608 s is seven frames and a rest, which only a detector that stays hears to its end.
    assert [each.frames for each in detectors] == [15, 0, 7]


@pytest.mark.parametrize(
    ("runs", "end"),
    [
        (((0.9, 1_280),), 0),
        (((0.9, 640), (0.3, 640)), 0),
        (((0.9, 640), (0.0, 640)), 1_280),
        (((0.9, 320), (0.01, 480), (0.5, 480)), 800),
        (((0.0, 320), (0.9, 960)), 320),
    ],
    ids=["no end", "another word", "silence", "a pause and another word", "a pause before the end"],
)
def test_a_wake_word_ends_in_the_pause_of_its_frame_or_else_before_it(
    runs: Sequence[tuple[float, int]], end: int
) -> None:
    """What follows without a pause is left whole."""
    frame = speech(*(np.full(samples, amplitude, dtype=np.float32) for amplitude, samples in runs))
    listener = AudioListener(FakeVoiceActivityDetector(), FakeWakeWordDetector(("hey_jarvis",)), WAKING.settings)
    heard = listener.hear(speech(silence(0.8), frame, silence(0.8)))
    (word,) = (each for each in heard if isinstance(each, WakeWordHeard))
    assert word.at_sample == len(silence(0.8)) + end


def test_a_longer_pre_roll_reaches_no_further_back_than_the_audio_that_was_kept(rig: Rig) -> None:
    def pre_roll(seconds: float) -> SessionSettings:
        return settings(endpointing=EndpointingSettings(pre_roll_seconds=seconds))

    hum = np.full(10 * 16_000, LOUD / 2, dtype=np.float32)
    session_id, _ = rig.start(PipelineConfig(settings=pre_roll(0.1)))
    rig.source.hear(hum)
    rig.orchestrator.change_settings(session_id, pre_roll(5.0))
    rig.source.hear(speech(hum[:8_000], spoken(1), silence(1), hum, spoken(2), silence(1)))
    log = rig.finish(session_id)
    spans = [stored.event for stored in log if isinstance(stored.event, e.SpeechEnded)]
    kept_from = len(hum) - 2_000 - 1_600
    assert kept_from <= spans[0].start_sample <= len(hum) - 1_600
    assert texts(log) == ["word1", "word2"]
    onset = next(s.event for s in reversed(log) if isinstance(s.event, e.SpeechStarted))
    assert onset.detected_at_sample - onset.start_sample >= 5 * 16_000


def test_speech_without_end_is_cut_and_nothing_of_it_is_lost(rig: Rig) -> None:
    endpointing = EndpointingSettings(longest_utterance_seconds=2.0)
    audio = speech(silence(0.5), spoken(*range(1, 21), gap_seconds=0.1), silence(1))
    log = rig.hear_all(audio, PipelineConfig(settings=settings(endpointing=endpointing)))
    assert " ".join(texts(log)).split() == [f"word{number}" for number in range(1, 21)]
    reasons = [stored.event.reason for stored in log if isinstance(stored.event, e.SpeechEnded)]
    assert reasons.count(e.SpeechEndReason.LONGEST_UTTERANCE) >= 3
    assert log_violations(log) == ()


def test_too_little_speech_is_rejected_without_asking_the_model() -> None:
    engines = ScriptedEngines()
    rig = Rig(engines=engines)
    log = rig.hear_all(speech(silence(1), spoken(1, word_seconds=0.1), silence(1)))
    rejected = next(stored.event for stored in log if isinstance(stored.event, e.UtteranceRejected))
    assert rejected.rule is e.RejectionRule.TOO_LITTLE_SPEECH
    assert engines.calls == []
    rig.orchestrator.close()


def partials(interval_seconds: float = 0.1) -> PipelineConfig:
    transcription = TranscriptionSettings(partial_interval_seconds=interval_seconds, speculative_finals=False)
    return PipelineConfig(settings=SessionSettings(transcription=transcription))


def test_hypotheses_come_while_speech_goes_on_and_grow(rig: Rig) -> None:
    session_id, watch = rig.start(partials())
    for number in range(1, 5):
        rig.source.hear(spoken(number, gap_seconds=0))
        watch.until(e.HypothesisRevised, number)
    rig.source.hear(silence(1))
    log = rig.finish(session_id)
    revisions = [stored.event for stored in log if isinstance(stored.event, e.HypothesisRevised)]
    assert [revision.revision for revision in revisions] == list(range(1, len(revisions) + 1))
    assert len(revisions[-1].stable_text) >= len(revisions[0].stable_text)
    assert texts(log) == ["word1 word2 word3 word4"]
    assert log_violations(log) == ()


def test_hypotheses_come_in_every_utterance_of_a_busy_model(rig: Rig) -> None:
    session_id, watch = rig.start(partials())
    for number in range(1, 6):
        rig.source.hear(spoken(number, word_seconds=1.0))
        watch.until(e.HypothesisRevised, number)
        rig.source.hear(silence(1))
        watch.until(e.UtteranceTranscribed, number)
    log = rig.finish(session_id)
    revised = {stored.event.utterance_id for stored in log if isinstance(stored.event, e.HypothesisRevised)}
    assert revised == {1, 2, 3, 4, 5}


class Speculation:
    """A session that prepares final texts at pauses, and the calls of its model."""

    def __init__(self) -> None:
        self.engines = ScriptedEngines()
        self.rig = Rig(engines=self.engines)
        transcription = TranscriptionSettings(partial_interval_seconds=None)
        config = PipelineConfig(settings=SessionSettings(transcription=transcription))
        self.session_id, self.watch = self.rig.start(config)

    def finish(self) -> tuple[StoredEvent, ...]:
        log = self.rig.finish(self.session_id)
        self.rig.orchestrator.close()
        assert log_violations(log) == ()
        return log


def test_a_text_prepared_in_a_pause_is_the_final_one_when_speech_does_not_resume() -> None:
    speculation = Speculation()
    speculation.rig.source.hear(speech(spoken(1, 2, gap_seconds=0), silence(0.3)))
    speculation.watch.until(e.HypothesisRevised)
    assert "speech-ended" not in speculation.watch.types
    speculation.rig.source.hear(silence(1))
    log = speculation.finish()
    assert texts(log) == ["word1 word2"]
    assert [call.final for call in speculation.engines.calls] == [True]
    types = [stored.event.type for stored in log]
    assert types.index("utterance-transcribed") == types.index("speech-ended") + 1


def test_a_text_prepared_in_a_pause_is_dropped_when_speech_resumes() -> None:
    speculation = Speculation()
    speculation.rig.source.hear(speech(spoken(1, gap_seconds=0), silence(0.3)))
    speculation.watch.until(e.HypothesisRevised)
    speculation.rig.source.hear(speech(spoken(2, gap_seconds=0), silence(1)))
    assert texts(speculation.finish()) == ["word1 word2"]


def test_a_model_that_is_far_behind_still_writes_every_utterance() -> None:
    engines = UnansweringEngines()
    rig = Rig(engines=engines)
    watch = Watch()
    session_id = rig.orchestrator.start_pipeline(PipelineConfig(), watch)
    for number in range(1, 7):
        rig.source.hear(speech(spoken(number), silence(0.3), spoken(number), silence(1)))
    rig.until_heard(session_id)
    engines.gate.set()
    log = rig.finish(session_id)
    assert texts(log) == [f"word{number} word{number}" for number in range(1, 7)]
    assert log_violations(log) == ()
    rig.orchestrator.close()


def test_hours_of_silence_write_nothing_and_are_forgotten(rig: Rig) -> None:
    session_id, watch = rig.start()
    minute = silence(60)
    for _ in range(30):
        rig.source.hear(minute, block_samples=16_000)
    log = rig.finish(session_id)
    assert watch.types == ["session-started", "session-stopping", "session-stopped"]
    assert audio_ledger(stored.event for stored in log).silence_samples == 30 * 60 * 16_000
