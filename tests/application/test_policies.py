"""What is asked of the models because of what happened."""

from dataclasses import replace

from realtime_mlx_stt.application.writing.policies import (
    is_partial_wanted,
    is_speculation_due,
    transcriptions_due,
)
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.evolve import evolve
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings

CONTEXT = s.SessionContext(settings=SessionSettings())
UTTERANCE = s.OpenUtterance(utterance_id=UtteranceId(1), start_sample=16_000, detected_at_sample=17_024)
HEARING = s.HearingSpeech(context=CONTEXT, utterance=UTTERANCE)
ENOUGH = 4_000
"""The minimum of a quarter of a second."""


def with_transcription(**changes: object) -> s.HearingSpeech:
    transcription = replace(TranscriptionSettings(), **changes)  # type: ignore[arg-type]
    settings = replace(SessionSettings(), transcription=transcription)
    return replace(HEARING, context=replace(CONTEXT, settings=settings))


def test_a_hypothesis_is_wanted_once_there_is_enough_speech() -> None:
    assert not is_partial_wanted(HEARING, ENOUGH - 1)
    assert is_partial_wanted(HEARING, ENOUGH)


def test_no_hypothesis_is_wanted_when_nobody_speaks() -> None:
    assert not is_partial_wanted(s.Listening(context=CONTEXT), ENOUGH)


def test_a_speculation_is_due_once_there_is_enough_speech() -> None:
    assert not is_speculation_due(HEARING, ENOUGH - 1)
    assert is_speculation_due(HEARING, ENOUGH)
    assert not is_speculation_due(with_transcription(speculative_finals=False), ENOUGH)
    assert not is_speculation_due(s.Listening(context=CONTEXT), ENOUGH)


def test_the_rest_of_speech_that_was_cut_off_needs_only_a_little() -> None:
    rest = replace(HEARING, utterance=replace(UTTERANCE, is_continuation=True))
    assert is_speculation_due(rest, 1)
    assert not is_speculation_due(rest, 0)


def test_a_text_is_due_for_speech_that_ended_and_is_not_finished_yet() -> None:
    ended = e.SpeechEnded(
        utterance_id=UtteranceId(1),
        reason=e.SpeechEndReason.SILENCE,
        start_sample=16_000,
        end_sample=32_000,
        voiced_samples=16_000,
        detected_at_sample=40_000,
    )
    after = evolve(HEARING, ended)
    (due,) = transcriptions_due([ended], after)
    assert (due.utterance_id, due.start_sample, due.end_sample) == (1, 16_000, 32_000)
    assert transcriptions_due([], after) == ()
    rejected = e.UtteranceRejected(
        utterance_id=UtteranceId(1), rule=e.RejectionRule.TOO_LITTLE_SPEECH, text="", voiced_seconds=0.1
    )
    assert transcriptions_due([ended, rejected], evolve(after, rejected)) == ()
    assert transcriptions_due([ended], s.INITIAL) == ()
