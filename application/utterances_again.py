"""Gives a model that writes a finished utterance again the same audio that it was given the first time."""

from collections.abc import Sequence

from realtime_mlx_stt.application.read_models.utterances import (
    FailedUtterance,
    RejectedUtterance,
    TranscribedUtterance,
)
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.continuations import heard_until
from realtime_mlx_stt.domain.state import PendingUtterance
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["FinishedUtterance", "waiting_again"]

FinishedUtterance = TranscribedUtterance | RejectedUtterance | FailedUtterance
"""An utterance that a later pass may be made over."""


def waiting_again(utterance: FinishedUtterance, log: Sequence[StoredEvent]) -> PendingUtterance:
    """The utterance as if it still waited for its text."""
    ends = (stored.event for stored in log if isinstance(stored.event, e.SpeechEnded))
    end = next((event for event in ends if event.utterance_id == utterance.utterance_id), None)
    return PendingUtterance(
        utterance_id=utterance.utterance_id,
        start_sample=utterance.start_sample,
        end_sample=utterance.end_sample,
        voiced_samples=0,
        heard_until_sample=None if end is None else heard_until(end),
    )
