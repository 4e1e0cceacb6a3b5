"""What is to be done because of what happened: pure functions from events and state to work for the models."""

from collections.abc import Sequence
from typing import Final

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ, samples_to_seconds, seconds_to_samples
from realtime_mlx_stt.domain.commands import ReportDegradation, ReportRestoration
from realtime_mlx_stt.domain.decisions.utterances import minimum_voiced_samples
from realtime_mlx_stt.domain.events import SessionEvent, SpeechEnded
from realtime_mlx_stt.domain.state import HearingSpeech, NotStarted, PendingUtterance, SessionState

__all__ = ["MOST_OWED_SAMPLES", "is_partial_due", "is_speculation_due", "lag_report", "transcriptions_due"]

MOST_OWED_SAMPLES: Final = 120 * SAMPLE_RATE_HZ
"""When texts of so much speech are owed, no more audio is taken: a file waits, a live source records a gap."""

_BEHIND_SAMPLES: Final = 45 * SAMPLE_RATE_HZ
"""More than the longest utterance: so much is owed only where the model does not keep up."""

_LATE_TEXTS: Final = "transcription"
"""The part of the service that is degraded then."""


def transcriptions_due(events: Sequence[SessionEvent], state: SessionState) -> tuple[PendingUtterance, ...]:
    """Speech ended, and its text is still awaited after these events: have it written."""
    if isinstance(state, NotStarted):
        return ()
    ended = {event.utterance_id for event in events if isinstance(event, SpeechEnded)}
    return tuple(utterance for utterance in state.context.pending if utterance.utterance_id in ended)


def is_partial_due(state: SessionState, at_sample: int, last_asked_sample: int) -> bool:
    """Speech goes on, and the last hypothesis is as old as the settings allow: ask for a new one."""
    if not isinstance(state, HearingSpeech):
        return False
    interval = state.context.settings.transcription.partial_interval_seconds
    if interval is None:
        return False
    since = max(last_asked_sample, state.utterance.start_sample)
    return at_sample - since >= seconds_to_samples(interval)


def is_speculation_due(state: SessionState, voiced_samples: int) -> bool:
    """Speech may have ended, with enough of it to be written: prepare the final text."""
    if not isinstance(state, HearingSpeech):
        return False
    wants_speculation = state.context.settings.transcription.speculative_finals
    return wants_speculation and voiced_samples >= minimum_voiced_samples(state)


def lag_report(owed_samples: int) -> ReportDegradation | ReportRestoration | None:
    """The model does not keep up, or has caught up: say so; repeated reports change nothing."""
    if owed_samples > _BEHIND_SAMPLES:
        seconds = samples_to_seconds(owed_samples)
        message = f"The texts of {seconds:.0f} s of speech are late; a faster model would keep up."
        return ReportDegradation(part=_LATE_TEXTS, code="transcription-behind", message=message)
    return ReportRestoration(part=_LATE_TEXTS) if owed_samples == 0 else None
