"""What is to be done because of what happened: pure functions from events and state to work for the models."""

from collections.abc import Sequence
from typing import Final

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.decisions.utterances import minimum_voiced_samples
from realtime_mlx_stt.domain.events import SessionEvent, SpeechEnded
from realtime_mlx_stt.domain.state import HearingSpeech, NotStarted, PendingUtterance, SessionState

__all__ = ["MOST_OWED_SAMPLES", "is_partial_wanted", "is_speculation_due", "transcriptions_due"]

MOST_OWED_SAMPLES: Final = 120 * SAMPLE_RATE_HZ
"""When texts of so much speech are owed, no more audio is taken: a file waits, a live source records a gap."""


def transcriptions_due(events: Sequence[SessionEvent], state: SessionState) -> tuple[PendingUtterance, ...]:
    """Speech ended, and its text is still awaited after these events: have it written."""
    if isinstance(state, NotStarted):
        return ()
    ended = {event.utterance_id for event in events if isinstance(event, SpeechEnded)}
    return tuple(utterance for utterance in state.context.pending if utterance.utterance_id in ended)


def is_partial_wanted(state: SessionState, voiced_samples: int) -> bool:
    """Speech goes on, with enough of it to be written.

    What is too short for a final text is shown to nobody before either: a click, a knock, a short cough.
    """
    return isinstance(state, HearingSpeech) and voiced_samples >= minimum_voiced_samples(state)


def is_speculation_due(state: SessionState, voiced_samples: int) -> bool:
    """Speech may have ended, with enough of it to be written: prepare the final text."""
    if not isinstance(state, HearingSpeech):
        return False
    wants_speculation = state.context.settings.transcription.speculative_finals
    return wants_speculation and voiced_samples >= minimum_voiced_samples(state)
