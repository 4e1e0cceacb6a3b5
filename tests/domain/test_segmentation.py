"""The segmenter finds where speech begins, pauses and ends, to the sample."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.domain.events import SpeechEndReason
from realtime_mlx_stt.domain.segmentation import (
    Boundary,
    EndFound,
    OnsetFound,
    PauseFound,
    Quiet,
    SegmentationLimits,
    SegmentationState,
    Speaking,
    VoiceFrame,
    advance,
)
from realtime_mlx_stt.domain.settings import EndpointingSettings, SessionSettings

WINDOW = 512
LIMITS = SegmentationLimits.of(SessionSettings())


def hear(
    probabilities: Iterable[float], limits: SegmentationLimits = LIMITS, level: float = 0.01
) -> tuple[SegmentationState, list[Boundary]]:
    """Feed one frame per probability and collect every boundary."""
    state: SegmentationState = Quiet()
    found: list[Boundary] = []
    for index, probability in enumerate(probabilities):
        frame = VoiceFrame(
            first_sample=index * WINDOW, samples=WINDOW, probability=probability, level=level * probability
        )
        state, boundaries = advance(state, frame, limits)
        found.extend(boundaries)
    return state, found


def test_silence_brings_nothing_to_light() -> None:
    assert hear([0.0] * 1000) == (Quiet(), [])


def test_a_single_voiced_window_begins_nothing() -> None:
    assert hear([0.0, 0.9, 0.0, 0.0])[1] == []


def test_speech_begins_a_pre_roll_before_its_first_window_and_ends_a_tail_after_its_last() -> None:
    _, found = hear([0.0] * 40 + [0.9] * 20 + [0.0] * 40)
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
    _, found = hear([0.9] * 5)
    assert found == [OnsetFound(start_sample=0, at_sample=2 * WINDOW)]


def test_between_the_thresholds_the_last_answer_stands() -> None:
    state, found = hear([0.9] * 4 + [0.4] * 100)
    assert isinstance(state, Speaking)
    assert len(found) == 1
    assert hear([0.4] * 100) == (Quiet(), [])


def test_a_short_silence_pauses_once_and_ends_nothing() -> None:
    _, found = hear([0.9] * 10 + [0.0] * 10 + [0.9] * 10)
    assert [type(boundary) for boundary in found] == [OnsetFound, PauseFound]


def test_speech_that_goes_on_too_long_is_cut_where_it_was_quietest() -> None:
    limits = SegmentationLimits.of(SessionSettings(endpointing=EndpointingSettings(longest_utterance_seconds=4.0)))
    probabilities = [0.9] * 124
    probabilities[90] = probabilities[91] = 0.6
    state, found = hear([*probabilities, 0.9], limits)
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


@given(st.lists(st.floats(0.0, 1.0), max_size=3000))
def test_boundaries_alternate_and_never_overlap(probabilities: list[float]) -> None:
    limits = SegmentationLimits.of(SessionSettings(endpointing=EndpointingSettings(longest_utterance_seconds=2.0)))
    _, found = hear(probabilities, limits)
    is_open, last_start = False, 0
    for boundary in found:
        match boundary:
            case OnsetFound():
                assert not is_open
                is_open, last_start = True, boundary.start_sample
            case PauseFound():
                assert is_open
            case EndFound():
                assert is_open
                assert last_start < boundary.end_sample <= boundary.at_sample
                assert boundary.voiced_samples >= 0
                is_open = False
