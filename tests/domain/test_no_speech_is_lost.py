"""What a detector holds for speech is in an utterance, from its first sample to its last, each sample in one."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.frames import SESSION_SETTINGS, WINDOW, frames
from tests.domain.histories import began
from tests.domain.session_model import check_log

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.decide import decide
from realtime_mlx_stt.domain.evolve import evolve, fold
from realtime_mlx_stt.domain.segmentation import (
    EndFound,
    OnsetFound,
    Quiet,
    SegmentationLimits,
    SegmentationState,
    advance,
    voiced_samples,
)
from realtime_mlx_stt.domain.settings import SessionSettings

CONFIRMATION_WINDOWS = 2
RUNS = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(1, 90)), max_size=20)


def live_through(probabilities: list[float], session_settings: SessionSettings) -> list[e.SessionEvent]:
    """The log of a session that hears these windows and is stopped then."""
    log: list[e.SessionEvent] = [began(session_settings)]
    session = fold(log)
    segmentation: SegmentationState = Quiet()
    limits = SegmentationLimits.of(session_settings)
    end_sample = len(probabilities) * WINDOW
    for frame in frames(probabilities):
        segmentation, boundaries = advance(segmentation, frame, limits)
        for boundary in boundaries:
            command: c.SessionCommand
            if isinstance(boundary, OnsetFound):
                command = c.ReportSpeechOnset(start_sample=boundary.start_sample, at_sample=boundary.at_sample)
            elif isinstance(boundary, EndFound):
                command = c.ReportSpeechEnd(
                    reason=boundary.reason,
                    end_sample=boundary.end_sample,
                    at_sample=boundary.at_sample,
                    voiced_samples=boundary.voiced_samples,
                )
            else:
                continue
            for event in decide(command, session):
                session = evolve(session, event)
                log.append(event)
    stop = c.StopSession(at_sample=end_sample, voiced_samples=voiced_samples(segmentation))
    return [*log, *decide(stop, session)]


def voiced_runs(probabilities: list[float]) -> Iterator[tuple[int, int]]:
    """Where the detector was sure of speech for long enough, in samples."""
    start: int | None = None
    for index, probability in enumerate([*probabilities, 0.0]):
        if probability == 1.0:
            start = index if start is None else start
        elif start is not None:
            if index - start >= CONFIRMATION_WINDOWS:
                yield start * WINDOW, index * WINDOW
            start = None


@settings(deadline=None, max_examples=120)
@given(RUNS, SESSION_SETTINGS)
def test_no_sample_of_confirmed_speech_is_outside_an_utterance(
    runs: list[tuple[float, int]], session_settings: SessionSettings
) -> None:
    probabilities = [probability for probability, count in runs for _ in range(count)]
    log = live_through(probabilities, session_settings)
    check_log([event for event in log if not isinstance(event, e.SessionStopped)], len(probabilities) * WINDOW)
    spans = [(event.start_sample, event.end_sample) for event in log if isinstance(event, e.SpeechEnded)]
    for start, end in voiced_runs(probabilities):
        covered = sum(max(0, min(end, until) - max(start, since)) for since, until in spans)
        assert covered == end - start


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 60), st.integers(2, 50), st.integers(0, 90), st.integers(2, 50))
def test_an_utterance_keeps_its_pre_roll_and_its_tail_and_takes_none_of_its_neighbours(
    before: int, first: int, between: int, second: int
) -> None:
    session_settings = SessionSettings()
    limits = SegmentationLimits.of(session_settings)
    voice_end, voice_again = (before + first) * WINDOW, (before + first + between) * WINDOW
    log = live_through([0.0] * before + [1.0] * first + [0.0] * between + [1.0] * second, session_settings)
    ends = [event for event in log if isinstance(event, e.SpeechEnded)]
    assert ends[0].start_sample == max(0, before * WINDOW - limits.pre_roll_samples)
    assert ends[-1].end_sample == voice_again + second * WINDOW
    if between * WINDOW < limits.minimum_silence_samples:
        assert len(ends) == 1
    else:
        assert ends[0].end_sample == voice_end + limits.tail_samples
        assert ends[1].start_sample == max(ends[0].end_sample, voice_again - limits.pre_roll_samples)
