"""What a model is given of a finished utterance to write it again: what it was given the first time."""

from collections.abc import Sequence

from realtime_mlx_stt.application.read_models.utterances import (
    FailedUtterance,
    RejectedUtterance,
    TranscribedUtterance,
)
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.continuations import Continuation, continuation_of, heard_until, told
from realtime_mlx_stt.domain.state import PendingUtterance
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["FinishedUtterance", "waiting_again"]

FinishedUtterance = TranscribedUtterance | RejectedUtterance | FailedUtterance
"""An utterance that a later pass may be made over."""


def waiting_again(utterance: FinishedUtterance, log: Sequence[StoredEvent]) -> PendingUtterance:
    """The utterance as if it waited for its text, knowing the newest text of the one that it goes on from."""
    continuation: Continuation | None = None
    heard_until_sample: int | None = None
    for event in (stored.event for stored in log):
        if isinstance(event, e.SpeechStarted) and event.utterance_id == utterance.utterance_id:
            continuation = continuation_of(event)
        elif isinstance(event, e.SpeechEnded) and event.utterance_id == utterance.utterance_id:
            heard_until_sample = heard_until(event)
        else:
            continuation = told(continuation, event)
    return PendingUtterance(
        utterance_id=utterance.utterance_id,
        start_sample=utterance.start_sample,
        end_sample=utterance.end_sample,
        voiced_samples=0,
        heard_until_sample=heard_until_sample,
        continuation=continuation,
    )
