"""When a wake word counts as heard: its score reaches the threshold, and not again within the cool-down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from realtime_mlx_stt.domain.settings import WakeWordSettings

__all__ = ["COOL_DOWN_SAMPLES", "WakeGate", "WakeWordHeard", "hear_scores"]

COOL_DOWN_SAMPLES: Final = 32_000
"""2 s: a detector's scores stay high for about a second after the word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordHeard:
    """The word that was heard and how surely; ``at_sample`` is the end of the frame that said so."""

    word: str
    score: float
    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeGate:
    """Shut for scores before ``open_from_sample``."""

    open_from_sample: int = 0


def hear_scores(
    gate: WakeGate, scores: Mapping[str, float], at_sample: int, settings: WakeWordSettings
) -> tuple[WakeGate, WakeWordHeard | None]:
    """Hear the scores of the frame that ends at ``at_sample``; at most one word, the surest, is heard."""
    if at_sample < gate.open_from_sample or not scores:
        return gate, None
    word = max(scores, key=lambda name: scores[name])
    if not scores[word] >= settings.threshold:
        return gate, None
    heard = WakeWordHeard(word=word, score=scores[word], at_sample=at_sample)
    return WakeGate(open_from_sample=at_sample + COOL_DOWN_SAMPLES), heard
