"""Decisions about text: hypotheses, final texts, rejections, failures and later revisions."""

import math
from dataclasses import replace

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.continuations import own_part
from realtime_mlx_stt.domain.decisions.lifecycle import settle_stop
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.hypotheses import LEAST_HEARD_SAMPLES, Hypothesis, likely_words, revise
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.rejection import rejection_rule
from realtime_mlx_stt.domain.state import HearingSpeech, NotStarted, PendingUtterance, SessionState
from realtime_mlx_stt.domain.transcription import Transcription

__all__ = ["hear_hypothesis", "hear_transcription", "hear_transcription_failure", "revise_transcript"]


def hear_hypothesis(command: c.ReportHypothesis, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Revise the hypothesis of the open utterance, unless this comes too late or there is nothing to show.

    A text that would be rejected as a final text counts as empty, and takes back all words that are not stable.
    """
    if not isinstance(state, HearingSpeech) or state.utterance.utterance_id != command.utterance_id:
        return ()
    before = state.utterance.hypothesis
    if command.heard_until_sample < before.heard_until_sample:
        return ()
    now = _revised(before, command, state)
    is_told = (now.stable_text, now.unstable_text) == (before.stable_text, before.unstable_text)
    if is_told and (not now.words or now.heard_until_sample == before.heard_until_sample):
        return ()
    return (
        e.HypothesisRevised(
            utterance_id=command.utterance_id,
            revision=now.revision,
            stable_text=now.stable_text,
            unstable_text=now.unstable_text,
            heard_until_sample=now.heard_until_sample,
        ),
    )


def hear_transcription(command: c.ReportTranscription, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Finish a waiting utterance: its text stands, or a rule rejects it as not speech."""
    waiting = _waiting(state, command.utterance_id)
    if waiting is None or isinstance(state, NotStarted):
        return ()
    if not _is_scored(command.transcription):
        return settle_stop(state, _unscored(command))
    if command.is_beyond_cut:
        command = replace(command, transcription=own_part(command.transcription, waiting.end_sample))
    rule = rejection_rule(
        command.transcription,
        duration_samples=waiting.end_sample - waiting.start_sample,
        peak_amplitude=command.peak_amplitude,
        settings=state.context.settings.rejection,
    )
    finished = _transcribed(command) if rule is None else _rejected(command, waiting, rule)
    return settle_stop(state, finished)


def hear_transcription_failure(
    command: c.ReportTranscriptionFailure, state: SessionState
) -> tuple[e.SessionEvent, ...]:
    """Finish a waiting utterance without a text."""
    if _waiting(state, command.utterance_id) is None:
        return ()
    failed = e.TranscriptionFailed(utterance_id=command.utterance_id, code=command.code, message=command.message)
    return settle_stop(state, failed)


def revise_transcript(command: c.ReviseTranscript, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Record a later pass over a finished utterance."""
    is_begun = not isinstance(state, NotStarted) and 0 < command.utterance_id < state.context.next_utterance_id
    is_open = isinstance(state, HearingSpeech) and state.utterance.utterance_id == command.utterance_id
    if not is_begun or is_open or _waiting(state, command.utterance_id) is not None:
        raise IllegalCommandError(f"Utterance {command.utterance_id} is not finished.")
    if not _is_scored(command.transcription):
        raise IllegalCommandError("A text whose scores are not numbers revises nothing.")
    return (
        e.TranscriptRevised(
            utterance_id=command.utterance_id,
            text=command.transcription.text.strip(),
            words=command.transcription.words,
            language=command.transcription.language,
            confidence=command.transcription.confidence,
            model=command.model,
        ),
    )


def _revised(before: Hypothesis, command: c.ReportHypothesis, state: HearingSpeech) -> Hypothesis:
    said, heard_samples = command.transcription, command.heard_until_sample - state.utterance.start_sample
    rule = rejection_rule(
        said,
        duration_samples=heard_samples,
        peak_amplitude=1.0,
        settings=state.context.settings.rejection,
    )
    likely = likely_words(said)
    if heard_samples < LEAST_HEARD_SAMPLES:
        likely = (False,) * len(likely)
    return revise(before, said.text if rule is None else "", command.heard_until_sample, likely=likely)


def _waiting(state: SessionState, utterance_id: UtteranceId) -> PendingUtterance | None:
    if isinstance(state, NotStarted):
        return None
    return next((u for u in state.context.pending if u.utterance_id == utterance_id), None)


def _is_scored(transcription: Transcription) -> bool:
    """Whether the scores are numbers; a model in trouble returns NaN, which cannot be compared or stored."""
    scores = (
        transcription.confidence,
        transcription.average_log_probability,
        transcription.no_speech_probability,
        transcription.compression_ratio,
        *(word.probability for word in transcription.words),
    )
    return all(math.isfinite(score) for score in scores)


def _unscored(command: c.ReportTranscription) -> e.TranscriptionFailed:
    return e.TranscriptionFailed(
        utterance_id=command.utterance_id,
        code="scores-not-numbers",
        message=f"The model {command.model} gave scores that are not numbers.",
    )


def _transcribed(command: c.ReportTranscription) -> e.UtteranceTranscribed:
    return e.UtteranceTranscribed(
        utterance_id=command.utterance_id,
        text=command.transcription.text.strip(),
        words=command.transcription.words,
        language=command.transcription.language,
        confidence=command.transcription.confidence,
        model=command.model,
        inference_seconds=command.inference_seconds,
        needed_full_window=command.transcription.needed_full_window,
    )


def _rejected(
    command: c.ReportTranscription, waiting: PendingUtterance, rule: e.RejectionRule
) -> e.UtteranceRejected:
    return e.UtteranceRejected(
        utterance_id=command.utterance_id,
        rule=rule,
        text=command.transcription.text.strip(),
        voiced_seconds=samples_to_seconds(waiting.voiced_samples),
        average_log_probability=command.transcription.average_log_probability,
        no_speech_probability=command.transcription.no_speech_probability,
        compression_ratio=command.transcription.compression_ratio,
    )
