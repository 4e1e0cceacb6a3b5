"""Decides which texts are due after events, by pure functions of events and state."""

from collections.abc import Sequence
from typing import Final

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.decisions.utterances import minimum_voiced_samples
from realtime_mlx_stt.domain.events import SessionEvent, SpeechEnded
from realtime_mlx_stt.domain.state import HearingSpeech, NotStarted, PendingUtterance, SessionState

__all__ = ["MOST_OWED_SAMPLES", "is_partial_wanted", "is_speculation_due", "transcriptions_due"]

MOST_OWED_SAMPLES: Final = 120 * SAMPLE_RATE_HZ
"""How much speech may lack its texts before no more audio is taken: a file then waits, a live source records a
gap."""


def transcriptions_due(events: Sequence[SessionEvent], state: SessionState) -> tuple[PendingUtterance, ...]:
    """The utterances that ended in these events and still wait for their texts: their final texts are due."""
    if isinstance(state, NotStarted):
        return ()
    ended = {event.utterance_id for event in events if isinstance(event, SpeechEnded)}
    return tuple(utterance for utterance in state.context.pending if utterance.utterance_id in ended)


def is_partial_wanted(state: SessionState, voiced_samples: int) -> bool:
    """Whether speech goes on and there is enough of it for a hypothesis.

    What is too short for a final text is not shown as a hypothesis either: a click, a knock, a short cough.
    """
    return isinstance(state, HearingSpeech) and voiced_samples >= minimum_voiced_samples(state)


def is_speculation_due(state: SessionState, voiced_samples: int) -> bool:
    """Whether speech may have ended and there is enough of it, so that the final text is prepared."""
    if not isinstance(state, HearingSpeech):
        return False
    wants_speculation = state.context.settings.transcription.speculative_finals
    return wants_speculation and voiced_samples >= minimum_voiced_samples(state)
