"""Decisions about where an utterance begins and ends."""

from typing import Final

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds, seconds_to_samples
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.state import HearingSpeech, Listening, NotStarted, SessionState

__all__ = ["close_utterance", "commit_utterance", "hear_speech_end", "hear_speech_onset", "minimum_voiced_samples"]

_ENDS_OF_LISTENING: Final = (
    e.SpeechEndReason.PAUSED,
    e.SpeechEndReason.STOPPED,
    e.SpeechEndReason.SOURCE_ENDED,
    e.SpeechEndReason.FAILED,
)
"""After these ends of an utterance, a session that listens again waits for its wake word again."""


def hear_speech_onset(command: c.ReportSpeechOnset, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Begin an utterance if the session listens; audio that already belongs to something is not taken again."""
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
    """The events that end the open utterance, none if none is open; too little speech is rejected at once."""
    if not isinstance(state, HearingSpeech):
        return ()
    rule = _rule_against(state, reason, voiced_samples)
    is_nothing_yet = rule is not None and not state.utterance.is_continuation
    stays_awake = _stays_awake(state, reason, at_sample, is_nothing_yet=is_nothing_yet)
    ended = e.SpeechEnded(
        utterance_id=state.utterance.utterance_id,
        reason=reason,
        start_sample=state.utterance.start_sample,
        end_sample=max(end_sample, state.utterance.start_sample),
        voiced_samples=voiced_samples,
        detected_at_sample=at_sample,
        awaits_wake_word=state.context.settings.wake_word is not None and not stays_awake,
    )
    if rule is None:
        return (ended,)
    rejected = e.UtteranceRejected(
        utterance_id=ended.utterance_id,
        rule=rule,
        text="",
        voiced_seconds=samples_to_seconds(voiced_samples),
    )
    return ended, rejected


def _rule_against(state: HearingSpeech, reason: e.SpeechEndReason, voiced_samples: int) -> e.RejectionRule | None:
    """The rule that rejects the utterance before a text is asked for, None if its text is wanted."""
    if reason is e.SpeechEndReason.WAKE_WORD:
        return e.RejectionRule.WAKE_WORD
    if reason is e.SpeechEndReason.COMMITTED or voiced_samples >= minimum_voiced_samples(state):
        return None
    return e.RejectionRule.TOO_LITTLE_SPEECH


def _stays_awake(state: HearingSpeech, reason: e.SpeechEndReason, at_sample: int, *, is_nothing_yet: bool) -> bool:
    """Whether the wake word still counts after the utterance.

    An utterance in which nothing was said does not use it up, as it is most likely the end of the wake word itself.
    Nor does speech that was cut off; only its last piece does.
    """
    wake_word, activation = state.context.settings.wake_word, state.activation
    if wake_word is None or activation is None or reason in _ENDS_OF_LISTENING:
        return False
    if reason.is_cut or is_nothing_yet:
        return True
    return not wake_word.single_utterance and at_sample < activation.deadline_sample


def minimum_voiced_samples(state: HearingSpeech) -> int:
    """How much of the open utterance must be speech for its text to be asked for."""
    minimum = seconds_to_samples(state.context.settings.endpointing.minimum_speech_seconds)
    # What follows a cut may be a single short word, so it is judged by its text alone.
    return min(minimum, 1) if state.utterance.is_continuation else minimum
