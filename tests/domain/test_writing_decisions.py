"""Hypotheses, final texts, rejections, failures and later revisions."""

import math
from dataclasses import replace

import pytest
from tests.domain.histories import (
    FAILED,
    HEARING,
    HISTORIES,
    INTERRUPTED,
    LISTENING,
    PAUSED,
    SAID,
    SECOND,
    STOPPED,
    STOPPING,
    ended,
    failure,
    rejected,
    started,
    stopped,
    too_short,
    transcribed,
)
from tests.domain.scenario import given

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.hypotheses import AGREEMENT_SAMPLES
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.transcription import Transcription

AT = 2 * SECOND
ENDED = (*HEARING, ended(1, SECOND, AT, voiced_samples=8_000))


LATER = 2 * AGREEMENT_SAMPLES


def hypothesis(said: str | Transcription, utterance: int = 1, heard_until_sample: int = AT) -> c.ReportHypothesis:
    transcription = Transcription(text=said) if isinstance(said, str) else said
    return c.ReportHypothesis(
        utterance_id=UtteranceId(utterance), transcription=transcription, heard_until_sample=heard_until_sample
    )


def revised(
    revision: int, stable_text: str, unstable_text: str, heard_until_sample: int = AT
) -> e.HypothesisRevised:
    return e.HypothesisRevised(
        utterance_id=UtteranceId(1),
        revision=revision,
        stable_text=stable_text,
        unstable_text=unstable_text,
        heard_until_sample=heard_until_sample,
    )


def report(said: Transcription = SAID, utterance: int = 1, peak_amplitude: float = 0.5) -> c.ReportTranscription:
    return c.ReportTranscription(
        utterance_id=UtteranceId(utterance),
        transcription=said,
        model="tiny.en",
        inference_seconds=0.5,
        peak_amplitude=peak_amplitude,
    )


def fail(utterance: int = 1) -> c.ReportTranscriptionFailure:
    return c.ReportTranscriptionFailure(utterance_id=UtteranceId(utterance), code="broken", message="It broke.")


def test_hypotheses_grow_a_stable_prefix() -> None:
    session = given(*HEARING).when(hypothesis("ask not")).then(revised(1, "", "ask not"))
    later = AT + LATER
    session = session.when(hypothesis("ask not what", 1, later)).then(revised(2, "ask not", " what", later))
    session.when(hypothesis("Ask, nod what your", 1, later)).then(revised(3, "ask not", " what your", later))


def test_the_same_hypothesis_of_more_audio_is_told_and_of_the_same_audio_is_not() -> None:
    session = given(*HEARING).when(hypothesis("ask not")).then(revised(1, "", "ask not"))
    session.when(hypothesis("ask not")).then_nothing()
    session.when(hypothesis("ask not", 1, AT + 1)).then(revised(2, "", "ask not", AT + 1))


def test_a_hypothesis_of_less_audio_than_the_one_before_comes_too_late() -> None:
    session = given(*HEARING).when(hypothesis("ask not")).then(revised(1, "", "ask not"))
    session.when(hypothesis("ask", 1, AT - 1)).then_nothing()


def test_an_empty_hypothesis_says_nothing_new() -> None:
    given(*HEARING).when(hypothesis("")).then_nothing()
    given(*HEARING).when(hypothesis("", 1, AT + LATER)).then_nothing()


def test_an_unsure_hypothesis_makes_nothing_stable() -> None:
    later, latest = AT + LATER, AT + LATER + 1
    unsure = Transcription(text="ask not what", confidence=0.59)
    session = given(*HEARING).when(hypothesis("ask not what")).then(revised(1, "", "ask not what"))
    session = session.when(hypothesis(unsure, 1, later)).then(revised(2, "", "ask not what", later))
    sure = replace(unsure, confidence=0.6)
    session.when(hypothesis(sure, 1, latest)).then(revised(3, "ask not", " what", latest))


NOISE = Transcription(text="Thank you.", no_speech_probability=0.9, average_log_probability=-1.5)
COUGH = Transcription(text="Uh-huh.", no_speech_probability=0.6, average_log_probability=-0.5)
LOOP = Transcription(text="no " * 9, compression_ratio=3.0)
IMPOSSIBLE = Transcription(text="x" * 1_000)


@pytest.mark.parametrize("said", [NOISE, COUGH, LOOP, IMPOSSIBLE, Transcription(text="...")])
def test_what_would_be_rejected_is_not_shown_and_takes_back_what_was(said: Transcription) -> None:
    later = AT + LATER
    given(*HEARING).when(hypothesis(said)).then_nothing()
    shown = given(*HEARING).when(hypothesis("ask not")).then(revised(1, "", "ask not"))
    shown.when(hypothesis(said, 1, later)).then(revised(2, "", "", later))
    stable = shown.when(hypothesis("ask not what", 1, later)).then(revised(2, "ask not", " what", later))
    stable.when(hypothesis(said, 1, later + 1)).then(revised(3, "ask not", "", later + 1))


def test_a_hypothesis_of_another_utterance_comes_too_late() -> None:
    given(*ENDED).when(hypothesis("ask")).then_nothing()
    given(*ENDED, started(2, AT)).when(hypothesis("ask")).then_nothing()
    given(*HEARING).when(hypothesis("ask", utterance=2)).then_nothing()


