"""The segmenter finds where speech begins, pauses and ends, to the sample."""

from dataclasses import replace

import pytest
from tests.domain.frames import WINDOW, frames, hear

from realtime_mlx_stt.domain.events import SpeechEndReason
from realtime_mlx_stt.domain.segmentation import (
    EndFound,
    OnsetFound,
    PauseFound,
    Quiet,
    SegmentationLimits,
    Speaking,
    VoiceFrame,
    advance,
    voiced_samples,
)
from realtime_mlx_stt.domain.settings import EndpointingSettings, SessionSettings, VoiceActivitySettings

LIMITS = SegmentationLimits.of(SessionSettings())
SHORT = SegmentationLimits.of(SessionSettings(endpointing=EndpointingSettings(longest_utterance_seconds=4.0)))


def test_the_limits_are_the_settings_in_samples() -> None:
    settings = SessionSettings(
        voice_activity=VoiceActivitySettings(onset_threshold=0.7, release_threshold=0.2),
        endpointing=EndpointingSettings(
            minimum_silence_seconds=1.0,
            pause_seconds=0.5,
            pre_roll_seconds=0.3,
            tail_seconds=0.1,
            longest_utterance_seconds=20.0,
        ),
    )
    assert SegmentationLimits.of(settings) == SegmentationLimits(
        onset_threshold=0.7,
        release_threshold=0.2,
        minimum_silence_samples=16_000,
        pause_samples=8_000,
        pre_roll_samples=4_800,
        tail_samples=1_600,
        longest_utterance_samples=320_000,
    )


def test_a_pause_is_not_reported_before_the_tail_has_been_heard() -> None:
    settings = SessionSettings(endpointing=EndpointingSettings(pause_seconds=0.1, tail_seconds=0.4))
    assert SegmentationLimits.of(settings).pause_samples == 6_400


def test_silence_brings_nothing_to_light() -> None:
    assert hear(frames([0.0] * 1000), LIMITS) == (Quiet(), [])


@pytest.mark.parametrize("earliest", [0, 38 * WINDOW, 39 * WINDOW + 7])
def test_no_pre_roll_reaches_into_audio_that_is_gone(earliest: int) -> None:
    limits = replace(LIMITS, earliest_start_sample=earliest)
    _, (onset, *_) = hear(frames([0.0] * 40 + [0.9] * 20), limits)
    start = max(earliest, 40 * WINDOW - LIMITS.pre_roll_samples)
    assert onset == OnsetFound(start_sample=start, at_sample=42 * WINDOW)


def test_a_single_voiced_window_begins_nothing() -> None:
    assert hear(frames([0.0, 0.9, 0.0, 0.9, 0.0]), LIMITS)[1] == []


def test_speech_begins_a_pre_roll_before_its_first_window_and_ends_a_tail_after_its_last() -> None:
    _, found = hear(frames([0.0] * 40 + [0.9] * 20 + [0.0] * 40), LIMITS)
    silent_since = 60 * WINDOW
    assert found == [
        OnsetFound(start_sample=40 * WINDOW - LIMITS.pre_roll_samples, at_sample=42 * WINDOW),
        PauseFound(end_sample=silent_since + LIMITS.tail_samples),
        EndFound(
            reason=SpeechEndReason.SILENCE,
            end_sample=silent_since + LIMITS.tail_samples,
            at_sample=silent_since + LIMITS.minimum_silence_samples,
            voiced_samples=20 * WINDOW,
        ),
    ]


def test_the_pre_roll_does_not_reach_before_the_first_sample() -> None:
    assert hear(frames([0.9] * 5), LIMITS)[1] == [OnsetFound(start_sample=0, at_sample=2 * WINDOW)]


def test_between_the_thresholds_the_last_answer_stands() -> None:
    state, found = hear(frames([0.9] * 4 + [0.4] * 100), LIMITS)
    assert isinstance(state, Speaking)
    assert len(found) == 1
    assert hear(frames([0.4] * 100), LIMITS) == (Quiet(), [])
    _, found = hear(frames([0.9] * 4 + [0.3] + [0.4] * 100), LIMITS)
    assert isinstance(found[-1], EndFound)


def test_the_thresholds_themselves_are_voiced() -> None:
    assert len(hear(frames([0.5, 0.35]), LIMITS)[1]) == 1
    assert hear(frames([0.49, 0.49]), LIMITS)[1] == []
    assert hear(frames([0.5, 0.34]), LIMITS)[1] == []


def test_a_short_silence_pauses_once_and_ends_nothing() -> None:
    _, found = hear(frames([0.9] * 10 + [0.0] * 10 + [0.9] * 10), LIMITS)
    assert [type(boundary) for boundary in found] == [OnsetFound, PauseFound]


