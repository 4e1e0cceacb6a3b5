"""Decisions about wake words, time, pauses and the audio source."""

from typing import Final

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.decisions.utterances import close_utterance
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.state import (
    AwaitingWakeWord,
    HearingSpeech,
    Listening,
    LiveState,
    Paused,
    SessionState,
)

__all__ = [
    "gap_of_pause",
    "hear_wake_word",
    "lose_source",
    "pass_time",
    "pause_listening",
    "record_gap",
    "recover_source",
    "resume_listening",
]

_LONGEST_WAKE_WORD_SAMPLES: Final = 20_000
"""1.25 s from where speech was noticed: a wake word may be that long, and little else can be said in that time."""


def hear_wake_word(command: c.ReportWakeWord, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Wake the session up; if it is awake already, the word gives the speaker the whole time anew.

    If the open utterance holds only the word, it is rejected, and what follows the word is a new utterance. In the
    middle of speech the word counts as speech; it then also renews the time in sessions that hear several
    utterances. A word that is heard late can only wake the session, since what followed it has been heard already.
    """
    wake_word = state.context.settings.wake_word if isinstance(state, LiveState) else None
    if wake_word is None:
        return ()
    woken = e.WakeWordDetected(
        word=command.word,
        score=command.score,
        at_sample=command.at_sample,
        deadline_sample=command.at_sample + seconds_to_samples(wake_word.timeout_seconds),
    )
    if isinstance(state, AwaitingWakeWord):
        return (woken,)
    if command.is_late or not isinstance(state, Listening | HearingSpeech) or state.activation is None:
        return ()
    if isinstance(state, Listening):
        return (woken,)
    if _is_wake_word_alone(state, command.at_sample):
        return (*_close_at_wake_word(command, state), woken)
    return () if wake_word.single_utterance else (woken,)


def _is_wake_word_alone(state: HearingSpeech, at_sample: int) -> bool:
    spoken_samples = at_sample - state.utterance.detected_at_sample
    return spoken_samples <= _LONGEST_WAKE_WORD_SAMPLES and not state.utterance.is_continuation


def _close_at_wake_word(command: c.ReportWakeWord, state: HearingSpeech) -> tuple[e.SessionEvent, ...]:
    return close_utterance(
        state,
        e.SpeechEndReason.WAKE_WORD,
        end_sample=command.at_sample,
        at_sample=command.at_sample,
        voiced_samples=command.voiced_samples,
    )


def pass_time(command: c.PassTime, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Let the wake word expire if nothing was said in time; speech that was cut off may still go on."""
    if not isinstance(state, Listening) or state.activation is None:
        return ()
    deadline_sample = state.activation.deadline_sample
    if state.context.continues_at_sample is not None:
        silence = seconds_to_samples(state.context.settings.endpointing.minimum_silence_seconds)
        deadline_sample = max(deadline_sample, state.context.continues_at_sample + silence)
    if command.at_sample < deadline_sample:
        return ()
    return (e.WakeWordExpired(word=state.activation.word, at_sample=command.at_sample),)


def pause_listening(command: c.PauseListening, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """End the open utterance and stop listening."""
    if isinstance(state, Paused):
        return ()
    if not isinstance(state, LiveState):
        raise IllegalCommandError("Only a session that is listening can be paused.")
    closing = close_utterance(
        state,
        e.SpeechEndReason.PAUSED,
        end_sample=command.at_sample,
        at_sample=command.at_sample,
        voiced_samples=command.voiced_samples,
    )
    return (*closing, e.ListeningPaused(at_sample=command.at_sample))


def resume_listening(command: c.ResumeListening, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Listen again; the audio captured during the pause becomes a gap."""
    if isinstance(state, Paused):
        return (*gap_of_pause(state, command.at_sample), e.ListeningResumed(at_sample=command.at_sample))
    if not isinstance(state, LiveState):
        raise IllegalCommandError("Only a paused session can be resumed.")
    return ()


def record_gap(command: c.ReportAudioGap, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Record lost audio as a gap; the open utterance ends before it. While paused, the pause itself is the gap."""
    if not isinstance(state, LiveState) or isinstance(state, Paused) or command.lost_samples <= 0:
        return ()
    closing = close_utterance(
        state,
        e.SpeechEndReason.GAP,
        end_sample=command.start_sample,
        at_sample=command.start_sample,
        voiced_samples=command.voiced_samples,
    )
    gap = e.AudioGapRecorded(
        start_sample=command.start_sample, lost_samples=command.lost_samples, reason=command.reason
    )
    return (*closing, gap)


def lose_source(command: c.ReportSourceLoss, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """End the open utterance and note that the source is gone for now."""
    if not isinstance(state, LiveState) or state.context.is_source_lost:
        return ()
    closing = close_utterance(
        state,
        e.SpeechEndReason.SOURCE_LOST,
        end_sample=command.at_sample,
        at_sample=command.at_sample,
        voiced_samples=command.voiced_samples,
    )
    lost = e.AudioSourceLost(at_sample=command.at_sample, code=command.code, message=command.message)
    return (*closing, lost)


def recover_source(command: c.ReportSourceRecovery, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Note that the source is back."""
    if not isinstance(state, LiveState) or not state.context.is_source_lost:
        return ()
    return (e.AudioSourceRecovered(at_sample=command.at_sample),)


def gap_of_pause(state: SessionState, at_sample: int) -> tuple[e.SessionEvent, ...]:
    """The gap from the pause to this position if the session is paused, else nothing."""
    if not isinstance(state, Paused) or at_sample <= state.since_sample:
        return ()
    lost = at_sample - state.since_sample
    return (e.AudioGapRecorded(start_sample=state.since_sample, lost_samples=lost, reason=e.GapReason.PAUSED),)
