"""Frames as a detector would make them, and a listener that feeds them to the segmenter."""

from collections.abc import Iterable, Iterator, Sequence

from realtime_mlx_stt.domain.segmentation import (
    Boundary,
    Quiet,
    SegmentationLimits,
    SegmentationState,
    VoiceFrame,
    advance,
)

__all__ = ["WINDOW", "frames", "hear"]

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
