"""How much of the audio that was heard may still be needed."""

from typing import Final

from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.state import HearingSpeech, LiveState, SessionState

__all__ = ["needed_from"]

_REMEMBERED_SECONDS: Final = 2.0
"""Audio kept besides the pre-roll: how far back the confirmation of an onset and a late wake word may reach."""


def needed_from(state: SessionState, at_sample: int) -> int:
    """The first sample that an utterance may begin with, or that the open one did begin with."""
    if not isinstance(state, LiveState):
        return at_sample
    if isinstance(state, HearingSpeech):
        return state.utterance.start_sample
    pre_roll = state.context.settings.endpointing.pre_roll_seconds
    return at_sample - seconds_to_samples(pre_roll + _REMEMBERED_SECONDS)
