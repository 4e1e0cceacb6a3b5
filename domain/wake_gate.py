"""When a wake word counts as heard: its score reaches the threshold, and not again within the cool-down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from realtime_mlx_stt.domain.settings import WakeWordSettings

__all__ = ["COOL_DOWN_SAMPLES", "WakeGate", "WakeWordHeard", "hear_scores"]

COOL_DOWN_SAMPLES: Final = 32_000
"""2 s: so long the detector has the word in its view, and may find it a second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordHeard:
    """The word that was heard and how surely; ``at_sample`` is where it ended, at the latest that of its frame.

    ``is_late``: the word had ended before, within the cool-down of the one before it.
    """

    word: str
    score: float
    at_sample: int
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeGate:
    """Shut for scores before ``open_from_sample``; ``is_sure`` is whether those of the last frame were high."""

    open_from_sample: int = 0
    is_sure: bool = False


def hear_scores(
    gate: WakeGate, scores: Mapping[str, float], at_sample: int, settings: WakeWordSettings
) -> tuple[WakeGate, WakeWordHeard | None]:
    """Hear the scores of the frame that ends at ``at_sample``; at most one word, the surest, is heard."""
    word = max(scores, key=lambda name: scores[name], default="")
    if not scores.get(word, 0.0) >= settings.threshold:
        return replace(gate, is_sure=False), None
    if at_sample < gate.open_from_sample:
        return replace(gate, is_sure=True), None
    heard = WakeWordHeard(word=word, score=scores[word], at_sample=at_sample, is_late=gate.is_sure)
    return WakeGate(open_from_sample=at_sample + COOL_DOWN_SAMPLES, is_sure=True), heard
