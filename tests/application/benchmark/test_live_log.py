"""The log of a session that heard a file in real time tells what its speaker waited for."""

from dataclasses import replace

import pytest
from tests.application.stories import began, ended, started, stored_at, transcribed

from realtime_mlx_stt.application.benchmark.live_log import read_live_log
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId

RATE = 16_000
BEGAN_AT = 1_000.0


def hypothesis(stable: str, unstable: str, heard_until_seconds: float) -> e.HypothesisRevised:
    return e.HypothesisRevised(
        utterance_id=UtteranceId(1),
        revision=1,
        stable_text=stable,
        unstable_text=unstable,
        heard_until_sample=round(heard_until_seconds * RATE),
    )


def test_every_wait_is_told_from_the_sound_that_was_played() -> None:
    log = read_live_log(
        stored_at(
            [
                (999.0, began()),
                (BEGAN_AT + 0.5, started(1, 0, RATE // 2)),
                (BEGAN_AT + 0.9, hypothesis("", "and so", 0.75)),
                (BEGAN_AT + 1.6, hypothesis("and so", " my", 1.0)),
                (BEGAN_AT + 2.6, ended(1, 0, round(2.0 * RATE), round(2.5 * RATE))),
                (BEGAN_AT + 3.0, replace(transcribed(1, "And sow my fellow."), needed_full_window=True)),
            ]
        )
    )
    assert (log.utterances, log.rejected, log.lost_finals, log.lost_samples) == (1, 0, 0, 0)
    assert log.texts == ["And sow my fellow."]
    assert log.full_window_finals == 1
    assert log.first_partials == pytest.approx([0.4])
    assert log.partial_ages == pytest.approx([0.15, 0.6])
    assert log.decision_to_final == pytest.approx([0.4])
    assert log.speech_to_final == pytest.approx([1.2])
    """The usual tail of 0.2 s is after the last speech, which so ended at 1.8 s."""
    assert (log.hypotheses, log.speech_samples) == (2, 2 * RATE)
    assert (log.stable_words, log.taken_back_words) == (2, 1)


def test_what_was_lost_or_left_out_is_told() -> None:
    rejected = e.UtteranceRejected(
        utterance_id=UtteranceId(1), rule=e.RejectionRule.TOO_LITTLE_SPEECH, text="", voiced_seconds=0.1
    )
    failed = e.TranscriptionFailed(utterance_id=UtteranceId(2), code="speech-to-text", message="No.")
    events: list[e.SessionEvent] = [
        *(began(), started(1, 0), hypothesis("one two", "", 0.0), ended(1, 0, RATE), rejected),
        *(started(2, RATE), ended(2, RATE, 2 * RATE), failed, started(3, 3 * RATE)),
        e.AudioGapRecorded(start_sample=5 * RATE, lost_samples=RATE, reason=e.GapReason.OVERFLOW),
        e.ServiceDegraded(part="transcription", code="transcription-behind", message="Late."),
        e.ServiceRestored(part="transcription"),
    ]
    log = read_live_log(stored_at([(float(number), event) for number, event in enumerate(events)]))
    assert (log.utterances, log.rejected, log.lost_finals, log.lost_samples) == (3, 1, 2, RATE)
    assert log.degradations == {"transcription-behind"}
    assert (log.stable_words, log.taken_back_words) == (2, 2)


def test_a_log_without_speech_tells_nothing() -> None:
    log = read_live_log(stored_at([(0.0, began())]))
    assert (log.utterances, log.texts, log.partial_ages) == (0, [], [])
