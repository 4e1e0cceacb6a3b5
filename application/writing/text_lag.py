"""How far a running session's texts trail what is said, and what is left out meanwhile."""

from dataclasses import dataclass

from realtime_mlx_stt.application.writing.keeping_up import Observation
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.state import HearingSpeech, LiveState, NotStarted, SessionState

__all__ = ["TextLag", "text_lag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLag:
    """How far the texts of a running session trail what is said.

    ``trailing_seconds``: how much has been heard since the oldest speech ended that has no final text yet, or, of
    the utterance that is being spoken, since the audio of its newest hypothesis ended, whichever is more; 0 while
    nothing is to be written.
    ``owed_seconds``: of how much speech, all of it heard, the final texts are not there yet.
    ``hypothesis_age_seconds``: how much has been heard since the audio of the newest hypothesis ended; None before
    there is one, and while none is awaited.
    ``final_wait_seconds``: for how long the oldest of them has waited for other texts to be written.
    ``level``: what is left of the service: ``full``, or the code of the `service-degraded` that says what is left
    out, of which each includes those before it: ``hypotheses-slower``, ``hypotheses-off``, ``smaller-model``.
    """

    trailing_seconds: float
    owed_seconds: float
    hypothesis_age_seconds: float | None
    final_wait_seconds: float
    level: str


def text_lag(state: SessionState, heard_samples: int, seen: Observation) -> TextLag:
    """The lag of a session in ``state`` that has heard so much of its audio, with what its watch saw last."""
    pending = () if isinstance(state, NotStarted) else state.context.pending
    covered = [each.end_sample for each in pending]
    if isinstance(state, HearingSpeech):
        spoken = state.utterance
        covered.append(max(spoken.start_sample, spoken.hypothesis.heard_until_sample))
    return TextLag(
        trailing_seconds=samples_to_seconds(max(0, heard_samples - min(covered, default=heard_samples))),
        owed_seconds=samples_to_seconds(sum(each.end_sample - each.start_sample for each in pending)),
        hypothesis_age_seconds=seen.hypothesis_age_seconds if isinstance(state, LiveState) else None,
        final_wait_seconds=seen.final_wait_seconds if pending else 0.0,
        level=seen.level.word,
    )
