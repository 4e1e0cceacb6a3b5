"""Frames as a detector would make them, settings to hear them by, and a listener that feeds the segmenter."""

from collections.abc import Iterable, Iterator, Sequence

from hypothesis import strategies as st

from realtime_mlx_stt.domain.segmentation import (
    Boundary,
    Quiet,
    SegmentationLimits,
    SegmentationState,
    VoiceFrame,
    advance,
)
from realtime_mlx_stt.domain.settings import EndpointingSettings, SessionSettings, VoiceActivitySettings

__all__ = ["SESSION_SETTINGS", "WINDOW", "frames", "hear"]

WINDOW = 512


def frames(
    probabilities: Sequence[float], levels: Sequence[float] | None = None, first_sample: int = 0
) -> Iterator[VoiceFrame]:
    """One window for each probability, as loud as it is likely to be speech unless the levels say otherwise."""
    loudness = probabilities if levels is None else levels
    for index, (probability, level) in enumerate(zip(probabilities, loudness, strict=True)):
        yield VoiceFrame(
            first_sample=first_sample + index * WINDOW, samples=WINDOW, probability=probability, level=level
        )


def hear(
    heard: Iterable[VoiceFrame], limits: SegmentationLimits, state: SegmentationState | None = None
) -> tuple[SegmentationState, list[Boundary]]:
    """Feed the frames and collect every boundary."""
    state = state or Quiet()
    found: list[Boundary] = []
    for frame in heard:
        state, boundaries = advance(state, frame, limits)
        found.extend(boundaries)
    return state, found


@st.composite
def _session_settings(draw: st.DrawFn) -> SessionSettings:
    part = st.floats(0.0, 1.0)
    longest = draw(st.floats(2.0, 6.0))
    silence = draw(st.floats(0.05, 2.0))
    room = longest / 2 - 0.11  # a little less than is allowed, for sums of such numbers are not exact
    pre_roll = draw(part) * room
    endpointing = EndpointingSettings(
        minimum_silence_seconds=silence,
        pause_seconds=draw(part) * silence,
        pre_roll_seconds=pre_roll,
        tail_seconds=min(draw(part) * silence, room - pre_roll),
        longest_utterance_seconds=longest,
    )
    onset = draw(st.floats(0.01, 0.99))
    release = max(0.01, onset * draw(part))
    voice_activity = VoiceActivitySettings(onset_threshold=onset, release_threshold=release)
    return SessionSettings(endpointing=endpointing, voice_activity=voice_activity)


SESSION_SETTINGS = _session_settings()
"""Any settings that are allowed, but with short utterances, so that many would be too long."""
