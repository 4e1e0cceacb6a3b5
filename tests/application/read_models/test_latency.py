"""Latencies come from the log alone: its own times, its sample counts and the model's seconds."""

import pytest
from tests.application.stories import began, ended, started, stored, stored_at, transcribed

from realtime_mlx_stt.application.read_models.latency import (
    Latencies,
    fold_latencies,
    summarize_latencies,
)
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId

SECOND = 16_000


def hypothesis(revision: int) -> e.HypothesisRevised:
    return e.HypothesisRevised(
        utterance_id=UtteranceId(1), revision=revision, stable_text="", unstable_text="a", heard_until_sample=0
    )


def test_the_wait_is_the_silence_heard_and_the_time_to_the_text() -> None:
    silence_began, tail, minimum_silence = 3 * SECOND, 3_200, 9_600
    latencies = fold_latencies(
        stored_at(
            [
                (10.0, began()),
                (11.0, started(1, SECOND)),
                (11.75, hypothesis(1)),
                (12.0, hypothesis(2)),
                (13.5, ended(1, SECOND, silence_began + tail, silence_began + minimum_silence)),
                (14.0, transcribed(1, "hello", inference_seconds=1.1)),
            ]
        )
    )
    (latency,) = latencies.utterances
    assert latency.endpointing_seconds == pytest.approx(0.6)
    assert latency.writing_seconds == pytest.approx(0.5)
    assert latency.end_of_speech_to_text_seconds == pytest.approx(1.1)
    assert latency.first_partial_seconds == pytest.approx(0.75)
    assert latency.real_time_factor == pytest.approx(1.1 / 2.2)


def test_a_committed_utterance_waits_for_no_silence() -> None:
    commit = ended(1, 0, SECOND, reason=e.SpeechEndReason.COMMITTED)
    (latency,) = fold_latencies(stored(began(), started(1, 0), commit, transcribed(1, "x"))).utterances
    assert latency.endpointing_seconds == 0.0


def test_rejected_and_failed_utterances_are_not_measured() -> None:
    failure = e.TranscriptionFailed(utterance_id=UtteranceId(1), code="x", message="X.")
    latencies = fold_latencies(stored(began(), started(1, 0), ended(1, 0, 10), failure))
    assert (latencies.utterances, latencies.begun) == ((), ())


def test_the_summary_has_nearest_rank_percentiles() -> None:
    events: list[tuple[float, e.SessionEvent]] = [(0.0, began())]
    for number in range(1, 21):
        end = ended(number, 0, SECOND, reason=e.SpeechEndReason.COMMITTED)
        text = transcribed(number, "x", inference_seconds=float(number))
        events += [(0.0, started(number, 0)), (0.0, end), (number / 10, text)]
    summary = summarize_latencies(fold_latencies(stored_at(events)))
    assert summary.utterances == 20
    assert summary.writing_seconds is not None
    assert (summary.writing_seconds.median, summary.writing_seconds.p90) == (1.0, 1.8)
    assert (summary.writing_seconds.p95, summary.writing_seconds.largest) == (1.9, 2.0)
    assert summary.real_time_factor is not None
    assert summary.real_time_factor.largest == 20.0
    assert summary.first_partial_seconds is None


def test_nothing_measured_is_no_number() -> None:
    summary = summarize_latencies(Latencies())
    assert (summary.utterances, summary.writing_seconds) == (0, None)
