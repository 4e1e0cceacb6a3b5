"""Decisions about where an utterance begins and ends."""

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds, seconds_to_samples
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.state import HearingSpeech, Listening, NotStarted, SessionState

__all__ = ["close_utterance", "commit_utterance", "hear_speech_end", "hear_speech_onset", "minimum_voiced_samples"]


def hear_speech_onset(command: c.ReportSpeechOnset, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Begin an utterance if the session listens; audio that is already claimed stays where it is."""
    if isinstance(state, HearingSpeech):
        raise IllegalCommandError(f"Utterance {state.utterance.utterance_id} has not ended yet.")
    if not isinstance(state, Listening):
        return ()
    return (
        e.SpeechStarted(
            utterance_id=state.context.next_utterance_id,
            start_sample=max(command.start_sample, state.context.claimed_until_sample),
            detected_at_sample=command.at_sample,
        ),
    )


def hear_speech_end(command: c.ReportSpeechEnd, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """End the open utterance, if there is one."""
    return close_utterance(
        state,
        command.reason,
        end_sample=command.end_sample,
        at_sample=command.at_sample,
        voiced_samples=command.voiced_samples,
    )


def commit_utterance(command: c.CommitUtterance, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """End the open utterance because the speaker says so."""
    if isinstance(state, NotStarted):
        raise IllegalCommandError("The session has not been started.")
    return close_utterance(
        state,
        e.SpeechEndReason.COMMITTED,
        end_sample=command.at_sample,
        at_sample=command.at_sample,
        voiced_samples=command.voiced_samples,
    )


def close_utterance(
    state: SessionState,
    reason: e.SpeechEndReason,
    *,
    end_sample: int,
    at_sample: int,
    voiced_samples: int,
) -> tuple[e.SessionEvent, ...]:
    """The events that end the open utterance, none if there is none.

    Too little speech is rejected at once. After a wake word such an utterance does not use up the activation: it
    is most likely the end of the wake word itself. Speech that is cut off uses it up only with its last piece.
    """
    if not isinstance(state, HearingSpeech):
        return ()
    settings = state.context.settings
    is_too_short = _is_too_short(state, reason, voiced_samples)
    is_nothing_yet = is_too_short and not state.utterance.is_continuation
    stays_awake = state.activation is not None and (is_nothing_yet or reason.is_cut)
    ended = e.SpeechEnded(
        utterance_id=state.utterance.utterance_id,
        reason=reason,
        start_sample=state.utterance.start_sample,
        end_sample=max(end_sample, state.utterance.start_sample),
        voiced_samples=voiced_samples,
        detected_at_sample=at_sample,
        awaits_wake_word=settings.wake_word is not None and not stays_awake,
    )
    if not is_too_short:
        return (ended,)
    rejected = e.UtteranceRejected(
        utterance_id=ended.utterance_id,
        rule=e.RejectionRule.TOO_LITTLE_SPEECH,
        text="",
        voiced_seconds=samples_to_seconds(voiced_samples),
    )
    return ended, rejected


def _is_too_short(state: HearingSpeech, reason: e.SpeechEndReason, voiced_samples: int) -> bool:
    if reason is e.SpeechEndReason.COMMITTED:
        return False
    return voiced_samples < minimum_voiced_samples(state)


def minimum_voiced_samples(state: HearingSpeech) -> int:
    """How much of the open utterance must be speech for its text to be asked for."""
    minimum = seconds_to_samples(state.context.settings.endpointing.minimum_speech_seconds)
    # The rest of speech that was cut off may be one short word; it is judged by its text.
    return min(minimum, 1) if state.utterance.is_continuation else minimum
