"""A fold over a whole log gives what the same events give one by one, and never costs more the longer it grows."""

import sys
from collections.abc import Callable, Sequence
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.application.stories import began, ended, started, stopped, stored_at, transcribed

from realtime_mlx_stt.application.read_models.latency import Latencies, add_to_latencies, fold_latencies
from realtime_mlx_stt.application.read_models.transcript import Transcript, add_to_transcript, fold_transcript
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import EndpointingSettings, SessionSettings
from realtime_mlx_stt.ports.event_store import StoredEvent

NUMBERS = st.integers(1, 4)
SAMPLES = st.integers(0, 9_000)


def heard(utterance: int) -> e.HypothesisRevised:
    return e.HypothesisRevised(
        utterance_id=UtteranceId(utterance),
        revision=1,
        stable_text="ask",
        unstable_text=" not",
        heard_until_sample=9,
    )


def rejected(utterance: int) -> e.UtteranceRejected:
    return e.UtteranceRejected(
        utterance_id=UtteranceId(utterance), rule=e.RejectionRule.NO_SPEECH, text="x", voiced_seconds=0.5
    )


def failed(utterance: int) -> e.TranscriptionFailed:
    return e.TranscriptionFailed(utterance_id=UtteranceId(utterance), code="x", message="X.")


def revised(utterance: int) -> e.TranscriptRevised:
    return e.TranscriptRevised(
        utterance_id=UtteranceId(utterance), text="better", words=(), language="en", confidence=0.9, model="base"
    )


EVENTS: st.SearchStrategy[e.SessionEvent] = st.one_of(
    st.builds(started, NUMBERS, SAMPLES, SAMPLES),
    st.builds(ended, NUMBERS, SAMPLES, SAMPLES, SAMPLES),
    st.builds(transcribed, NUMBERS, st.sampled_from(["one", "two"])),
    *(st.builds(told, NUMBERS) for told in (heard, rejected, failed, revised)),
    st.builds(began, source=st.sampled_from(["a", "b"])),
    st.builds(e.AudioGapRecorded, start_sample=SAMPLES, lost_samples=SAMPLES, reason=st.just(e.GapReason.OVERFLOW)),
    st.builds(
        e.SessionInterrupted, lost_utterances=st.lists(st.builds(UtteranceId, NUMBERS), max_size=3).map(tuple)
    ),
    st.just(
        e.SettingsChanged(settings=SessionSettings(endpointing=EndpointingSettings(tail_seconds=0.1)), at_sample=0)
    ),
    SAMPLES.map(lambda samples: stopped(samples)[0]),
)
LOGS = st.lists(st.tuples(st.floats(0, 100), EVENTS), max_size=40).map(stored_at)


@given(LOGS)
def test_event_by_event_the_transcript_is_that_of_the_whole_log(log: Sequence[StoredEvent]) -> None:
    transcript = Transcript()
    for stored in log:
        transcript = add_to_transcript(transcript, stored)
    assert transcript == fold_transcript(log)


@given(LOGS)
def test_event_by_event_the_latencies_are_those_of_the_whole_log(log: Sequence[StoredEvent]) -> None:
    latencies = Latencies()
    for stored in log:
        latencies = add_to_latencies(latencies, stored)
    assert latencies == fold_latencies(log)


def calls_made(fold: Callable[[Sequence[StoredEvent]], object], utterances: int) -> int:
    """How many functions are called to fold a session of so many utterances."""
    told = [
        event
        for number in range(1, utterances + 1)
        for event in (started(number, 0), heard(number), ended(number, 0, 9), transcribed(number, "x"))
    ]
    log = stored_at([(0.0, event) for event in told])
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        fold(log)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("fold", [fold_transcript, fold_latencies])
def test_twice_as_many_utterances_are_about_twice_the_work(
    fold: Callable[[Sequence[StoredEvent]], object],
) -> None:
    assert calls_made(fold, 400) < 2.5 * calls_made(fold, 200)