def test_the_shortest_speech_pauses_and_ends_in_the_very_frame_that_makes_the_silence_long_enough() -> None:
    limits = replace(LIMITS, tail_samples=0, pause_samples=WINDOW, minimum_silence_samples=2 * WINDOW)
    _, found = hear(frames([0.9] * 2 + [0.0] * 2), limits)
    assert found == [
        OnsetFound(start_sample=0, at_sample=2 * WINDOW),
        PauseFound(end_sample=2 * WINDOW),
        EndFound(
            reason=SpeechEndReason.SILENCE,
            end_sample=2 * WINDOW,
            at_sample=4 * WINDOW,
            voiced_samples=2 * WINDOW,
        ),
    ]


def test_every_silence_pauses_anew() -> None:
    _, found = hear(frames([0.9] * 10 + ([0.0] * 10 + [0.9]) * 3), LIMITS)
    assert [type(boundary) for boundary in found] == [OnsetFound, PauseFound, PauseFound, PauseFound]


def test_the_voiced_samples_of_the_open_utterance_are_known() -> None:
    assert voiced_samples(Quiet(voiced_since_sample=0)) == 0
    state, _ = hear(frames([0.0] + [0.9] * 5 + [0.0] * 2 + [0.9]), LIMITS)
    assert voiced_samples(state) == 6 * WINDOW


def test_speech_that_goes_on_too_long_is_cut_where_it_was_least_like_speech() -> None:
    """Not in its first half, and not in a shorter gap that is quieter."""
    levels = [0.01] * 125
    levels[10:14] = [0.0] * 4
    levels[89:93] = [0.001] * 4
    levels[100] = 0.0001
    state, found = hear(frames([0.9] * 125, levels), SHORT)
    assert found[1:] == [
        EndFound(
            reason=SpeechEndReason.LONGEST_UTTERANCE,
            end_sample=91 * WINDOW,
            at_sample=125 * WINDOW,
            voiced_samples=91 * WINDOW,
        ),
        OnsetFound(start_sample=91 * WINDOW, at_sample=125 * WINDOW),
    ]
    assert isinstance(state, Speaking)
    assert state.voiced_samples == (125 - 91) * WINDOW
    _, rest = hear(frames([0.0] * 20, first_sample=125 * WINDOW), SHORT, state)
    assert rest[-1] == EndFound(
        reason=SpeechEndReason.SILENCE,
        end_sample=125 * WINDOW + SHORT.tail_samples,
        at_sample=125 * WINDOW + SHORT.minimum_silence_samples,
        voiced_samples=(125 - 91) * WINDOW,
    )


def test_speech_that_is_too_long_ends_in_its_next_silence() -> None:
    _, found = hear(frames([0.9] * 115 + [0.0] * 10), SHORT)
    assert found[1:] == [
        PauseFound(end_sample=115 * WINDOW + SHORT.tail_samples),
        EndFound(
            reason=SpeechEndReason.LONGEST_UTTERANCE,
            end_sample=115 * WINDOW + SHORT.tail_samples,
            at_sample=125 * WINDOW,
            voiced_samples=115 * WINDOW,
        ),
    ]


def test_speech_that_is_too_long_need_not_pause_longer_than_its_tail() -> None:
    limits = replace(SHORT, tail_samples=0, pause_samples=9_600)
    state, found = hear(frames([0.9] * 124 + [0.0]), limits)
    assert isinstance(state, Quiet)
    assert found[1:] == [
        EndFound(
            reason=SpeechEndReason.LONGEST_UTTERANCE,
            end_sample=124 * WINDOW,
            at_sample=125 * WINDOW,
            voiced_samples=124 * WINDOW,
        )
    ]


def test_the_rest_of_a_cut_in_silence_ends_behind_its_beginning() -> None:
    """The place least like speech may lie where the silence begins that ends the utterance."""
    levels = [0.01] * 123 + [0.0] * 40
    _, found = hear(frames([0.9] * 123 + [0.0] * 40, levels), SHORT)
    (cut, onset, pause, end) = found[1:]
    assert isinstance(cut, EndFound)
    assert cut.reason is SpeechEndReason.LONGEST_UTTERANCE
    assert isinstance(onset, OnsetFound)
    assert onset.start_sample == cut.end_sample == 123 * WINDOW
    assert pause == PauseFound(end_sample=123 * WINDOW + SHORT.tail_samples)
    assert isinstance(end, EndFound)
    assert end.end_sample > onset.start_sample
    assert end.voiced_samples == 0


def test_of_places_as_quiet_the_one_of_which_the_detector_is_least_sure_is_cut() -> None:
    probabilities = [0.99] * 125
    probabilities[89:93] = [0.6] * 4
    _, found = hear(frames(probabilities, [0.01] * 125), SHORT)
    assert isinstance(found[1], EndFound)
    assert found[1].end_sample == 91 * WINDOW


@pytest.mark.parametrize("samples", [1, 1_023, 1_024, 48_000])
def test_a_frame_of_any_length_confirms_speech_at_the_same_sample(samples: int) -> None:
    frame = VoiceFrame(first_sample=10_000, samples=samples, probability=0.9, level=0.1)
    state, found = advance(Quiet(), frame, LIMITS)
    onset = OnsetFound(start_sample=3_600, at_sample=11_024)
    assert found == ((onset,) if samples >= 1_024 else ())
    assert voiced_samples(state) == (samples if found else 0)