def test_a_text_finishes_its_utterance_once() -> None:
    session = given(*ENDED).when(report()).then(transcribed(1))
    session.when(report()).then_nothing().when(fail()).then_nothing()


def test_a_text_comes_while_the_next_utterance_is_spoken_or_the_session_paused() -> None:
    given(*ENDED, started(2, AT)).when(report()).then(transcribed(1)).when(hypothesis("ask", 2)).then(
        replace(revised(1, "", "ask"), utterance_id=UtteranceId(2))
    )
    given(*ENDED, e.ListeningPaused(at_sample=AT)).when(report()).then(transcribed(1))


def test_texts_may_come_in_another_order_than_the_utterances() -> None:
    both = (*ENDED, started(2, AT), ended(2, AT, 2 * AT))
    given(*both).when(report(utterance=2)).then(transcribed(2)).when(report()).then(transcribed(1))


def test_a_text_for_an_utterance_that_is_open_or_unknown_is_not_taken() -> None:
    for history in (LISTENING, HEARING, PAUSED, FAILED, INTERRUPTED):
        given(*history).when(report()).then_nothing()
    given(*ENDED).when(report(utterance=2)).then_nothing().when(fail(0)).then_nothing()


def test_a_text_that_a_rule_rejects_stays_in_the_log_with_its_scores() -> None:
    said = replace(SAID, text=" Thank you. ", no_speech_probability=0.9, average_log_probability=-1.5)
    given(*ENDED).when(report(said)).then(rejected(1, e.RejectionRule.NO_SPEECH, said, voiced_seconds=0.5))


@pytest.mark.parametrize(
    "said",
    [
        replace(SAID, confidence=math.nan),
        replace(SAID, average_log_probability=-math.inf),
        replace(SAID, no_speech_probability=math.nan),
        replace(SAID, compression_ratio=math.inf),
        replace(SAID, words=(replace(SAID.words[0], probability=math.nan),)),
    ],
)
def test_a_text_whose_scores_are_not_numbers_is_a_failure(said: Transcription) -> None:
    unscored = failure(1, "scores-not-numbers", "The model tiny.en gave scores that are not numbers.")
    given(*ENDED).when(report(said)).then(unscored)
    given(*STOPPING).when(report(said)).then(unscored, stopped(AT))
    revise = c.ReviseTranscript(utterance_id=UtteranceId(1), transcription=said, model="base")
    given(*STOPPED).when(revise).then_raises(IllegalCommandError, "not numbers")


def test_silence_is_rejected_whatever_the_model_says() -> None:
    given(*ENDED).when(report(peak_amplitude=0.0)).then(
        rejected(1, e.RejectionRule.DIGITAL_SILENCE, SAID, voiced_seconds=0.5)
    )


def test_the_utterances_length_is_what_its_text_is_measured_by() -> None:
    said = replace(SAID, text="x" * 41)
    given(*HEARING, ended(1, SECOND, AT)).when(report(said)).then(
        rejected(1, e.RejectionRule.IMPOSSIBLE_PACE, said, voiced_seconds=1.0)
    )
    given(*HEARING, ended(1, SECOND, 3 * SECOND)).when(report(said)).then(transcribed(1, said))


def test_a_stopping_session_is_over_with_its_last_text() -> None:
    silence = replace(SAID, text="")
    given(*STOPPING).when(report()).then(transcribed(1), stopped(AT))
    given(*STOPPING).when(report(silence)).then(
        rejected(1, e.RejectionRule.EMPTY_TEXT, silence, voiced_seconds=1.0), stopped(AT)
    )
    given(*STOPPING).when(fail()).then(failure(1), stopped(AT))


def revision(utterance: int = 1) -> c.ReviseTranscript:
    return c.ReviseTranscript(utterance_id=UtteranceId(utterance), transcription=SAID, model="base")


REVISED = e.TranscriptRevised(
    utterance_id=UtteranceId(1),
    text="ask not",
    words=SAID.words,
    language="en",
    confidence=0.78,
    model="base",
)


@pytest.mark.parametrize(
    "history",
    [
        (*ENDED, transcribed(1)),
        (*ENDED, too_short(1)),
        (*ENDED, failure(1)),
        (*ENDED, transcribed(1), started(2, AT)),
        STOPPED,
        FAILED,
        INTERRUPTED,
    ],
)
def test_whatever_became_of_an_utterance_it_can_be_written_again(history: tuple[e.SessionEvent, ...]) -> None:
    session = given(*history)
    after = session.when(revision()).then(REVISED)
    assert after.state == session.state


@pytest.mark.parametrize("history", [(), LISTENING, HEARING, ENDED, STOPPING])
def test_an_utterance_that_is_not_finished_has_no_text_to_revise(history: tuple[e.SessionEvent, ...]) -> None:
    given(*history).when(revision()).then_raises(IllegalCommandError, "Utterance 1 is not finished")


@pytest.mark.parametrize("utterance", [-1, 0, 2])
@pytest.mark.parametrize("name", HISTORIES)
def test_an_utterance_that_never_was_has_no_text_to_revise(name: str, utterance: int) -> None:
    given(*HISTORIES[name]).when(revision(utterance)).then_raises(IllegalCommandError, "not finished")
